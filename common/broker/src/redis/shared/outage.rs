//! What errors of one server mean, and why it takes no messages.

use super::Shared;
use crate::{
    BrokerError,
    redis::{
        cluster::Redirect,
        command::Command,
        diagnosis::{MISSING_PERMISSION, NEEDS_CLUSTER},
        errors::{ErrorScope, scope},
    },
};
use common::message::ChannelName;
use redis::RedisError;
use std::mem;

impl Shared {
    /// Translates an error about a channel. Logs an unusable channel once.
    pub(in crate::redis) fn broker_error(
        &self,
        channel: &ChannelName,
        error: &RedisError,
    ) -> BrokerError {
        match error.code() {
            Some("KEYREUSED") => return BrokerError::KeyReused,
            Some("ENDED") => return BrokerError::Ended,
            _ => {}
        }
        match scope(error) {
            ErrorScope::Writes(why) => {
                self.set_write_refusal(Some(why));
                BrokerError::Refuses { why }
            }
            ErrorScope::User => {
                self.send(Command::End(error.clone()));
                BrokerError::NoConnection {
                    why: MISSING_PERMISSION,
                }
            }
            ErrorScope::Channel(_) if self.node.is_some() && Redirect::of(error).is_some() => {
                BrokerError::Unavailable
            }
            ErrorScope::Channel(_) if Redirect::of(error) == Some(Redirect::Moved) => {
                if self.state.reported_errors.is_new(channel, NEEDS_CLUSTER) {
                    log::warn!("broker: {}: {NEEDS_CLUSTER}: {error}", self.address);
                }
                BrokerError::NoConnection { why: NEEDS_CLUSTER }
            }
            ErrorScope::Channel(why) => {
                if self.state.reported_errors.is_new(channel, &why) {
                    let Self { address, .. } = self;
                    let keys = self.state.scripts.keys_of(channel);
                    log::warn!(
                        "broker: {address} cannot use the channel {channel} ({keys}): {error}"
                    );
                }
                BrokerError::Unusable { why }
            }
            ErrorScope::Connection => {
                log::debug!("broker: no reply from {}: {error}", self.address);
                BrokerError::Unavailable
            }
        }
    }

    pub(in crate::redis) fn write_refusal(&self) -> Option<&'static str> {
        *self.write_refusal.lock()
    }

    /// Checks that Redis is connected and takes messages, as far as is known.
    ///
    /// # Errors
    ///
    /// If it is not connected, or takes no messages.
    pub(in crate::redis) fn check(&self) -> Result<(), BrokerError> {
        match self.write_refusal() {
            Some(why) => Err(BrokerError::Refuses { why }),
            None if self.connected.borrow().is_none() => Err(self.outage()),
            None => Ok(()),
        }
    }

    /// Records why Redis takes no messages, and logs changes.
    pub(in crate::redis) fn set_write_refusal(&self, why: Option<&'static str>) {
        let before = mem::replace(&mut *self.write_refusal.lock(), why);
        match (before, why) {
            (before, Some(why)) if before != Some(why) => {
                log::warn!("broker: {} takes no messages: {why}", self.address);
            }
            (Some(_), None) => {
                log::info!("broker: {} takes messages again", self.address);
                // The history script writes too, so loads may have failed.
                self.send(Command::LoadAll);
            }
            _ => {}
        }
    }

    /// Records why Redis is away, for [`Self::outage`].
    pub(in crate::redis) fn set_why_away(&self, why: Option<&'static str>) {
        *self.why_away.lock() = why;
    }

    /// Returns the error of requests while Redis is away.
    pub(in crate::redis) fn outage(&self) -> BrokerError {
        match *self.why_away.lock() {
            Some(why) => BrokerError::NoConnection { why },
            None => BrokerError::Unavailable,
        }
    }
}
