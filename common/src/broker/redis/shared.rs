//! The state that a broker's handle, its connections and its tasks share.

use super::{
    clock::Clock,
    commands::Command,
    errors::{ErrorScope, scope},
    load_state::NextStep,
    memory_usage::MemoryUsage,
    reported_errors::ReportedErrors,
    scripts::Scripts,
    server::Server,
    subscriptions::Subscriptions,
};
use crate::{broker::BrokerError, message::ChannelName};
use parking_lot::{Mutex, MutexGuard};
use redis::{RedisError, aio::MultiplexedConnection};
use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::{mpsc::UnboundedSender, watch};

pub(super) struct Shared {
    /// The address of Redis, for logs.
    pub(super) address: String,
    pub(super) scripts: Scripts,
    pub(super) memory_usage: Arc<MemoryUsage>,
    pub(super) reported_errors: ReportedErrors,
    pub(super) clock: Clock,
    /// `None` while Redis is disconnected.
    pub(super) connected: watch::Sender<Option<Connected>>,
    subscriptions: Mutex<Subscriptions>,
    /// The most memory that all channels together may take in Redis, in bytes.
    max_bytes: u64,
    /// Why Redis, which is connected, takes no messages; `None` while it does.
    write_refusal: Mutex<Option<&'static str>>,
    /// Why Redis is away, if somebody has to change that.
    why_away: Mutex<Option<&'static str>>,
    /// The number of the session whose published messages count.
    session: AtomicU64,
    commands: UnboundedSender<Command>,
}

/// A connection, and the server at its other end.
#[derive(Clone)]
pub(super) struct Connected {
    pub(super) connection: MultiplexedConnection,
    pub(super) server: Arc<Server>,
}

impl Shared {
    pub(super) fn new(
        address: String,
        scripts: Scripts,
        subscriptions: Subscriptions,
        max_bytes: u64,
        commands: UnboundedSender<Command>,
    ) -> Self {
        Self {
            address,
            scripts,
            memory_usage: Arc::default(),
            reported_errors: ReportedErrors::default(),
            clock: Clock::default(),
            connected: watch::Sender::new(None),
            subscriptions: subscriptions.into(),
            max_bytes,
            write_refusal: Mutex::default(),
            why_away: Mutex::default(),
            session: AtomicU64::new(0),
            commands,
        }
    }

    /// The guard must not be held across an await.
    pub(super) fn subscriptions(&self) -> MutexGuard<'_, Subscriptions> {
        self.subscriptions.lock()
    }

    /// Makes this the session whose messages count, and loads all channels on it.
    pub(super) fn begin_session(&self, number: u64, connected: Connected) {
        self.session.store(number, Ordering::SeqCst);
        let channels = self.subscriptions().reconnect();
        self.connected.send_replace(Some(connected));
        self.load(channels);
    }

    pub(super) fn is_session(&self, number: u64) -> bool {
        self.session.load(Ordering::SeqCst) == number
    }

    /// Returns the incarnation of the Redis that is connected.
    pub(super) fn incarnation(&self) -> Option<String> {
        let connected = self.connected.borrow();
        Some(connected.as_ref()?.server.incarnation())
    }

    /// Returns the most memory that all channels may take, in bytes: Redis needs some for other
    /// things than messages.
    pub(super) fn max_bytes(&self) -> u64 {
        let connected = self.connected.borrow();
        match connected
            .as_ref()
            .map(|connected| connected.server.max_memory)
        {
            None | Some(0) => self.max_bytes,
            Some(max_memory) => self.max_bytes.min(max_memory / 10 * 6),
        }
    }

    /// Translates an error about a channel. Logs an unusable channel once.
    pub(super) fn broker_error(&self, channel: &ChannelName, error: &RedisError) -> BrokerError {
        if error.code() == Some("KEYREUSED") {
            return BrokerError::KeyReused;
        }
        match scope(error) {
            ErrorScope::Writes(why) => {
                self.set_write_refusal(Some(why));
                BrokerError::Refuses { why }
            }
            ErrorScope::Channel(why) => {
                if self.reported_errors.is_new(channel, &why) {
                    let Self { address, .. } = self;
                    let keys = self.scripts.keys_of(channel);
                    log::warn!(
                        "broker: {address} cannot use the channel {channel} ({keys}): {error}"
                    );
                }
                BrokerError::Unusable { why }
            }
            ErrorScope::Connection => {
                log::debug!("broker: no reply from {}: {error}", self.address);
                BrokerError::Unavailable
            }
        }
    }

    pub(super) fn write_refusal(&self) -> Option<&'static str> {
        *self.write_refusal.lock()
    }

    /// Records why Redis takes no messages, and logs changes.
    pub(super) fn set_write_refusal(&self, why: Option<&'static str>) {
        let before = mem::replace(&mut *self.write_refusal.lock(), why);
        match (before, why) {
            (before, Some(why)) if before != Some(why) => {
                log::warn!("broker: {} takes no messages: {why}", self.address);
            }
            (Some(_), None) => {
                log::info!("broker: {} takes messages again", self.address);
                // The history script writes too, so loads may have failed.
                self.load_all();
            }
            _ => {}
        }
    }

    /// Records why Redis is away, for [`Self::outage`].
    pub(super) fn set_why_away(&self, why: Option<&'static str>) {
        *self.why_away.lock() = why;
    }

    /// Returns the error of requests while Redis is away.
    pub(super) fn outage(&self) -> BrokerError {
        match *self.why_away.lock() {
            Some(why) => BrokerError::NoConnection { why },
            None => BrokerError::Unavailable,
        }
    }

    /// Loads all channels.
    pub(super) fn load_all(&self) {
        let channels = self.subscriptions().request_all();
        self.load(channels);
    }

    pub(super) fn load(&self, channels: Vec<ChannelName>) {
        channels
            .iter()
            .for_each(|channel| self.run(channel, NextStep::Load));
    }

    pub(super) fn run(&self, channel: &ChannelName, next: NextStep) {
        if next == NextStep::Load {
            self.send(Command::Load(channel.clone()));
        }
    }

    pub(super) fn unsubscribe(&self, channel: &ChannelName) {
        self.send(Command::Unsubscribe(channel.clone()));
    }

    fn send(&self, command: Command) {
        // Fails only while the broker is being dropped.
        let _ = self.commands.send(command);
    }
}
