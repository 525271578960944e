//! The test suite that every transport of Trilane must pass.
//!
//! A transport describes how its client subscribes by implementing [`Subscriber`]. [`scenarios!`]
//! then makes one test of each scenario: delivery, cursors, resets, disconnects, tokens, limits,
//! malformed requests and more. [`program_scenarios!`] adds the scenarios that need the service's
//! program: signals, logs, open files. The suite does not test what one transport has alone (its
//! wire format, its compatibility endpoint), it does not measure speed, and it runs only against
//! services that are built on `service`.
//!
//! The clients here share no code with the clients that users run, so that a mistake in one shows
//! in the other.
//!
//! # Example
//!
//! `tests/scenarios.rs` of a transport that sends each message as one HTTP chunk:
//!
//! ```no_run
//! use conformance::{Client, Event, Server, Subscriber};
//! use serde_json::Value;
//! # #[derive(clap::Args, Clone, Debug, Default)]
//! # struct MyTransport;
//! # impl service::server::TransportService for MyTransport {
//! #     const NAME: &'static str = "my";
//! #     const ABOUT: &'static str = "Carries messages in my way";
//! #     const PORT: u16 = 3000;
//! #     fn routes(&self, _: &mut actix_web::web::ServiceConfig) {}
//! # }
//!
//! struct MySubscriber {
//!     client: Client,
//!     cursor: String,
//! }
//!
//! impl Subscriber for MySubscriber {
//!     type Transport = MyTransport;
//!     const PATH: &'static str = "/my";
//!
//!     async fn subscribe(server: &Server, query: &str) -> Self {
//!         let mut client = server.connect().await;
//!         client.send("GET", &format!("/my?{query}"), &[], "").await;
//!         let headers = client.head().await;
//!         let cursor = headers.header("trilane-cursor").expect("a cursor").to_owned();
//!         Self { client, cursor }
//!     }
//!
//!     async fn next(&mut self) -> Event {
//!         let Some(chunk) = self.client.chunk().await else {
//!             return Event::End;
//!         };
//!         let event: Value = serde_json::from_str(&chunk).expect("JSON");
//!         let (id, event) = match event.get("reset") {
//!             Some(reset) => (reset["cursor"].clone(), Event::Reset(reset.clone())),
//!             None => (event["id"].clone(), Event::Message(event)),
//!         };
//!         self.cursor = id.as_str().expect("an id").to_owned();
//!         event
//!     }
//!
//!     async fn payloads(server: &Server, query: &str, count: usize) -> Vec<String> {
//!         let mut subscriber = Self::subscribe(server, query).await;
//!         let mut payloads = Vec::new();
//!         for _ in 0..count {
//!             payloads.extend(subscriber.client.chunk().await);
//!         }
//!         payloads
//!     }
//!
//!     async fn has_ended(server: &Server, query: &str) -> bool {
//!         let response = server.get(&format!("/my?{query}")).await;
//!         response.header("trilane-end").is_some()
//!     }
//!
//!     fn cursor(&self) -> &str {
//!         &self.cursor
//!     }
//!
//!     async fn drained(mut self) {
//!         assert_eq!(self.client.chunk().await, None);
//!     }
//!
//!     async fn expired(mut self) {
//!         assert_eq!(self.client.chunk().await, None);
//!     }
//! }
//!
//! conformance::scenarios!(MySubscriber);
//! ```

mod client;
mod cursor;
mod flaky_proxy;
mod idle;
mod process;
pub mod scenarios;
mod server;
mod steps;
mod subscriber;
mod suite;
pub mod tokens;
mod waiting;

pub use client::{Client, Response};
pub use cursor::{cursor_after, cursor_before};
pub use flaky_proxy::FlakyProxy;
pub use idle::bytes_of_each_connection;
pub use process::Process;
pub use server::Server;
pub use subscriber::{Event, Subscriber};
pub use waiting::{PATIENCE, eventually, patient};

/// Runs a test on a new actix system.
pub fn block_on(test: impl Future<Output = ()>) {
    actix_rt::System::new().block_on(test);
}
