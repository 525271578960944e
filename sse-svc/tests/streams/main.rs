//! Streams: where they resume, how they end, and the compatibility endpoint.

mod compat;
mod cuts;
mod listen;
mod program;
mod resuming;

use conformance::{Client, Process, Server, scenarios::logging::a_program_never_logs_a_token};
use serde_json::json;
use sse_svc::Sse;
use std::time::{Duration, Instant};

async fn events(server: &Server, query: &str, headers: &[(&str, &str)]) -> Client {
    let mut client = server.connect().await;
    client
        .send("GET", &format!("/events{query}"), headers, "")
        .await;
    assert_eq!(client.head().await.status, 200);
    assert!(
        client
            .chunk()
            .await
            .is_some_and(|opening| opening.starts_with("retry: "))
    );
    client
}
