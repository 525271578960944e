//! The servers of a broker: one, or the masters of a cluster.

use super::{
    broker_state::BrokerState,
    cluster::{self, Cluster, Redirect},
    connection,
    locator::Locator,
    sentinels::Sentinels,
    shared::{Connected, MOVING, Shared},
    target::Target,
};
use crate::{BrokerError, RedisAddress, Tls};
use common::message::ChannelName;
use redis::ProtocolVersion;
use std::{future::pending, sync::Arc};
use tokio::{sync::mpsc::unbounded_channel, time::sleep};

/// One server has all channels, or each master of a cluster has some.
#[derive(Clone)]
pub(super) enum Servers {
    One(Arc<Shared>),
    Cluster(Arc<Cluster>),
}

/// A server that is connected.
pub(super) struct ConnectedServer {
    pub(super) shared: Arc<Shared>,
    pub(super) connected: Connected,
}

impl Servers {
    /// Connects in the background. Must be called on a runtime.
    pub(super) fn start(
        address: &RedisAddress,
        tls: Option<Tls>,
        state: &Arc<BrokerState>,
    ) -> Self {
        let template = address.template();
        // RESP3 has replies and published messages on one connection.
        let settings = template.redis_settings().clone();
        let template = template
            .clone()
            .set_redis_settings(settings.set_protocol(ProtocolVersion::RESP3));
        let locator = match address {
            RedisAddress::Server(_) => Locator::Fixed(Target::new(template, tls)),
            RedisAddress::Sentinel(address) => {
                Locator::Sentinels(Sentinels::new(address, template, tls))
            }
            RedisAddress::Cluster(nodes) => {
                let cluster = Cluster::new(state.clone(), template, address.shown(), tls);
                return Self::Cluster(cluster::start(cluster, nodes));
            }
        };
        let (commands, received) = unbounded_channel();
        let shared = Arc::new(Shared::new(state.clone(), address.shown(), commands, None));
        tokio::spawn(connection::keep(locator, Arc::downgrade(&shared), received));
        Self::One(shared)
    }

    /// Returns the server that has a channel, as far as is known.
    fn of(&self, channel: &ChannelName) -> Option<Arc<Shared>> {
        match self {
            Self::One(shared) => Some(shared.clone()),
            Self::Cluster(cluster) => cluster.server_of(channel),
        }
    }

    /// Loads a channel. Without a server, the first session with it does.
    pub(super) fn load(&self, channel: &ChannelName) {
        if let Some(shared) = self.of(channel) {
            shared.load(channel);
        }
    }

    pub(super) fn unsubscribe(&self, channel: &ChannelName) {
        if let Some(shared) = self.of(channel) {
            shared.unsubscribe(channel);
        }
    }

    /// Returns the server of a channel, as soon as it is connected.
    pub(super) async fn connected(&self, channel: &ChannelName) -> ConnectedServer {
        loop {
            let changed = self.changed();
            let found = self.of(channel);
            tokio::select! {
                connected = connection_of(found.as_deref()) => if let Some(shared) = found {
                    return ConnectedServer { shared, connected };
                },
                () = changed => {}
            }
        }
    }

    /// Waits until the server of a channel is not connected.
    pub(super) async fn disconnected(&self, channel: &ChannelName) {
        if let Some(shared) = self.of(channel) {
            let mut changes = shared.connected.subscribe();
            // Fails only without a sender, which `shared` has.
            let _ = changes.wait_for(Option::is_none).await;
        }
    }

    /// Waits until another server may have a channel.
    fn changed(&self) -> impl Future<Output = ()> + use<> {
        let changes = match self {
            Self::One(_) => None,
            Self::Cluster(cluster) => Some(cluster.changes()),
        };
        async move {
            match changes {
                // Fails only without a sender, which the cluster has.
                Some(mut changes) => drop(changes.changed().await),
                None => pending().await,
            }
        }
    }

    /// Waits as long as a redirection demands. Returns the server that has to be asked, if it is
    /// another one than that of the channel's slot.
    pub(super) async fn redirected(
        &self,
        from: &ConnectedServer,
        redirect: Redirect,
    ) -> Option<ConnectedServer> {
        if let (Redirect::Ask(address), Self::Cluster(cluster)) = (&redirect, self)
            && let Some(shared) = cluster.server_at(address)
            && let Some(connected) = shared.connected.borrow().clone()
        {
            return Some(ConnectedServer {
                connected,
                shared: shared.clone(),
            });
        }
        from.shared.refresh_map();
        sleep(MOVING).await;
        None
    }

    /// Checks that a server is connected and takes messages.
    ///
    /// # Errors
    ///
    /// If none is connected and takes messages: of one server its reason, of a cluster that of a
    /// master.
    pub(super) fn check(&self) -> Result<(), BrokerError> {
        let Self::Cluster(cluster) = self else {
            return self.all().iter().try_for_each(|shared| shared.check());
        };
        // Most channels work without one of the masters.
        let checked: Vec<_> = self.all().iter().map(|shared| shared.check()).collect();
        if checked.iter().any(Result::is_ok) {
            return Ok(());
        }
        let why = cluster.why_away();
        let first = checked.into_iter().find_map(Result::err);
        Err(match (why, first) {
            (Some(why), _) => BrokerError::NoConnection { why },
            (None, first) => first.unwrap_or(BrokerError::Unavailable),
        })
    }

    fn all(&self) -> Vec<Arc<Shared>> {
        match self {
            Self::One(shared) => vec![shared.clone()],
            Self::Cluster(cluster) => cluster.servers(),
        }
    }

    /// Returns the reason for a missing reply about a channel.
    pub(super) fn unavailable(&self, channel: &ChannelName) -> BrokerError {
        let checked = match self.of(channel) {
            Some(shared) => shared.check(),
            None => self.check(),
        };
        checked.err().unwrap_or(BrokerError::Unavailable)
    }
}

/// Returns the connection of a server, once there is one.
async fn connection_of(server: Option<&Shared>) -> Connected {
    let Some(server) = server else {
        return pending().await;
    };
    let mut changes = server.connected.subscribe();
    match changes.wait_for(Option::is_some).await.as_deref() {
        Ok(Some(connected)) => connected.clone(),
        // It has a sender, and is some.
        _ => pending().await,
    }
}
