//! Responses, connections with several requests, and the compatibility endpoint.

mod caching;
mod compat;
mod ends;
mod pipelined;
mod repeated;
mod responses;

use conformance::{
    Client, Process, Response, Server, eventually, patient,
    scenarios::{connections::assert_tcp_reset_is_noticed, logging::a_program_never_logs_a_token},
    tokens,
};
use longpoll_svc::LongPoll;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn start(flags: &[&str]) -> Server {
    Server::start::<LongPoll>(flags)
}

/// A poll under way.
async fn poll(server: &Server, query: &str) -> Client {
    let mut client = server.connect().await;
    client.send("GET", &format!("/poll{query}"), &[], "").await;
    client
}

async fn cursor(server: &Server) -> String {
    cursor_of(&server.get("/poll?channel=c").await)
}

fn cursor_of(response: &Response) -> String {
    let cursor = response.json()["cursor"].take();
    cursor.as_str().expect("a cursor").to_owned()
}

fn path(cursor: &str) -> String {
    format!("/poll?channel=c&after={cursor}")
}

/// A poll after this cursor as it is sent, with more parameters and headers.
fn request(cursor: &str, parameters: &str, headers: &str) -> String {
    let path = path(cursor);
    format!("GET {path}{parameters} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")
}

async fn waits(server: &Server, count: i64) {
    eventually("waiting polls", async || server.subscribers() == count).await;
}

/// Polls on a new connection until there is a message. Returns the cursor of its next poll.
async fn polled_once(server: &Server) -> (Client, String) {
    let (mut client, first) = (server.connect().await, path(&cursor(server).await));
    let response = waiting_poll(server, &mut client, &first, &[]).await;
    (client, cursor_of(&response))
}

/// Polls, publishes a message once the poll waits, and returns the response.
async fn waiting_poll(
    server: &Server,
    client: &mut Client,
    path: &str,
    headers: &[(&str, &str)],
) -> Response {
    client.send("GET", path, headers, "").await;
    waits(server, 1).await;
    let id = server.publish("c", json!("hi")).await;
    let response = client.response().await;
    assert_eq!((response.status, cursor_of(&response)), (200, id));
    response
}
