//! The broker of many processes: a Redis or Valkey that all of them share.
//!
//! A channel is a stream and a small hash there. Publishing is one script, which appends and tells all followers as one
//! step; following is pub/sub. Pub/sub alone may lose: so each message has to be the next one, and after a gap, a new
//! connection or for a new channel Redis is asked for what it holds. A process holds what Redis holds of each channel that
//! is read here; a publication needs no such copy.

mod channels;
mod link;
mod names;
mod refusal;
mod script;
#[cfg(test)]
mod tests;

use super::{Accepted, BrokerError, Publication};
use crate::{
    hub::Hub,
    log::Retention,
    message::{After, Channel},
};
use channels::{Channels, Opening, Then};
use link::{PATIENCE, Request};
use names::Names;
use redis::{Client, ConnectionInfo, ProtocolVersion, RedisError, aio::MultiplexedConnection};
use refusal::refusal;
use script::{Scripts, accepted};
use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{
        mpsc::{UnboundedSender, unbounded_channel},
        watch,
    },
    time::timeout,
};

/// How long a loss of the connection may take before those who ask learn of it.
const SHORT: Duration = Duration::from_millis(500);

/// Numbers messages in a Redis, and hands what anybody publishes there to the hubs of this process.
#[derive(Clone)]
pub struct Redis(Arc<Shared>);

struct Shared {
    /// To be shown.
    address: String,
    scripts: Scripts,
    channels: Mutex<Channels>,
    /// None while Redis is away.
    connection: watch::Sender<Option<MultiplexedConnection>>,
    /// Why Redis, which is there, takes no messages; none while it does.
    refusal: Mutex<Option<&'static str>>,
    /// The number of the connection that is listened to.
    session: AtomicU64,
    requests: UnboundedSender<Request>,
}

impl Redis {
    /// A broker that follows at most so many channels. Connects on the runtime that it is made on, now and whenever the
    /// connection is lost; so it can be made before there is a Redis.
    pub fn new(info: &ConnectionInfo, prefix: &str, retention: Retention, max_channels: usize) -> Self {
        // The version of the protocol that tells and answers on one connection.
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let names = Names::new(prefix.to_owned(), settings.db());
        let address = info.addr().to_string();
        let client = Client::open(info.clone().set_redis_settings(settings)).expect("an address that was parsed");
        let (requests, asked) = unbounded_channel();
        let shared = Arc::new(Shared {
            address,
            scripts: Scripts::new(names, retention),
            channels: Channels::new(max_channels).into(),
            connection: watch::Sender::new(None),
            refusal: Mutex::default(),
            session: AtomicU64::new(0),
            requests,
        });
        tokio::spawn(link::keep(client, Arc::downgrade(&shared), asked));
        Self(shared)
    }

    pub(super) fn attach(&self, hub: &Hub) {
        self.0.channels().attach(hub);
        self.0.ask_for_all();
    }

    /// Forgets what nobody reads.
    pub(super) fn sweep(&self) {
        for channel in self.0.channels().sweep() {
            let _ = self.0.requests.send(Request::Forget(channel));
        }
    }

    /// Whether Redis is there and takes messages, as far as it was asked.
    pub(super) fn check(&self) -> Result<(), BrokerError> {
        match self.0.refusal() {
            Some(why) => Err(BrokerError::Refuses { why }),
            None if self.0.connection.borrow().is_none() => Err(BrokerError::Unavailable),
            None => Ok(()),
        }
    }

    /// The connection; during a short loss, the next one.
    async fn connection(&self) -> Result<MultiplexedConnection, BrokerError> {
        let mut changes = self.0.connection.subscribe();
        let there = timeout(SHORT, changes.wait_for(Option::is_some)).await;
        there.ok().and_then(Result::ok).and_then(|connection| connection.clone()).ok_or_else(|| self.away())
    }

    /// Follows a channel, and waits until the hubs have what Redis holds of it, or at least what it held at this cursor. With
    /// what they have a channel stays open while Redis is away.
    pub(super) async fn open(&self, channel: &Channel, after: After) -> Result<(), BrokerError> {
        // The answer to a question that was under way may be older than the cursor; the next one is not.
        for _ in 0..2 {
            let opening = self.0.channels().open(channel, after)?;
            let (then, answered) = match opening {
                Opening::Open => return Ok(()),
                Opening::Wait(answered) => (Then::Nothing, answered),
                Opening::Ask(answered) => (Then::Ask, answered),
            };
            self.connection().await?;
            self.0.follow_up(channel, then);
            let answered = timeout(PATIENCE, answered).await;
            answered.ok().and_then(Result::ok).ok_or_else(|| self.away())?;
        }
        Ok(())
    }

    /// Publishes. After an error nobody knows whether Redis took the message; with a key it can be asked again.
    pub(super) async fn publish(&self, publication: Publication) -> Result<Accepted, BrokerError> {
        let mut connection = self.connection().await?;
        let reply: Result<String, _> = self.0.scripts.append(&publication).invoke_async(&mut connection).await;
        reply.and_then(|reply| accepted(&reply)).map_err(|error| self.refused(&error))
    }

    fn refused(&self, error: &RedisError) -> BrokerError {
        if error.code() == Some("KEYREUSED") {
            return BrokerError::KeyReused;
        }
        if let Some(why) = refusal(error) {
            self.0.set_refusal(Some(why));
            return BrokerError::Refuses { why };
        }
        log::warn!("broker: {} took no message: {error}", self.0.address);
        BrokerError::Unavailable
    }

    /// Why there is no answer.
    fn away(&self) -> BrokerError {
        self.check().err().unwrap_or(BrokerError::Unavailable)
    }
}

impl Shared {
    /// Never held while somebody waits.
    fn channels(&self) -> MutexGuard<'_, Channels> {
        self.channels.lock().expect("no panic while following")
    }

    /// From now on only this connection is listened to, and nothing is known until Redis was asked.
    fn begin_session(&self, number: u64) {
        self.session.store(number, Ordering::SeqCst);
        self.ask_for_all();
    }

    fn is_session(&self, number: u64) -> bool {
        self.session.load(Ordering::SeqCst) == number
    }

    fn refusal(&self) -> Option<&'static str> {
        *self.refusal.lock().expect("no panic while storing")
    }

    fn set_refusal(&self, why: Option<&'static str>) {
        let before = mem::replace(&mut *self.refusal.lock().expect("no panic while storing"), why);
        match (before, why) {
            (None, Some(why)) => log::warn!("broker: {} takes no messages: {why}", self.address),
            (Some(_), None) => {
                log::info!("broker: {} takes messages again", self.address);
                // What it refused to say, too.
                self.ask_for_all();
            }
            _ => {}
        }
    }

    fn ask_for_all(&self) {
        let names = self.channels().names();
        names.iter().for_each(|channel| self.follow_up(channel, Then::Ask));
    }

    fn follow_up(&self, channel: &Channel, then: Then) {
        if then == Then::Ask {
            // Nobody hears it only while everything ends.
            let _ = self.requests.send(Request::Ask(channel.clone()));
        }
    }
}
