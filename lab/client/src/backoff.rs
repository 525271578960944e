//! Backoff between connection attempts.
//!
//! Full jitter: a random wait up to a ceiling that doubles, so that the clients of a restarted
//! service do not all reconnect at once.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// Ceiling of the first wait. Short for a person, long enough for a service that is starting.
const FIRST: Duration = Duration::from_millis(500);
/// Highest ceiling: after an outage all clients reconnect within this time.
const HIGHEST: Duration = Duration::from_secs(20);

/// The number of failures since the last success.
#[derive(Debug, Default)]
pub struct Backoff {
    failed: u32,
}

impl Backoff {
    /// Records a failure. Returns the wait before the next attempt: `at_least`, plus a random time.
    pub fn next(&mut self, at_least: Duration) -> Duration {
        at_least + self.ceiling().mul_f64(random())
    }

    /// Records a success.
    pub fn reset(&mut self) {
        self.failed = 0;
    }

    fn ceiling(&mut self) -> Duration {
        let doubled = FIRST.saturating_mul(1 << self.failed.min(16));
        self.failed = self.failed.saturating_add(1);
        doubled.min(HIGHEST)
    }
}

/// Returns a random number from 0 up to 1.
fn random() -> f64 {
    // The upper 53 bits: all that the fraction of an `f64` holds.
    (random_bits() >> 11) as f64 / (1u64 << 53) as f64
}

/// Returns random bits from the seed of the standard library's hash maps. Not for secrets.
pub fn random_bits() -> u64 {
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
