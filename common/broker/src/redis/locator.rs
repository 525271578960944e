//! Finds the Redis to connect to.

use super::{diagnosis::Diagnosis, sentinels::Sentinels, target::Target};
use std::future::pending;

/// Knows where a Redis is, or asks for it.
pub(super) enum Locator {
    /// It is always at one address.
    Fixed(Target),
    /// Sentinels say where it is.
    Sentinels(Sentinels),
}

impl Locator {
    /// Finds the server to connect to.
    ///
    /// # Errors
    ///
    /// Why no sentinel names it. A fixed address is never an error.
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
