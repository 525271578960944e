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
mod suite;
pub mod tokens;

pub use client::{Client, Response};
pub use cursor::{cursor_after, cursor_before};
pub use flaky_proxy::FlakyProxy;
pub use idle::bytes_of_each_connection;
pub use process::Process;
pub use server::Server;

use serde_json::Value;
use std::time::Duration;

/// The time after which a test gives up waiting. Far longer than any step takes on a slow machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// What a subscriber receives.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A whole message: `{"id":…,"channel":…,"message":…,"time":…}`, perhaps with more.
    Message(Value),
    /// `{"after":…,"oldest":…,"cursor":…}`, with `channel` to a subscriber of several
    /// channels.
    Reset(Value),
    /// The channel has ended. The transport has told it, and that the client is not to reconnect.
    End,
}

/// A client of one transport, subscribed to one channel or several.
#[allow(async_fn_in_trait, reason = "tests run on one thread")]
pub trait Subscriber: Sized {
    /// The transport under test.
    type Transport: service::server::TransportService + Default;
    /// The path of its endpoint.
    const PATH: &'static str;
    /// The headers that its requests need in addition to `Host`.
    const HEADERS: &'static [(&'static str, &'static str)] = &[];

    /// Starts the service under test with these flags.
    async fn start(flags: &[&str]) -> Server {
        Server::start::<Self::Transport>(flags)
    }

    /// Publishes with an idempotency key on the channel that `query` names, in the way of this
    /// transport. Returns the id.
    async fn publish(server: &Server, query: &str, message: Value, key: &str) -> String {
        server.publish_with_key(query, message, key).await
    }

    /// Subscribes, and returns once the service counts the subscriber.
    async fn subscribe(server: &Server, query: &str) -> Self;

    /// Waits for the next message, for a reset, or for the end of the channel.
    async fn next(&mut self) -> Event;

    /// Subscribes with `envelope=none`, which `query` has, and waits for messages. Returns the text
    /// of each: that of a string, and the JSON of another value.
    async fn payloads(server: &Server, query: &str, count: usize) -> Vec<String>;

    /// Returns whether a client that subscribes with this query, which has a cursor or
    /// `envelope=none`, is told at once that the channel has ended, and does not wait.
    async fn has_ended(server: &Server, query: &str) -> bool;

    /// Returns the cursor with which this client would resume if its connection were lost now.
    fn cursor(&self) -> &str;

    /// Waits until the service disconnects this subscriber because the service drains.
    async fn drained(self);

    /// Waits until the service disconnects this subscriber because its token has expired.
    async fn expired(self);
}

/// Runs a test on a new actix system.
pub fn block_on(test: impl Future<Output = ()>) {
    actix_rt::System::new().block_on(test);
}

/// Waits for a future, and fails the test after [`PATIENCE`].
///
/// # Panics
///
/// If the future is not ready in time; `what` is in the message.
pub async fn patient<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("waited too long for {what}"))
}

/// Waits until a condition is true, and fails the test after [`PATIENCE`].
///
/// # Panics
///
/// If the condition is not true in time; `what` is in the message.
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    patient(what, async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
