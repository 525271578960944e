//! Opens the channel that a request subscribes to or reads.

use super::{AppState, Principal, Problem, channel_creation::ChannelUse};
use crate::{
    hub::ChannelLease,
    message::{ChannelName, Cursor},
};
use std::time::Duration;

/// A channel that a client may read, and the cursor to begin at.
pub struct Subscription {
    /// The channel's name.
    pub channel: ChannelName,
    /// A lease of the channel.
    pub feed: ChannelLease,
    /// The cursor that the client sent.
    pub after: Cursor,
    /// How long the token is valid. `None` if nothing ends the subscription.
    pub until: Option<Duration>,
}

impl Subscription {
    /// Opens a channel to wait for its messages; creates it if it does not exist.
    pub async fn open(
        service: &AppState,
        principal: &Principal,
        channel: ChannelName,
        after: Cursor,
    ) -> Result<Self, Problem> {
        Self::peek(service, principal, channel, after)
            .await?
            .wait(service, principal)
            .await
    }

    /// Opens a channel to read the messages that it has now, but not to wait for more.
    pub async fn peek(
        service: &AppState,
        principal: &Principal,
        channel: ChannelName,
        after: Cursor,
    ) -> Result<Self, Problem> {
        principal.may_subscribe(&channel)?;
        // With a shared broker even this makes the process follow the channel.
        if service.broker.outlives_process() {
            principal.may_create(&channel, ChannelUse::Read, service)?;
        }
        let feed = service.broker.peek(&service.hub, &channel, after).await?;
        Ok(Self {
            channel,
            feed,
            after,
            until: principal.expires_in(),
        })
    }

    /// Makes sure that the channel gets new messages, so that a client may wait for them.
    pub async fn wait(
        mut self,
        service: &AppState,
        principal: &Principal,
    ) -> Result<Self, Problem> {
        if !self.feed.is_open() {
            principal.may_create(&self.channel, ChannelUse::Read, service)?;
            self.feed = service
                .broker
                .open(&service.hub, &self.channel, self.after)
                .await?;
        }
        Ok(self)
    }
}
