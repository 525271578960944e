//! A Redis Cluster: its masters, each a server with a session of its own, and which one has which
//! channel.

mod map;
mod redirect;
mod slots;
mod topology;

pub(super) use redirect::{Asking, Redirect};
pub(super) use topology::start;

use super::{
    broker_state::BrokerState,
    command::Command,
    connection,
    diagnosis::Diagnosis,
    locator::Locator,
    shared::{Node, Shared, Siblings},
    table::Place,
    target::Target,
};
use crate::{Tls, address::shown};
use common::message::ChannelName;
use map::Map;
use parking_lot::{Mutex, RwLock};
use redis::{ConnectionAddr, ConnectionInfo};
use slots::{SlotRange, slot, slot_of};
use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};
use tokio::{
    sync::{Notify, mpsc::unbounded_channel, watch},
    task::yield_now,
};

/// The hash tag of the keys with the memory of all channels.
const MEMORY_TAG: &str = "*";

/// The masters of a cluster.
pub(super) struct Cluster {
    state: Arc<BrokerState>,
    template: ConnectionInfo,
    tls: Option<Tls>,
    /// How the address is shown.
    address: String,
    map: RwLock<Arc<Map>>,
    /// Counts the changes of the map.
    changes: watch::Sender<u64>,
    /// Notified when the map may be outdated.
    outdated: Notify,
    /// Why there is no map, if an operator has to act.
    why_away: Mutex<Option<&'static str>>,
}

impl Siblings for Cluster {
    fn count(&self) -> usize {
        self.map().servers.len()
    }

    fn is_at(&self, server: &Shared, channel: &ChannelName) -> bool {
        self.is_slot_at(server, slot_of(channel))
    }

    fn has_memory_keys(&self, server: &Shared) -> bool {
        self.is_slot_at(server, slot(MEMORY_TAG))
    }

    fn refresh_map(&self) {
        self.outdated.notify_one();
    }

    fn send(&self, channel: &ChannelName, command: Command) {
        if let Some(server) = self.server_of(channel) {
            server.send(command);
        }
    }
}

impl Cluster {
    pub(super) fn new(
        state: Arc<BrokerState>,
        template: ConnectionInfo,
        address: String,
        tls: Option<Tls>,
    ) -> Self {
        Self {
            state,
            template,
            tls,
            address,
            map: RwLock::default(),
            changes: watch::Sender::new(0),
            outdated: Notify::new(),
            why_away: Mutex::default(),
        }
    }

    fn map(&self) -> Arc<Map> {
        self.map.read().clone()
    }

    /// Returns the master that has a channel, as far as is known.
    pub(super) fn server_of(&self, channel: &ChannelName) -> Option<Arc<Shared>> {
        self.map().server(slot_of(channel)).cloned()
    }

    fn is_slot_at(&self, server: &Shared, slot: u16) -> bool {
        self.map().is_at(server, slot)
    }

    /// Returns the master at this host and port.
    pub(super) fn server_at(&self, address: &str) -> Option<Arc<Shared>> {
        let (host, port) = address.rsplit_once(':')?;
        let node = (host.to_owned(), port.parse().ok()?);
        self.map().servers.get(&node).cloned()
    }

    /// Returns all masters.
    pub(super) fn servers(&self) -> Vec<Arc<Shared>> {
        self.map().servers.values().cloned().collect()
    }

    /// Returns a receiver that learns of changes of the map.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Returns why there is no map, if an operator has to act.
    pub(super) fn why_away(&self) -> Option<&'static str> {
        *self.why_away.lock()
    }

    /// Uses a new map. Channels that have moved are loaded from their new masters.
    fn assign(self: &Arc<Self>, ranges: Vec<SlotRange>) {
        *self.why_away.lock() = None;
        let before = self.map();
        if before.ranges == ranges {
            return;
        }
        let after = Arc::new(self.map_of(ranges));
        *self.map.write() = after.clone();
        for server in after.servers.values() {
            if let Some(node) = &server.node {
                node.set_probe_tag(self.probe_tag(server));
            }
        }
        self.changes.send_modify(|changes| *changes += 1);
        tokio::spawn(load_moved(self.clone(), before, after));
    }

    /// Starts the servers that are new in a map.
    fn map_of(self: &Arc<Self>, ranges: Vec<SlotRange>) -> Map {
        let known = self.map();
        let mut servers = HashMap::new();
        for SlotRange { node, .. } in &ranges {
            let server = || match known.servers.get(node) {
                Some(server) => server.clone(),
                None => self.start_server(node),
            };
            servers.entry(node.clone()).or_insert_with(server);
        }
        Map { ranges, servers }
    }

    fn start_server(self: &Arc<Self>, (host, port): &(String, u16)) -> Arc<Shared> {
        let target = self.target(ConnectionAddr::Tcp(host.clone(), *port));
        let (commands, received) = unbounded_channel();
        let address = format!("{} of the cluster", shown(target.address()));
        let cluster: Weak<Self> = Arc::downgrade(self);
        let node = Node::new(cluster, host.clone());
        let state = self.state.clone();
        let server = Arc::new(Shared::new(state, address, commands, Some(node)));
        let locator = Locator::Fixed(target);
        tokio::spawn(connection::keep(locator, Arc::downgrade(&server), received));
        server
    }

    /// Returns a node at this host and port.
    fn target(&self, address: ConnectionAddr) -> Target {
        Target::at(&self.template, address, self.tls.clone())
    }

    /// Returns a hash tag whose slot a master has.
    fn probe_tag(&self, server: &Shared) -> String {
        let tags = (0u32..).map(|number| number.to_string());
        let mut own = tags.filter(|tag| self.is_slot_at(server, slot(tag)));
        // Every server of the map has a slot, and every slot has a number.
        own.next().unwrap_or_default()
    }

    fn report(&self, diagnosis: Diagnosis, reported: &mut Option<String>) {
        *self.why_away.lock() = diagnosis.why;
        let reason = diagnosis.to_string();
        if reported.as_ref() != Some(&reason) {
            log::warn!("broker: the {} is away: {reason}", self.address);
        }
        *reported = Some(reason);
    }
}

/// Loads the channels that have another server in `after` than in `before`. Lets other tasks run in
/// between.
async fn load_moved(cluster: Arc<Cluster>, before: Arc<Map>, after: Arc<Map>) {
    let has_moved = |channel: &ChannelName| {
        let at = |map: &Map| map.server(slot_of(channel)).map(Arc::as_ptr);
        at(&before) != at(&after)
    };
    let next = |place: &mut Place| cluster.state.subscriptions().restart_next(place, has_moved);
    let mut place = 0;
    while let Some(moved) = next(&mut place) {
        for channel in moved {
            cluster.send(&channel, Command::Load(channel.clone()));
        }
        yield_now().await;
    }
    for server in after.servers.values() {
        server.send(Command::LoadOutdated);
    }
}
