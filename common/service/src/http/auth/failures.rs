//! Limits how many invalid tokens an address may send. Checking a public-key signature takes some
//! hundreds of microseconds on the event loop, and any client can make any number of invalid
//! tokens.

use crate::http::{
    Problem,
    rate_limit::{BURST, RateLimiter},
};
use std::{iter::once, net::IpAddr, time::Instant};

/// Invalid tokens per second and address, with a burst of twice as many. Checking them takes 4 % of
/// a core. Many clients behind one address still get the response that their token has expired.
const PER_SECOND: f64 = 100.0;

/// The limit of invalid tokens.
pub(super) struct FailureLimit(RateLimiter<IpAddr>);

impl Default for FailureLimit {
    fn default() -> Self {
        Self(RateLimiter::new(PER_SECOND, BURST))
    }
}

impl FailureLimit {
    /// Refuses an address that sent too many invalid tokens, before its next token is checked.
    ///
    /// `None` is a peer that has disconnected.
    ///
    /// # Errors
    ///
    /// 429 `too-many-bad-tokens` while the allowance of the address is used up.
    pub(super) fn check(&self, address: Option<IpAddr>, now: Instant) -> Result<(), Problem> {
        let wait = address
            .map(|address| self.0.check(address, now))
            .unwrap_or_default();
        if wait.is_zero() {
            return Ok(());
        }
        let detail = "too many tokens of this address were invalid: retry in 1 s with a valid one";
        Err(Problem::new(429, "too-many-bad-tokens", detail).retry_after(1))
    }

    /// Counts an invalid token.
    pub(super) fn count(&self, address: Option<IpAddr>, now: Instant) {
        if let Some(address) = address {
            // With concurrent requests the allowance may be used up already; the next check fails
            // either way.
            let _ = self.0.take(once(address), now);
        }
    }
}
