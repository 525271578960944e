//! Where a subscriber's messages come from: one channel, or several.

use super::set_subscription::SetSubscription;
use crate::{channels::Channel, message::MessageId};
use std::{fmt, slice, sync::Arc};

/// The channels of a subscriber while it is served.
pub(crate) enum Source<'a> {
    One(&'a Channel),
    Set(&'a mut SetSubscription),
}

/// The channels of a subscriber that has left.
pub(crate) enum Subscribed {
    One(Arc<Channel>),
    Set(SetSubscription),
}

impl<'a> Source<'a> {
    /// Returns the channel of a subscriber of one: that of every poll in a shard.
    pub(super) fn one(&self) -> Option<&'a Channel> {
        match self {
            Self::One(channel) => Some(channel),
            Self::Set(_) => None,
        }
    }

    /// Returns how many messages the subscriber has yet to get. `cursor` is that of one channel.
    pub(crate) fn messages_after(&self, cursor: MessageId) -> u64 {
        match self {
            Self::One(channel) => channel.messages_after(cursor),
            Self::Set(subscription) => subscription.set.messages_behind(),
        }
    }
}

/// Writes the names of the channels, for log lines.
impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(channel) => write!(f, "{}", channel.name()),
            Self::Set(subscription) => {
                for (index, name) in subscription.set.names().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    write!(f, "{comma}{name}")?;
                }
                Ok(())
            }
        }
    }
}

impl Subscribed {
    pub(crate) fn source(&mut self) -> Source<'_> {
        match self {
            Self::One(channel) => Source::One(channel),
            Self::Set(subscription) => Source::Set(subscription),
        }
    }

    pub(crate) fn channels(&self) -> Vec<&Arc<Channel>> {
        match self {
            Self::One(channel) => slice::from_ref(channel).iter().collect(),
            Self::Set(subscription) => subscription.set.channels().map(|lease| &**lease).collect(),
        }
    }
}
