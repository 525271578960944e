//! A client that subscribes to channels over any of the three transports, and reconnects, for
//! the tools of the lab. It has no TLS, and it is not fast: the load generator has its own.
//!
//! Each transport's file knows one connection: how to open it, and what it sends ([`longpoll`],
//! [`sse`], [`ws`]). Cursor and reconnects are here. It reads only when the caller asks for the
//! next event, so backpressure reaches the service.

pub mod backoff;
mod base;
mod combined;
pub mod http;
mod longpoll;
mod sse;
#[cfg(test)]
mod tests;
pub mod ws;

pub use base::{Base, Target, channel, channels, cursor, http_uri};
pub use support::transports::Transport;

use backoff::Backoff;
use bytes::Bytes;
use http::Trouble;
use serde::Deserialize;
use std::time::Duration;
use tokio::time::Instant;

/// Three heartbeats with the default settings. A connection that is silent for longer is dead.
const SILENCE: Duration = Duration::from_secs(45);

/// An event of a subscription.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// Connected. The cursor is where the subscription starts, if the service sends it.
    Opened {
        /// Cursor before the first event.
        cursor: Option<String>,
    },
    /// A message: its id, and its JSON exactly as the service sent it.
    Message {
        /// Position in the channel; over SSE with several channels the combined cursor.
        id: String,
        /// The whole message.
        json: Bytes,
    },
    /// A reset: messages after `after` are no longer held. Continues with `oldest`.
    Reset(Reset),
    /// The channel has ended, and every message up to its end was returned.
    Ended,
    /// The connection has ended. The next attempt follows after `wait`.
    Retrying {
        /// Why the connection ended or failed.
        why: String,
        /// Time until the next attempt.
        wait: Duration,
    },
}

/// The reset message of a service.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct Reset {
    /// The channel, if several are read.
    pub channel: Option<String>,
    /// Last position before the loss.
    pub after: String,
    /// Oldest position that the service still holds.
    pub oldest: String,
    /// The cursor to continue with.
    pub cursor: String,
}

/// A subscriber of one channel or several.
pub struct Client {
    http: awc::Client,
    transport: Transport,
    target: Target,
    state: State,
    backoff: Backoff,
}

enum State {
    WaitingUntil(Instant),
    Connected(Connection),
}

enum Connection {
    Longpoll(longpoll::Connection),
    Sse(Box<sse::Connection>),
    Ws(Box<ws::Connection>),
}

impl Client {
    /// Creates a client that connects at the first call of [`Self::next`].
    pub fn new(http: awc::Client, transport: Transport, mut target: Target) -> Self {
        target.after = combined::first(&target.channels, target.after);
        Self {
            http,
            transport,
            target,
            state: State::WaitingUntil(Instant::now()),
            backoff: Backoff::default(),
        }
    }

    /// Returns the next event. Reconnects after any error, except when the service refuses.
    ///
    /// # Errors
    ///
    /// The reason of the service, if it refuses in a way that another attempt does not change.
    pub async fn next(&mut self) -> anyhow::Result<Event> {
        match self.step().await {
            Ok(event) => {
                self.note(&event);
                Ok(event)
            }
            Err(Trouble::Refused(why)) => Err(anyhow::Error::msg(why)),
            Err(Trouble::Lost { why, at_least }) => {
                let wait = self.backoff.next(at_least);
                self.state = State::WaitingUntil(Instant::now() + wait);
                Ok(Event::Retrying { why, wait })
            }
        }
    }

    async fn step(&mut self) -> Result<Event, Trouble> {
        loop {
            match &mut self.state {
                State::Connected(connection) => return connection.next().await,
                State::WaitingUntil(moment) => {
                    tokio::time::sleep_until(*moment).await;
                    self.state = State::Connected(
                        Connection::open(&self.http, self.transport, &self.target).await?,
                    );
                }
            }
        }
    }

    /// Records the cursor for the next connection.
    fn note(&mut self, event: &Event) {
        let after = self.target.after.as_deref();
        match event {
            Event::Message { id, json } => {
                self.target.after = Some(combined::after_message(after, id, json));
            }
            Event::Opened { cursor } => {
                self.backoff.reset();
                // A cursor of `0` asks for everything. The cursor of the response may be later.
                let opened = cursor.as_deref();
                let opened = opened.map(|opened| combined::after_opening(after, opened));
                self.target.after = opened.or(self.target.after.take());
            }
            Event::Reset(Reset { cursor, .. }) => self.target.after = Some(cursor.clone()),
            Event::Ended | Event::Retrying { .. } => {}
        }
    }
}

impl Connection {
    async fn open(
        http: &awc::Client,
        transport: Transport,
        target: &Target,
    ) -> Result<Self, Trouble> {
        Ok(match transport {
            Transport::Longpoll => Self::Longpoll(longpoll::Connection::open(http, target)),
            Transport::Sse => Self::Sse(Box::new(sse::Connection::open(http, target).await?)),
            Transport::Ws => Self::Ws(Box::new(ws::Connection::open(http, target).await?)),
        })
    }

    async fn next(&mut self) -> Result<Event, Trouble> {
        match self {
            Self::Longpoll(connection) => connection.next().await,
            Self::Sse(connection) => connection.next().await,
            Self::Ws(connection) => connection.next().await,
        }
    }
}

/// Parses the id of a message that came without one beside it.
fn message(json: Bytes) -> Result<Event, Trouble> {
    #[derive(Deserialize)]
    struct Head {
        id: String,
    }
    match serde_json::from_slice(&json) {
        Ok(Head { id }) => Ok(Event::Message { id, json }),
        Err(error) => Err(Trouble::Refused(format!(
            "this does not speak the protocol: {error}"
        ))),
    }
}

/// Returns the base URL of a transport's service when everything runs on this machine.
pub fn usual_base(transport: Transport) -> Base {
    Base::local(transport.lane().service_port)
}
