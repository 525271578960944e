//! The state of one server, which a broker's handle, its connections and its tasks share.

mod elsewhere;
mod outage;

use super::{
    broker_state::BrokerState,
    cluster::Node,
    commands::Command,
    errors::{ErrorScope, scope},
    load_state::NextStep,
    server::Server,
    subscriptions::{Subscriptions, Which},
    table::Place,
};
use common::message::ChannelName;
use parking_lot::{Mutex, MutexGuard};
use redis::{RedisResult, aio::MultiplexedConnection};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{mpsc::UnboundedSender, watch},
    task::yield_now,
};

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

    /// Makes this the session whose messages count, on which all channels have to be loaded. Those
    /// that requests wait for are the first.
    pub(super) async fn begin_session(&self, number: u64, connected: Connected) {
        self.session.store(number, Ordering::SeqCst);
        let mut place = 0;
        while let Some(channels) = self.restart_next(&mut place) {
            self.load(channels);
            yield_now().await;
        }
        self.connected.send_replace(Some(connected));
    }

    fn restart_next(&self, place: &mut Place) -> Option<Vec<ChannelName>> {
        let which = |channel: &ChannelName| self.has(channel);
        self.subscriptions().restart_next(place, which)
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
        let nodes = self.node.as_ref().map_or(1, Node::count);
        match connected
            .as_ref()
            .map(|connected| connected.server.max_memory)
        {
            None | Some(0) => self.state.max_bytes,
            Some(max_memory) => self.state.max_bytes.min(max_memory / 10 * 6 * nodes),
        }
    }

    /// Requests a load of the next channels of a pass, some of at most `count`. Returns those to
    /// load; `None` at its end.
    pub(super) fn request_next(
        &self,
        place: &mut Place,
        count: usize,
        which: Which,
    ) -> Option<Vec<ChannelName>> {
        let is_here = |channel: &ChannelName| self.has(channel);
        self.subscriptions()
            .request_next(place, count, which, is_here)
    }

    /// Loads the channels that were not loaded in this session.
    pub(super) fn load_outdated(&self) {
        self.send(Command::LoadOutdated);
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

    fn send(&self, command: Command) {
        // Fails only while the broker is being dropped.
        let _ = self.commands.send(command);
    }
}
