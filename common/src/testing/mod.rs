//! What the tests of all services share: a running server, a client for plain HTTP, and the scenarios that every
//! transport must pass. A new transport says how it reads ([`Reader`]) and inherits the whole suite.
//!
//! The client here is written apart from everything that users run, so that a mistake in one shows in the other.

pub mod channels;
mod client;
pub mod connections;
pub mod cursors;
pub mod delivery;
pub mod endings;
pub mod files;
pub mod hostile;
pub mod idempotency;
pub mod limits;
pub mod logging;
pub mod pages;
mod process;
pub mod requests;
mod scenarios;
mod server;
pub mod signals;
mod steps;
pub mod tasks;
pub mod tokens;

pub use client::{Client, Response};
pub use process::Process;
pub use server::Server;

use serde_json::Value;
use std::time::Duration;

/// How long anything may take before a test gives up. Far more than it does take, on any machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Something that a reader got.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A message, whole.
    Message(Value),
    /// `{"after":…,"oldest":…,"cursor":…}`.
    Reset(Value),
}

/// How a transport reads a channel.
#[allow(async_fn_in_trait, reason = "tests run on one thread")]
pub trait Reader: Sized {
    /// The transport under test.
    type Transport: crate::server::Transport + Default;
    /// The path of its endpoint.
    const PATH: &'static str;
    /// Headers that its requests need besides `Host`.
    const HEADERS: &'static [(&'static str, &'static str)] = &[];

    /// The service under test, with these flags.
    async fn start(flags: &[&str]) -> Server {
        Server::start::<Self::Transport>(flags)
    }

    /// Publishes on the channel of this query with an idempotency key, in the way of this transport; gives the id.
    async fn publish(server: &Server, query: &str, message: Value, key: &str) -> String {
        server.publish_with_key(query, message, key).await
    }

    /// Subscribes, and returns once the service knows of it.
    async fn open(server: &Server, query: &str) -> Self;

    /// The next thing it gets.
    async fn next(&mut self) -> Event;

    /// The cursor with which it would come back if its connection were lost now, as its transport has told it.
    fn cursor(&self) -> &str;

    /// Waits until the service has ended this reader's stream or request because it is stopping.
    async fn goodbye(self);

    /// Waits until the service has ended this reader's stream or request because its token has expired.
    async fn expired(self);
}

/// Runs a future to its end, or fails the test.
pub async fn patient<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("waited too long for {what}"))
}

/// Waits until a fact is true, or fails the test.
pub async fn eventually(what: &str, mut fact: impl AsyncFnMut() -> bool) {
    patient(what, async {
        while !fact().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
