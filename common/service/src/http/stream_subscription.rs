//! Opens the channels that a stream subscribes to.

use super::{AppState, Channels, Principal, Problem, Subscription, Subscriptions};
use common::{
    message::{ChannelName, Cursor},
    shard::StreamChannels,
};
use std::time::Duration;

/// The channels that a stream subscribes to.
pub enum StreamSubscription {
    /// One channel.
    One(Subscription),
    /// Several channels.
    Several(Subscriptions),
}

impl StreamSubscription {
    /// Opens channels, each to be read after its cursor; creates those that do not exist.
    ///
    /// # Errors
    ///
    /// If the principal may not subscribe to each of them or create it, or the broker cannot open
    /// one.
    pub async fn open(
        service: &AppState,
        principal: &Principal,
        channels: Channels,
        cursors: Vec<Cursor>,
    ) -> Result<Self, Problem> {
        match channels {
            Channels::One(name) => {
                let subscription = Subscription::open(service, principal, name, cursors[0]).await?;
                Ok(Self::One(subscription))
            }
            Channels::Several(list) => {
                let opened = Subscriptions::open(service, principal, &list, cursors).await?;
                Ok(Self::Several(opened))
            }
        }
    }

    /// Returns the name of the first channel.
    pub fn first(&self) -> &ChannelName {
        let first = match self {
            Self::One(subscription) => subscription,
            Self::Several(subscriptions) => subscriptions.first(),
        };
        // Not the name in the request, which would be kept beside this one.
        first.channel.name()
    }

    /// Returns the time until the token expires, if it does.
    pub fn expires_in(&self) -> Option<Duration> {
        match self {
            Self::One(subscription) => subscription.expires_in,
            Self::Several(subscriptions) => subscriptions.expires_in(),
        }
    }

    /// Returns where the stream begins in its channels, as they are now.
    pub fn channels(self, service: &AppState, principal: &Principal) -> StreamChannels {
        match self {
            Self::One(Subscription {
                channel, cursor, ..
            }) => {
                let resume = channel.resume(cursor);
                StreamChannels::One(channel, resume)
            }
            Self::Several(subscriptions) => {
                StreamChannels::Several(subscriptions.set(service), principal.share(service))
            }
        }
    }
}
