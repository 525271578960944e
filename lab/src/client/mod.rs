//! One reader of one channel, over any of the three transports, which comes back by itself.
//!
//! A transport's file knows one connection: how to open it and what it says ([`longpoll`], [`sse`], [`ws`]). Position,
//! waiting and trying again are here, once for all of them. Nothing is read ahead: whoever wants the next event asks for it.

pub(crate) mod backoff;
mod base;
mod event_stream;
#[cfg(test)]
mod flaky_proxy;
pub(crate) mod http;
mod longpoll;
mod sse;
#[cfg(test)]
mod tests;
pub(crate) mod ws;

pub(crate) use crate::lanes::Transport;
pub(crate) use base::{Base, Target, channel, cursor};
#[cfg(test)]
pub(crate) use flaky_proxy::FlakyProxy;

use backoff::Backoff;
use bytes::Bytes;
use http::Trouble;
use serde::Deserialize;
use std::{fmt, time::Duration};
use tokio::time::Instant;

/// Three heartbeats of a service with its usual settings: a connection that is silent for longer is dead.
const SILENCE: Duration = Duration::from_secs(45);

/// What happens to a reader.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Connected; from the cursor on, if the service says where that is.
    Opened { cursor: Option<String> },
    /// One message: its id, and all of it as the service wrote it.
    Message { id: String, json: Bytes },
    /// What followed `after` is no longer held; it goes on with `oldest`.
    Reset(Reset),
    /// The connection is gone; the next attempt is after `wait`.
    Retrying { why: String, wait: Duration },
}

/// The words of a service that has lost history.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Reset {
    pub(crate) after: String,
    pub(crate) oldest: String,
    /// From where the reader goes on.
    pub(crate) cursor: String,
}

/// A service will not have this reader, and says why.
#[derive(Debug)]
pub(crate) struct Refused(String);

/// A reader.
pub(crate) struct Client {
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
    /// A reader that will connect when it is first asked for an event.
    pub(crate) fn new(http: awc::Client, transport: Transport, target: Target) -> Self {
        Self {
            http,
            transport,
            target,
            state: State::WaitingUntil(Instant::now()),
            backoff: Backoff::default(),
        }
    }

    /// Waits for the next event. Ends only with a refusal; every other trouble is an event.
    pub(crate) async fn next(&mut self) -> Result<Event, Refused> {
        match self.step().await {
            Ok(event) => {
                self.note(&event);
                Ok(event)
            }
            Err(Trouble::Refused(why)) => Err(Refused(why)),
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

    /// Keeps the position from which the next connection goes on.
    fn note(&mut self, event: &Event) {
        match event {
            Event::Message { id, .. } => self.target.after = Some(id.clone()),
            Event::Opened { cursor } => {
                self.backoff.reset();
                // After `0` everything is wanted, however the log may begin by then.
                if self.target.after.is_none() {
                    self.target.after.clone_from(cursor);
                }
            }
            Event::Reset(Reset { cursor, .. }) => self.target.after = Some(cursor.clone()),
            Event::Retrying { .. } => {}
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

/// Reads the id of a message that came without one beside it.
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

/// Where the service of a transport is when everything runs on this machine.
pub(crate) fn usual_base(transport: Transport) -> Base {
    Base::local(transport.lane().service_port)
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
