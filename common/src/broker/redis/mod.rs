//! The broker of many processes: a Redis or Valkey that all of them share.
//!
//! A channel is a stream and a small hash there. Publishing is one script, which appends and tells all followers as one
//! step; following is pub/sub. Pub/sub alone may lose: so each message has to be the next one, and after a gap, a new
//! connection or for a new channel Redis is asked for what it holds. A process holds what Redis holds of each channel that
//! is read here; a publication needs no such copy.

mod accounts;
mod channels;
mod clock;
mod followed;
mod histories;
mod link;
mod names;
mod refusal;
mod script;
mod server;
#[cfg(test)]
mod tests;
mod troubles;
mod why;

use super::{BrokerError, Publication, PublishAck};
use crate::{
    history::Retention,
    hub::Hub,
    message::{ChannelName, Cursor},
};
use accounts::Accounts;
use channels::{Answered, Channels, Opening, Then};
use clock::Clock;
use link::Request;
use names::Names;
use redis::{Client, ConnectionInfo, ProtocolVersion, RedisError, aio::MultiplexedConnection};
use refusal::{Trouble, trouble};
use script::{Scripts, accepted};
use server::Server;
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
use troubles::Troubles;

/// How long a loss of the connection may take before those who ask learn of it.
const SHORT: Duration = Duration::from_millis(500);
/// How long a reader waits for its channel while Redis is there: others may be loaded before.
const LOADING: Duration = Duration::from_secs(20);

/// What histories that are being loaded take at most, in bytes, each as replies and as messages, with what comes meanwhile.
pub(super) fn most_memory(channels: usize, history_bytes: usize) -> usize {
    (histories::AT_A_TIME * 2)
        .saturating_mul(history_bytes)
        .saturating_add(channels.saturating_mul(followed::EARLY))
}

/// Numbers messages in a Redis, and hands what anybody publishes there to the hubs of this process.
#[derive(Clone)]
pub struct Redis(Arc<Shared>);

struct Shared {
    /// To be shown.
    address: String,
    scripts: Scripts,
    channels: Mutex<Channels>,
    accounts: Arc<Accounts>,
    troubles: Troubles,
    clock: Clock,
    /// How much memory all channels together may take in Redis, in bytes.
    total: u64,
    /// None while Redis is away.
    link: watch::Sender<Option<Link>>,
    /// Why Redis, which is there, takes no messages; none while it does.
    refusal: Mutex<Option<&'static str>>,
    /// The number of the connection that is listened to.
    session: AtomicU64,
    requests: UnboundedSender<Request>,
}

/// A connection, and what is at its other end.
#[derive(Clone)]
struct Link {
    connection: MultiplexedConnection,
    server: Arc<Server>,
}

impl Redis {
    /// A broker that follows at most so many channels, and lets all of them take about `total` bytes in Redis. Connects on the
    /// runtime that it is made on, now and whenever the connection is lost; so it can be made before there is a Redis.
    pub fn new(
        info: &ConnectionInfo,
        prefix: &str,
        retention: Retention,
        max_channels: usize,
        total: usize,
    ) -> Self {
        // The version of the protocol that tells and answers on one connection.
        let settings = info
            .redis_settings()
            .clone()
            .set_protocol(ProtocolVersion::RESP3);
        let names = Names::new(prefix.to_owned(), settings.db());
        let address = info.addr().to_string();
        let client = Client::open(info.clone().set_redis_settings(settings))
            .expect("an address that was parsed");
        let (requests, asked) = unbounded_channel();
        let shared = Arc::new(Shared {
            address,
            scripts: Scripts::new(names, retention),
            channels: Channels::new(max_channels).into(),
            accounts: Arc::default(),
            troubles: Troubles::default(),
            clock: Clock::default(),
            total: u64::try_from(total).unwrap_or(u64::MAX),
            link: watch::Sender::new(None),
            refusal: Mutex::default(),
            session: AtomicU64::new(0),
            requests,
        });
        tokio::spawn(link::keep(client, Arc::downgrade(&shared), asked));
        Self(shared)
    }

    pub(super) fn attach(&self, hub: &Hub) {
        let wanted = self.0.channels().attach(hub);
        self.0.ask(wanted);
    }

    /// Whether this process follows a channel.
    pub(super) fn has(&self, channel: &ChannelName) -> bool {
        self.0.channels().has(channel)
    }

    /// Forgets what nobody reads.
    pub(super) fn sweep(&self) {
        let forgotten = self.0.channels().sweep();
        forgotten.iter().for_each(|channel| self.0.forget(channel));
    }

    /// Milliseconds since 1970 by the clock that gives messages their time.
    pub(super) fn now(&self) -> u64 {
        self.0.clock.now()
    }

    /// Whether Redis is there and takes messages, as far as it was asked.
    pub(super) fn check(&self) -> Result<(), BrokerError> {
        match self.0.refusal() {
            Some(why) => Err(BrokerError::Refuses { why }),
            None if self.0.link.borrow().is_none() => Err(BrokerError::Unavailable),
            None => Ok(()),
        }
    }

    /// The connection; during a short loss, the next one.
    async fn link(&self) -> Result<Link, BrokerError> {
        let mut changes = self.0.link.subscribe();
        let there = timeout(SHORT, changes.wait_for(Option::is_some)).await;
        there
            .ok()
            .and_then(Result::ok)
            .and_then(|link| link.clone())
            .ok_or_else(|| self.away())
    }

