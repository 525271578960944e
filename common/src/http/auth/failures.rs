//! How often an address may come with a token that is refused. Checking the signature of a public key takes some
//! hundreds of microseconds of the event loop, and anybody can make any number of bad tokens.

use crate::http::{BURST, Problem, rate_limit::RateLimiter};
use std::{iter::once, net::IpAddr, time::Instant};

/// Refused tokens of one address in a second; twice as many may come at once. They take 4 % of one processor, and a crowd
/// behind one address whose tokens have all expired is still told so.
const PER_SECOND: f64 = 100.0;

/// Counts refused tokens.
pub(super) struct Failures(RateLimiter<IpAddr>);

impl Default for Failures {
    fn default() -> Self {
        Self(RateLimiter::new(PER_SECOND, BURST))
    }
}

impl Failures {
    /// Refuses an address that had too many of them, before its next token is checked. One that is not known is a peer
    /// that has left.
    pub(super) fn check(&self, address: Option<IpAddr>, now: Instant) -> Result<(), Problem> {
        let missing = address
            .map(|address| self.0.missing_of(address, now))
            .unwrap_or_default();
        if missing.is_zero() {
            return Ok(());
        }
        let detail =
            "too many tokens of this address were refused: come back in 1 s, with a good one";
        Err(Problem::new(429, "too-many-bad-tokens", detail).retry_after(1))
    }

    pub(super) fn count(&self, address: Option<IpAddr>, now: Instant) {
        // Where several came at the same moment the last ones may find no allowance, and the next is refused all the same.
        address.map(|address| self.0.take(once(address), now));
    }
}
