//! How fast somebody may publish: an allowance that grows with time, and a request that finds none is told when to
//! come back. Knows neither requests nor channels; the clock is the caller's.

use super::Problem;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::Mutex,
    time::{Duration, Instant},
};

/// How much may be saved up: what this time brings, and at least one message.
const BURST: Duration = Duration::from_secs(2);
/// The most publishers remembered. They are forgotten as soon as their allowance is whole again, a burst's time after
/// they were last heard, so this many are publishing at once before any is forgotten too early.
const MOST: usize = 10_000;

/// The allowances of all publishers.
pub(super) struct Rates<K> {
    /// What one message costs.
    cost: Duration,
    /// When a publisher's allowance will be whole. One that is not here has all of it.
    whole: Mutex<HashMap<K, Instant>>,
}

impl<K: Eq + Hash + Copy> Rates<K> {
    /// So many messages a second; not zero.
    pub(super) fn new(per_second: f64) -> Self {
        Self { cost: Duration::from_secs_f64(1.0 / per_second), whole: Mutex::default() }
    }

    /// Takes one message from the allowance of all of these, or of none.
    pub(super) fn take(&self, publishers: impl Iterator<Item = K> + Clone, now: Instant) -> Result<(), Problem> {
        let mut whole = self.whole.lock().expect("no panic while counting");
        let missing = publishers.clone().map(|publisher| self.missing(whole.get(&publisher), now)).max();
        match missing.unwrap_or_default() {
            Duration::ZERO => {
                publishers.for_each(|publisher| self.charge(&mut whole, publisher, now));
                Ok(())
            }
            missing => Err(too_many(missing)),
        }
    }

    /// How long until this one has enough; takes nothing.
    pub(super) fn missing_of(&self, publisher: K, now: Instant) -> Duration {
        self.missing(self.whole.lock().expect("no panic while counting").get(&publisher), now)
    }

    /// How long until there is enough for one message.
    fn missing(&self, whole: Option<&Instant>, now: Instant) -> Duration {
        let empty_for = whole.map_or(Duration::ZERO, |whole| whole.saturating_duration_since(now));
        (empty_for + self.cost).saturating_sub(BURST.max(self.cost))
    }

    fn charge(&self, whole: &mut HashMap<K, Instant>, publisher: K, now: Instant) {
        if whole.len() >= MOST && !whole.contains_key(&publisher) {
            make_room(whole, now);
        }
        let whole = whole.entry(publisher).or_insert(now);
        *whole = now.max(*whole) + self.cost;
    }
}

/// Forgets whoever has a whole allowance. If that is hardly anybody, forgets all: to forgive a few messages is better
/// than to refuse those who come new, or to look through the table for each of them.
fn make_room<K: Eq + Hash>(whole: &mut HashMap<K, Instant>, now: Instant) {
    whole.retain(|_, whole| *whole > now);
    if whole.len() > MOST / 2 {
        whole.clear();
    }
}

fn too_many(missing: Duration) -> Problem {
    let seconds = u32::try_from(missing.as_millis().div_ceil(1000)).unwrap_or(u32::MAX);
    let detail = format!("more messages than this address or token may publish: come back in {seconds} s");
    Problem::new(429, "too-many-publications", detail).retry_after(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{ResponseError, http::header};
    use std::iter::once;

    fn after(began: Instant, millis: u64) -> Instant {
        began + Duration::from_millis(millis)
    }

    #[test]
    fn two_seconds_worth_may_be_saved_up() {
        let (rates, began) = (Rates::new(3.0), Instant::now());
        let taken = |at| (0..20).take_while(|_| rates.take(once("a"), at).is_ok()).count();
        assert_eq!(taken(began), 6);
        assert_eq!(taken(after(began, 300)), 0);
        assert_eq!(taken(after(began, 1001)), 3);
        assert_eq!(taken(after(began, 60_000)), 6);
    }

    #[test]
    fn however_slow_the_rate_there_is_one() {
        let (rates, began) = (Rates::new(0.1), Instant::now());
        assert!(rates.take(once("a"), began).is_ok());
        assert!(rates.take(once("a"), after(began, 9_900)).is_err());
        assert!(rates.take(once("a"), after(began, 10_000)).is_ok());
    }

    #[test]
    fn whoever_is_refused_is_told_when_to_come_back_in_whole_seconds_rounded_up() {
        let (rates, began) = (Rates::new(0.1), Instant::now());
        rates.take(once("a"), began).unwrap();
        for (millis, seconds) in [(0, "10"), (1, "10"), (1000, "9"), (9_999, "1")] {
            let response = rates.take(once("a"), after(began, millis)).unwrap_err().error_response();
            assert_eq!(response.status(), 429);
            assert_eq!(response.headers().get(header::RETRY_AFTER).unwrap(), seconds);
        }
    }

    #[test]
    fn one_that_is_refused_costs_the_other_nothing() {
        let (rates, now) = (Rates::new(0.5), Instant::now());
        rates.take(once("a"), now).unwrap();
        assert!(rates.take(["a", "b"].into_iter(), now).is_err());
        assert!(rates.take(once("b"), now).is_ok());
    }

    #[test]
    fn the_table_is_bounded_and_forgets_the_idle_first() {
        let (rates, began) = (Rates::new(1.0), Instant::now());
        let length = || rates.whole.lock().unwrap().len();
        for publisher in 0..MOST {
            rates.take(once(publisher), began).unwrap();
        }
        assert_eq!(length(), MOST);
        rates.take(once(0), after(began, 500)).unwrap();
        rates.take(once(MOST), after(began, 1500)).unwrap();
        assert_eq!(length(), 2, "the busy one and the new one");
        for publisher in 0..2 * MOST {
            rates.take(once(publisher + MOST), after(began, 1600)).unwrap();
            assert!(length() <= MOST);
        }
    }
}
