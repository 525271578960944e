//! Finds the Redis to connect to.

use super::{diagnosis::Diagnosis, sentinels::Sentinels, target::Target};
use crate::{RedisAddress, Tls};
use redis::ConnectionInfo;
use std::future::pending;

/// Knows where a Redis is, or asks for it.
pub(super) enum Locator {
    /// It is always at one address.
    Fixed(Target),
    /// Sentinels say where it is.
    Sentinels(Sentinels),
}

impl Locator {
    /// `template` has user, password, database and protocol of every connection.
    pub(super) fn new(address: &RedisAddress, template: ConnectionInfo, tls: Option<Tls>) -> Self {
        match address {
            RedisAddress::Server(_) | RedisAddress::Cluster(_) => {
                Self::Fixed(Target::new(template, tls))
            }
            RedisAddress::Sentinel(address) => {
                Self::Sentinels(Sentinels::new(address, template, tls))
            }
        }
    }

    /// Finds the server to connect to.
    pub(super) async fn locate(&mut self) -> Result<Target, Diagnosis> {
        match self {
            Self::Fixed(target) => Ok(target.clone()),
            Self::Sentinels(sentinels) => sentinels.locate().await,
        }
    }

    /// Waits until another server has taken the place of this one, which may still respond.
    pub(super) async fn wait_for_failover(&mut self, from: &Target) {
        match self {
            Self::Fixed(_) => pending().await,
            Self::Sentinels(sentinels) => sentinels.wait_for_failover(from.address()).await,
        }
    }
}
