//! How often somebody may do something: an allowance that grows with time, and whoever finds none is told when to come
//! back. Knows neither requests nor channels; the clock is the caller's.

use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

/// The most callers remembered. They are forgotten when their allowance is whole again; if there are too many before that,
/// the one with most allowance left is forgotten, so that forgetting gives an attacker nothing.
const MOST: usize = 10_000;

/// The allowances of all callers.
pub(super) struct RateLimiter<K> {
    /// The time that brings the allowance for one more.
    cost: Duration,
    /// How much may be saved up: what this time brings, and at least one.
    burst: Duration,
    callers: Mutex<Callers<K>>,
}

/// When a caller's allowance will be whole. One that is not here has all of it.
struct Callers<K> {
    whole: HashMap<K, Instant>,
    order: BTreeSet<(Instant, K)>,
}

impl<K: Copy + Eq + Hash + Ord> RateLimiter<K> {
    /// So many a second, not zero; what `burst` brings may be saved up.
    pub(super) fn new(per_second: f64, burst: Duration) -> Self {
        let callers = Callers {
            whole: HashMap::new(),
            order: BTreeSet::new(),
        };
        Self {
            cost: Duration::from_secs_f64(1.0 / per_second),
            burst,
            callers: callers.into(),
        }
    }

    /// Takes one from the allowance of all of these, or of none. An error is the time after which there is enough.
    pub(super) fn take(
        &self,
        callers: impl Iterator<Item = K> + Clone,
        now: Instant,
    ) -> Result<(), Duration> {
        let mut known = self.callers();
        let missing = callers
            .clone()
            .map(|principal| self.missing(known.whole.get(&principal), now))
            .max();
        match missing.unwrap_or_default() {
            Duration::ZERO => {
                callers.for_each(|principal| known.charge(principal, self.cost, now));
                Ok(())
            }
            missing => Err(missing),
        }
    }

    /// How long until this one has enough; takes nothing.
    pub(super) fn missing_of(&self, principal: K, now: Instant) -> Duration {
        self.missing(self.callers().whole.get(&principal), now)
    }

    /// How long until there is enough for one.
    fn missing(&self, whole: Option<&Instant>, now: Instant) -> Duration {
        let empty_for = whole.map_or(Duration::ZERO, |whole| whole.saturating_duration_since(now));
        (empty_for + self.cost).saturating_sub(self.burst.max(self.cost))
    }

    fn callers(&self) -> MutexGuard<'_, Callers<K>> {
        self.callers.lock().expect("no panic while counting")
    }
}

impl<K: Copy + Eq + Hash + Ord> Callers<K> {
    fn charge(&mut self, principal: K, cost: Duration, now: Instant) {
        let before = self.whole.remove(&principal);
        before.map(|before| self.order.remove(&(before, principal)));
        let is_whole = |(whole, _): &(Instant, K)| *whole <= now;
        while self.whole.len() >= MOST || self.order.first().is_some_and(is_whole) {
            let forgotten = self.order.pop_first();
            forgotten.map(|(_, principal)| self.whole.remove(&principal));
        }
        let whole = before.map_or(now, |before| before.max(now)) + cost;
        self.whole.insert(principal, whole);
        self.order.insert((whole, principal));
    }
}

/// Whole seconds, rounded up.
pub(super) fn seconds(time: Duration) -> u32 {
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
    fn what_the_burst_brings_may_be_saved_up() {
        let (rates, began) = (RateLimiter::new(3.0, BURST), Instant::now());
        let taken = |at| {
            (0..20)
                .take_while(|_| rates.take(once("a"), at).is_ok())
                .count()
        };
        assert_eq!(taken(began), 6);
        assert_eq!(taken(after(began, 300)), 0);
        assert_eq!(taken(after(began, 1001)), 3);
        assert_eq!(taken(after(began, 60_000)), 6);
    }

    #[test]
    fn however_slow_the_rate_there_is_one() {
        let (rates, began) = (RateLimiter::new(0.1, BURST), Instant::now());
        assert!(rates.take(once("a"), began).is_ok());
        assert!(rates.take(once("a"), after(began, 9_900)).is_err());
        assert!(rates.take(once("a"), after(began, 10_000)).is_ok());
    }

    #[test]
    fn whoever_is_refused_is_told_when_to_come_back_in_whole_seconds_rounded_up() {
        let (rates, began) = (RateLimiter::new(0.1, BURST), Instant::now());
        rates.take(once("a"), began).unwrap();
        for (millis, expected) in [(0, 10), (1, 10), (1000, 9), (9_999, 1)] {
            assert_eq!(
                rates.take(once("a"), after(began, millis)).map_err(seconds),
                Err(expected)
            );
        }
    }

    #[test]
    fn one_that_is_refused_costs_the_other_nothing() {
        let (rates, now) = (RateLimiter::new(0.5, BURST), Instant::now());
        rates.take(once("a"), now).unwrap();
        assert!(rates.take(["a", "b"].into_iter(), now).is_err());
        assert!(rates.take(once("b"), now).is_ok());
    }

    #[test]
    fn the_table_is_bounded_and_forgets_the_idle_first() {
        let (rates, began) = (RateLimiter::new(1.0, BURST), Instant::now());
        let length = || {
            let callers = rates.callers();
            assert_eq!(callers.whole.len(), callers.order.len());
            callers.whole.len()
        };
        for principal in 0..MOST {
            rates.take(once(principal), began).unwrap();
        }
        assert_eq!(length(), MOST);
        rates.take(once(0), after(began, 500)).unwrap();
        rates.take(once(MOST), after(began, 1500)).unwrap();
        assert_eq!(length(), 2, "the busy one and the new one");
        for principal in 0..2 * MOST {
            rates
                .take(once(principal + MOST), after(began, 1600))
                .unwrap();
            assert!(length() <= MOST);
        }
    }

    #[test]
    fn whoever_has_used_up_an_allowance_is_not_forgotten_for_those_who_come_new() {
        let (rates, now) = (RateLimiter::new(1.0, BURST), Instant::now());
        while rates.take(once(0), now).is_ok() {}
        (1..3 * MOST).for_each(|principal| rates.take(once(principal), now).unwrap());
        assert!(rates.take(once(0), now).is_err());
    }
}
