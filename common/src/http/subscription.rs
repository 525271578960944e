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
    pub name: ChannelName,
    /// A lease of the channel.
    pub channel: ChannelLease,
    /// The cursor that the client sent.
    pub cursor: Cursor,
    /// The time until the token expires, if it does.
    pub expires_in: Option<Duration>,
}

impl Subscription {
    /// Opens a channel to wait for its messages; creates it if it does not exist.
    pub async fn open(
        service: &AppState,
        principal: &Principal,
        name: ChannelName,
        cursor: Cursor,
    ) -> Result<Self, Problem> {
        Self::peek(service, principal, name, cursor)
            .await?
            .create_if_missing(service, principal)
            .await
    }

    /// Opens a channel to read the messages that it has now, but not to wait for more.
    pub async fn peek(
        service: &AppState,
        principal: &Principal,
        name: ChannelName,
        cursor: Cursor,
    ) -> Result<Self, Problem> {
        principal.may_subscribe(&name)?;
        // With a shared broker even this makes the process follow the channel.
        if service.broker.outlives_process() {
            principal.may_create(&name, ChannelUse::Read, service)?;
        }
        let channel = service.broker.peek(&service.hub, &name, cursor).await?;
        Ok(Self {
            name,
            channel,
            cursor,
            expires_in: principal.expires_in(),
        })
    }

    /// Creates the channel if it does not exist, so that a client may wait for its messages.
    pub async fn create_if_missing(
        mut self,
        service: &AppState,
        principal: &Principal,
    ) -> Result<Self, Problem> {
        if !self.channel.is_open() {
            principal.may_create(&self.name, ChannelUse::Read, service)?;
            self.channel = service
                .broker
                .open(&service.hub, &self.name, self.cursor)
                .await?;
        }
        Ok(self)
    }
}
