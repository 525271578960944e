//! A keyed rate limiter (GCRA): an allowance that grows with time, and the time to wait after a
//! refusal. Its caller reads the clock.
//!
//! The crate `governor` does not fit. Here one action takes from several keys or from none, a key
//! can be checked without taking, and the number of keys is bounded at every moment. With
//! `governor` a check always takes, and keys accumulate until the next sweep.

use parking_lot::{Mutex, MutexGuard};
use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
    time::{Duration, Instant},
};

/// A rate limit's allowance saves up at most what this time brings.
pub(super) const BURST: Duration = Duration::from_secs(2);

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
mod tests;
