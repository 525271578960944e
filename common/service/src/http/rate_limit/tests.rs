//! Allowances over time, and the bound of the table.

use super::*;
use std::iter::once;

const BURST: Duration = Duration::from_secs(2);

fn after(began: Instant, millis: u64) -> Instant {
    began + Duration::from_millis(millis)
}

#[test]
fn an_unused_allowance_grows_until_the_burst() {
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
fn a_refusal_has_the_seconds_to_wait_rounded_up() {
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
    assert_eq!(length(), 2, "the key that is still in use and the new one");
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
