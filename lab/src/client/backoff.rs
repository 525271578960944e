//! How long to wait before the next attempt.
//!
//! Full jitter: any moment up to a ceiling that doubles, so that the clients of a service that restarts do not all come
//! back in the same instant.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// The ceiling of the first wait. Half a second bothers nobody who watches, and spares a service that is just starting.
const FIRST: Duration = Duration::from_millis(500);
/// The ceiling of all later ones: after an outage everybody is back within this time.
const HIGHEST: Duration = Duration::from_secs(20);

/// The attempts since the last success.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failed: u32,
}

impl Backoff {
    /// One more attempt has failed: how long to wait, `at_least` being what the service asked for.
    pub(crate) fn next(&mut self, at_least: Duration) -> Duration {
        at_least + self.ceiling().mul_f64(random())
    }

    /// The service has answered.
    pub(crate) fn reset(&mut self) {
        self.failed = 0;
    }

    fn ceiling(&mut self) -> Duration {
        let doubled = FIRST.saturating_mul(1 << self.failed.min(16));
        self.failed = self.failed.saturating_add(1);
        doubled.min(HIGHEST)
    }
}

/// A number from 0 up to 1.
fn random() -> f64 {
    // The upper 53 bits are all that a fraction can hold.
    (random_bits() >> 11) as f64 / (1u64 << 53) as f64
}

/// Random enough for waits and for keys that must not meet: the standard library seeds its hash maps with it.
pub(crate) fn random_bits() -> u64 {
    RandomState::new().hash_one(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_doubles_up_to_a_highest_and_begins_anew_after_a_success() {
        let mut backoff = Backoff::default();
        let seconds: Vec<_> = (0..8).map(|_| backoff.ceiling().as_secs_f64()).collect();
        assert_eq!(seconds, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 20.0]);
        (0..100).for_each(|_| assert!(backoff.ceiling() <= HIGHEST));
        backoff.reset();
        assert_eq!(backoff.ceiling(), FIRST);
    }

    #[test]
    fn a_wait_is_never_shorter_than_what_the_service_asked_for() {
        let asked = Duration::from_secs(3);
        for _ in 0..1000 {
            let wait = Backoff::default().next(asked);
            assert!((asked..asked + FIRST).contains(&wait), "{wait:?}");
        }
    }

    #[test]
    fn waits_differ() {
        let waits: std::collections::HashSet<_> = (0..100)
            .map(|_| Backoff::default().next(Duration::ZERO))
            .collect();
        assert!(waits.len() > 90, "{} different ones of 100", waits.len());
    }
}
