//! The state of one server, which a broker's handle, its connections and its tasks share.

mod elsewhere;
mod loading;
mod outage;

use super::{
    broker_state::BrokerState,
    command::Command,
    errors::{ErrorScope, scope},
    server::Server,
    subscriptions::Subscriptions,
};
use common::message::ChannelName;
use parking_lot::{Mutex, MutexGuard};
use redis::{RedisResult, aio::MultiplexedConnection};
use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{mpsc::UnboundedSender, watch};

/// How long to wait for a channel that is on its way from one node to another.
pub(super) const MOVING: Duration = Duration::from_millis(50);

pub(super) struct Shared {
    /// What it has in common with other servers of the broker.
    pub(super) state: Arc<BrokerState>,
    /// The address of Redis, for logs.
    pub(super) address: String,
    /// The cluster whose node it is.
    pub(super) node: Option<Node>,
    /// `None` while Redis is disconnected.
    pub(super) connected: watch::Sender<Option<Connected>>,
    /// Why Redis, which is connected, takes no messages; `None` while it does.
    write_refusal: Mutex<Option<&'static str>>,
    /// Why Redis is away, if an operator has to act.
    why_away: Mutex<Option<&'static str>>,
    /// The number of the session whose published messages count.
    session: AtomicU64,
    commands: UnboundedSender<Command>,
}

/// A master of a cluster.
pub(super) struct Node {
    cluster: Weak<dyn Siblings>,
    /// Its host.
    pub(super) host: String,
    /// A hash tag whose slot is at this node.
    probe_tag: Mutex<String>,
}

/// What a master asks of its cluster, which knows all of them.
pub(super) trait Siblings: Send + Sync {
    /// Returns the number of masters.
    fn count(&self) -> usize;

    /// Returns whether a master has a channel.
    fn is_at(&self, server: &Shared, channel: &ChannelName) -> bool;

    /// Returns whether a master has the keys with the memory of all channels.
    fn has_memory_keys(&self, server: &Shared) -> bool;

    /// Requests the map again: it may be outdated.
    fn refresh_map(&self);

    /// Sends a command to the master that has a channel. If no master is known, a later session
    /// loads the channel.
    fn send(&self, channel: &ChannelName, command: Command);
}

impl Node {
    pub(super) fn new(cluster: Weak<dyn Siblings>, host: String) -> Self {
        Self {
            cluster,
            host,
            probe_tag: Mutex::default(),
        }
    }

    /// Returns a hash tag whose slot is at this node.
    pub(super) fn probe_tag(&self) -> String {
        self.probe_tag.lock().clone()
    }

    pub(super) fn set_probe_tag(&self, tag: String) {
        *self.probe_tag.lock() = tag;
    }
}

/// A connection, and the server at its other end.
#[derive(Clone)]
pub(super) struct Connected {
    pub(super) connection: MultiplexedConnection,
    pub(super) server: Arc<Server>,
}

impl Shared {
    pub(super) fn new(
        state: Arc<BrokerState>,
        address: String,
        commands: UnboundedSender<Command>,
        node: Option<Node>,
    ) -> Self {
        Self {
            state,
            address,
            node,
            connected: watch::Sender::new(None),
            write_refusal: Mutex::default(),
            why_away: Mutex::default(),
            session: AtomicU64::new(0),
            commands,
        }
    }

    /// The guard must not be held across an await.
    pub(super) fn subscriptions(&self) -> MutexGuard<'_, Subscriptions> {
        self.state.subscriptions()
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
    /// things than messages. The nodes of a cluster are alike.
    pub(super) fn max_bytes(&self) -> u64 {
        let connected = self.connected.borrow();
        let nodes = self.siblings().map_or(1, |cluster| cluster.count() as u64);
        match connected
            .as_ref()
            .map(|connected| connected.server.max_memory)
        {
            None | Some(0) => self.state.max_bytes,
            Some(max_memory) => self.state.max_bytes.min(max_memory / 10 * 6 * nodes),
        }
    }

    /// Deletes the messages of channels. An error is one of the connection.
    pub(super) async fn forget(
        &self,
        connection: &mut MultiplexedConnection,
        channels: &[ChannelName],
    ) -> RedisResult<()> {
        let forget = self.state.scripts.forget(channels);
        match forget.query_async::<()>(connection).await {
            Err(error) if scope(&error) == ErrorScope::Connection => Err(error),
            // A key of another type, which is not ours to delete.
            _ => Ok(()),
        }
    }

    pub(super) fn unsubscribe(&self, channel: &ChannelName) {
        self.send(Command::Unsubscribe(channel.clone()));
    }

    pub(super) fn send(&self, command: Command) {
        // Fails only while the broker is being dropped.
        let _ = self.commands.send(command);
    }
}
