//! A keyed rate limiter (GCRA): an allowance that grows with time, and a refusal that says when to
//! retry.
//!
//! It knows neither requests nor channels, and its caller reads the clock. The crate `governor`
//! does not fit: here one action takes from several keys or from none, a key can be checked without
//! taking, and the number of keys has a bound that holds at every moment. With `governor` a check
//! always takes, and keys accumulate until the next sweep.

use parking_lot::{Mutex, MutexGuard};
use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
    time::{Duration, Instant},
};

/// The most keys remembered. A key is forgotten when its allowance is full again. If there are too
/// many, the one with the largest allowance is forgotten, which gives an attacker the least.
const MAX_KEYS: usize = 10_000;

/// The allowances of all keys.
pub(super) struct RateLimiter<K> {
    /// The time that brings the allowance for one action.
    cost: Duration,
    /// The allowance saves up what this time brings, and at least one action.
    burst: Duration,
    debts: Mutex<Debts<K>>,
}

/// When the allowance of each key will be full. A key that is missing has a full allowance.
struct Debts<K> {
    full_at: HashMap<K, Instant>,
    order: BTreeSet<(Instant, K)>,
}

impl<K: Copy + Eq + Hash + Ord> RateLimiter<K> {
    /// Creates a limiter of `per_second` actions, which must not be 0, that saves up what `burst`
    /// brings.
    pub(super) fn new(per_second: f64, burst: Duration) -> Self {
        let debts = Debts {
            full_at: HashMap::new(),
            order: BTreeSet::new(),
        };
        Self {
            cost: Duration::from_secs_f64(1.0 / per_second),
            burst,
            debts: debts.into(),
        }
    }

    /// Takes one action from the allowance of each of these keys.
    ///
    /// # Errors
    ///
    /// If one has not enough, takes nothing and returns the time until all have.
    pub(super) fn take(
        &self,
        keys: impl Iterator<Item = K> + Clone,
        now: Instant,
    ) -> Result<(), Duration> {
        let mut debts = self.debts();
        let waits = keys.clone().map(|key| self.wait(&debts, key, now));
        let wait = waits.max().unwrap_or_default();
        if !wait.is_zero() {
            return Err(wait);
        }
        keys.for_each(|key| debts.charge(key, self.cost, now));
        Ok(())
    }

    /// Returns the time until this key has enough for one action, without taking it.
    pub(super) fn check(&self, key: K, now: Instant) -> Duration {
        self.wait(&self.debts(), key, now)
    }

    fn wait(&self, debts: &Debts<K>, key: K, now: Instant) -> Duration {
        let debt = debts.full_at.get(&key).map_or(Duration::ZERO, |full_at| {
            full_at.saturating_duration_since(now)
        });
        (debt + self.cost).saturating_sub(self.burst.max(self.cost))
    }

    fn debts(&self) -> MutexGuard<'_, Debts<K>> {
        self.debts.lock()
    }
}

impl<K: Copy + Eq + Hash + Ord> Debts<K> {
    fn charge(&mut self, key: K, cost: Duration, now: Instant) {
        let before = self.full_at.remove(&key);
        if let Some(before) = before {
            self.order.remove(&(before, key));
        }
        self.forget(now);
        let full_at = before.map_or(now, |before| before.max(now)) + cost;
        self.full_at.insert(key, full_at);
        self.order.insert((full_at, key));
    }

    /// Forgets the keys whose allowance is full, and makes room for one more.
    fn forget(&mut self, now: Instant) {
        let is_full = |(full_at, _): &(Instant, K)| *full_at <= now;
        while self.full_at.len() >= MAX_KEYS || self.order.first().is_some_and(is_full) {
            if let Some((_, key)) = self.order.pop_first() {
                self.full_at.remove(&key);
            }
        }
    }
}

/// Returns a duration in whole seconds, rounded up.
pub(super) fn whole_seconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::iter::once;

    const BURST: Duration = Duration::from_secs(2);

    fn after(began: Instant, millis: u64) -> Instant {
        began + Duration::from_millis(millis)
    }

    #[test]
    fn the_allowance_saves_up_what_the_burst_brings() {
        let (limiter, began) = (RateLimiter::new(3.0, BURST), Instant::now());
        let taken = |at| {
            (0..20)
                .take_while(|_| limiter.take(once("a"), at).is_ok())
                .count()
        };
        assert_eq!(taken(began), 6);
        assert_eq!(taken(after(began, 300)), 0);
        assert_eq!(taken(after(began, 1001)), 3);
        assert_eq!(taken(after(began, 60_000)), 6);
    }

    #[test]
    fn a_slow_rate_still_allows_one() {
        let (limiter, began) = (RateLimiter::new(0.1, BURST), Instant::now());
        assert!(limiter.take(once("a"), began).is_ok());
        assert!(limiter.take(once("a"), after(began, 9_900)).is_err());
        assert!(limiter.take(once("a"), after(began, 10_000)).is_ok());
    }

    #[test]
    fn a_refusal_says_when_to_retry_in_seconds_rounded_up() {
        let (limiter, began) = (RateLimiter::new(0.1, BURST), Instant::now());
        limiter.take(once("a"), began).unwrap();
        for (millis, expected) in [(0, 10), (1, 10), (1000, 9), (9_999, 1)] {
            assert_eq!(
                limiter
                    .take(once("a"), after(began, millis))
                    .map_err(whole_seconds),
                Err(expected)
            );
        }
    }

    #[test]
    fn a_refusal_takes_nothing_from_the_other_keys() {
        let (limiter, now) = (RateLimiter::new(0.5, BURST), Instant::now());
        limiter.take(once("a"), now).unwrap();
        assert!(limiter.take(["a", "b"].into_iter(), now).is_err());
        assert!(limiter.take(once("b"), now).is_ok());
    }

    #[test]
    fn the_table_is_bounded_and_forgets_idle_keys_first() {
        let (limiter, began) = (RateLimiter::new(1.0, BURST), Instant::now());
        let length = || {
            let debts = limiter.debts();
            assert_eq!(debts.full_at.len(), debts.order.len());
            debts.full_at.len()
        };
        for key in 0..MAX_KEYS {
            limiter.take(once(key), began).unwrap();
        }
        assert_eq!(length(), MAX_KEYS);
        limiter.take(once(0), after(began, 500)).unwrap();
        limiter.take(once(MAX_KEYS), after(began, 1500)).unwrap();
        assert_eq!(length(), 2, "the busy one and the new one");
        for key in 0..2 * MAX_KEYS {
            limiter
                .take(once(key + MAX_KEYS), after(began, 1600))
                .unwrap();
            assert!(length() <= MAX_KEYS);
        }
    }

    #[test]
    fn a_used_up_allowance_is_not_forgotten_for_new_keys() {
        let (limiter, now) = (RateLimiter::new(1.0, BURST), Instant::now());
        while limiter.take(once(0), now).is_ok() {}
        (1..3 * MAX_KEYS).for_each(|key| limiter.take(once(key), now).unwrap());
        assert!(limiter.take(once(0), now).is_err());
    }
}