    /// Follows a channel, and waits until the hubs have what Redis holds of it, or at least what it held at this cursor. With
    /// what they have a channel stays open while Redis is away.
    pub(super) async fn open(
        &self,
        channel: &ChannelName,
        after: Cursor,
    ) -> Result<(), BrokerError> {
        // The answer to a question that was under way may be older than the cursor; the next one is not.
        for _ in 0..2 {
            let opening = self.0.channels().open(channel, after)?;
            let Opening::Wait {
                then,
                answered,
                evicted,
            } = opening
            else {
                return Ok(());
            };
            evicted.iter().for_each(|evicted| self.0.forget(evicted));
            self.0.follow_up(channel, then);
            self.loaded(answered).await?;
        }
        Ok(())
    }

    /// Waits for the answer, for as long as Redis is there.
    async fn loaded(&self, answered: Answered) -> Result<(), BrokerError> {
        tokio::select! {
            answer = timeout(LOADING, answered) => {
                answer.ok().and_then(Result::ok).unwrap_or_else(|| Err(self.away()))
            }
            gone = self.gone() => Err(gone),
        }
    }

    /// Waits until Redis has been away for longer than a short loss takes.
    async fn gone(&self) -> BrokerError {
        let mut changes = self.0.link.subscribe();
        loop {
            // An error would be that the sender is gone, which this keeps.
            let _ = changes.wait_for(Option::is_none).await;
            if let Err(error) = self.link().await {
                return error;
            }
        }
    }

    /// Publishes. After an error nobody knows whether Redis took the message; with a key it can be asked again.
    pub(super) async fn publish(
        &self,
        publication: Publication,
    ) -> Result<PublishAck, BrokerError> {
        let Link {
            mut connection,
            server,
        } = self.link().await?;
        let call = self.0.scripts.append(&server.life(), &publication);
        let reply: Result<String, _> = call.invoke_async(&mut connection).await;
        let (accepted, size) = reply
            .and_then(|reply| accepted(&reply))
            .map_err(|error| self.0.refused(&publication.channel, &error))?;
        if let Some(size) = size {
            self.0
                .accounts
                .add(publication.channel, publication.body.len(), size);
        }
        Ok(accepted)
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
    fn begin_session(&self, number: u64, link: Link) {
        self.session.store(number, Ordering::SeqCst);
        let wanted = self.channels().begin();
        self.link.send_replace(Some(link));
        self.ask(wanted);
    }

    /// The life of the Redis that is there.
    fn life(&self) -> Option<String> {
        self.link.borrow().as_ref().map(|link| link.server.life())
    }

    /// How many bytes all channels may take now: Redis needs room for other things than messages.
    fn total(&self) -> u64 {
        let most = self
            .link
            .borrow()
            .as_ref()
            .map_or(0, |link| link.server.max_memory);
        if most == 0 {
            self.total
        } else {
            self.total.min(most / 10 * 6)
        }
    }

    /// What an error about a channel is to those who asked. Names a channel that is unusable in the log, once.
    fn refused(&self, channel: &ChannelName, error: &RedisError) -> BrokerError {
        if error.code() == Some("KEYREUSED") {
            return BrokerError::KeyReused;
        }
        match trouble(error) {
            Trouble::Refusal(why) => {
                self.set_refusal(Some(why));
                BrokerError::Refuses { why }
            }
            Trouble::ChannelName(why) => {
                if self.troubles.is_new(channel, &why) {
                    let keys = self.scripts.keys(channel);
                    log::warn!(
                        "broker: {} cannot use the channel {channel} ({keys}): {error}",
                        self.address
                    );
                }
                BrokerError::Unusable { why }
            }
            Trouble::Outage => {
                log::debug!("broker: {} gave no answer: {error}", self.address);
                BrokerError::Unavailable
            }
        }
    }

    fn is_session(&self, number: u64) -> bool {
        self.session.load(Ordering::SeqCst) == number
    }

    fn refusal(&self) -> Option<&'static str> {
        *self.refusal.lock().expect("no panic while storing")
    }

    fn set_refusal(&self, why: Option<&'static str>) {
        let before = mem::replace(
            &mut *self.refusal.lock().expect("no panic while storing"),
            why,
        );
        match (before, why) {
            (before, Some(why)) if before != Some(why) => {
                log::warn!("broker: {} takes no messages: {why}", self.address)
            }
            (Some(_), None) => {
                log::info!("broker: {} takes messages again", self.address);
                // What it refused to say, too.
                self.ask_for_all();
            }
            _ => {}
        }
    }

    fn ask_for_all(&self) {
        let wanted = self.channels().want_all();
        self.ask(wanted);
    }

    fn ask(&self, wanted: Vec<ChannelName>) {
        wanted
            .iter()
            .for_each(|channel| self.follow_up(channel, Then::Ask));
    }

    fn forget(&self, channel: &ChannelName) {
        let _ = self.requests.send(Request::Forget(channel.clone()));
    }

    fn follow_up(&self, channel: &ChannelName, then: Then) {
        if then == Then::Ask {
            // Nobody hears it only while everything ends.
            let _ = self.requests.send(Request::Ask(channel.clone()));
        }
    }
}
