//! The state that the handlers of one service share.

use super::{
    address,
    auth::Tokens,
    channel_creation::ChannelCreationLimit,
    client_key::ClientKey,
    rate_limit::{BURST, RateLimiter},
};
use crate::{Config, tasks::Tasks};
use actix_web::HttpRequest;
use broker::Broker;
use common::{
    budget::{BudgetShare, MemoryBudget},
    hub::Hub,
};
use std::{hash::RandomState, io, sync::Arc, time::Instant};
use supervisor::ClusterMember;

/// The state that the handlers of one service share.
pub struct AppState {
    /// The transport's name.
    pub transport: &'static str,
    /// The settings.
    pub config: Config,
    /// Takes publications.
    pub broker: Broker,
    /// Delivers messages to subscribers.
    pub hub: Hub,
    /// Bounds the bytes that clients make the service hold beside its history.
    pub budget: MemoryBudget,
    pub(crate) tasks: Arc<Tasks>,
    /// `None` if this is the only process of the service.
    pub(crate) member: Option<ClusterMember>,
    pub(super) started: Instant,
    /// `None` without a key to check tokens with.
    pub(super) tokens: Option<Tokens>,
    /// `None` without a limit.
    pub(super) publish_rate: Option<RateLimiter<ClientKey>>,
    /// `None` without a limit.
    pub(super) channel_creation: Option<ChannelCreationLimit>,
    /// Hashes clients to account numbers.
    pub(super) account_hasher: RandomState,
}

impl AppState {
    /// Creates the state of a service.
    ///
    /// # Errors
    ///
    /// If the configured key cannot be used.
    pub(crate) fn new(
        transport: &'static str,
        config: Config,
        broker: Broker,
        hub: Hub,
        budget: MemoryBudget,
        member: Option<ClusterMember>,
    ) -> io::Result<Self> {
        let gauge = hub.metrics().tasks.clone();
        let publish_rate = config.access.publish_rate;
        let new_channels = config.new_channels();
        let tasks = Tasks::new(transport, broker.clone(), gauge, config.server.tasks);
        Ok(Self {
            transport,
            tokens: Tokens::configured(&config)?,
            publish_rate: (publish_rate > 0.0).then(|| RateLimiter::new(publish_rate, BURST)),
            channel_creation: (new_channels > 0).then(|| ChannelCreationLimit::new(new_channels)),
            config,
            broker,
            hub,
            budget,
            tasks: Arc::new(tasks),
            member,
            started: Instant::now(),
            account_hasher: RandomState::new(),
        })
    }

    /// Returns an empty share of the memory budget for the client that sends this request.
    pub fn share(&self, request: &HttpRequest) -> BudgetShare {
        let address = address::of(request, self.config.access.trust_proxy.into());
        self.budget.share(address)
    }
}
