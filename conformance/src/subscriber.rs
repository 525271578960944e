//! How a transport's client subscribes.

use crate::Server;
use serde_json::Value;

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
