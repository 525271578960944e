//! Opens the channel that a request subscribes to or reads.

use super::{AppState, Principal, Problem, channel_creation::ChannelUse};
use common::{
    channel_set::ChannelSet,
    channels::ChannelLease,
    message::{ChannelList, ChannelName, Cursor},
};
use futures_util::future::try_join_all;
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
    ///
    /// # Errors
    ///
    /// If the principal may not subscribe or create the channel, or the broker cannot open it.
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
    ///
    /// # Errors
    ///
    /// If the principal may not subscribe, or the broker cannot open the channel.
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
    ///
    /// # Errors
    ///
    /// If the principal may not create the channel, or the broker cannot.
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

/// Several channels that a client may read, each with the cursor to begin at.
pub struct Subscriptions(Vec<Subscription>);

impl Subscriptions {
    /// Opens channels to wait for their messages; creates those that do not exist.
    ///
    /// # Errors
    ///
    /// If the token does not allow each of them, or the limits or the broker refuse one.
    pub async fn open(
        service: &AppState,
        principal: &Principal,
        channels: &ChannelList,
        cursors: Vec<Cursor>,
    ) -> Result<Self, Problem> {
        Self::peek(service, principal, channels, cursors)
            .await?
            .create_missing(service, principal)
            .await
    }

    /// Opens channels to read the messages that they have now, but not to wait for more.
    ///
    /// # Errors
    ///
    /// If the token does not allow each of them, or the broker refuses one.
    pub async fn peek(
        service: &AppState,
        principal: &Principal,
        channels: &ChannelList,
        cursors: Vec<Cursor>,
    ) -> Result<Self, Problem> {
        // All of them before the first is opened.
        principal.may_subscribe_to_all(channels)?;
        let names = channels.as_slice().iter().cloned();
        let peeks = names.zip(cursors).map(|(name, cursor)| {
            // A broker may have to load each of them.
            Subscription::peek(service, principal, name, cursor)
        });
        Ok(Self(try_join_all(peeks).await?))
    }

    /// Creates the channels that do not exist.
    ///
    /// # Errors
    ///
    /// If the limits or the broker refuse one.
    pub async fn create_missing(
        self,
        service: &AppState,
        principal: &Principal,
    ) -> Result<Self, Problem> {
        let created = self.0.into_iter();
        let created =
            created.map(|subscription| subscription.create_if_missing(service, principal));
        Ok(Self(try_join_all(created).await?))
    }

    /// Returns the first of them.
    pub(super) fn first(&self) -> &Subscription {
        self.0.first().expect("a list has at least one channel")
    }

    /// Returns the time until the token expires, if it does.
    pub fn expires_in(&self) -> Option<Duration> {
        self.first().expires_in
    }

    /// Returns the channels as a set, to be read after their cursors.
    pub fn set(&self, service: &AppState) -> ChannelSet {
        let channels = self.0.iter();
        let channels = channels.map(|each| (each.channel.clone(), each.cursor));
        ChannelSet::new(&service.hub, channels)
    }
}
