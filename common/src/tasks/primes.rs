//! How many primes there are: work for a processor, and for nothing else.

/// The highest bound that may be asked for where everybody may block an event loop: some ten seconds of one core.
pub(crate) const MOST: u64 = 10_000_000_000;
/// The highest bound that anybody may ask for: about half a second of one core.
pub(crate) const MOST_FOR_ANYBODY: u64 = 400_000_000;

/// Odd numbers looked at in one go, a byte for each: what a core's cache holds.
const SEGMENT: usize = 256 * 1024;

/// A prime that strikes out its odd multiples. The odd number at index `i` is `2i + 1`.
struct Striker {
    prime: usize,
    /// The index of its next multiple, counted from the segment's first.
    next: usize,
}

/// Counts the primes below `limit` with a segmented sieve of Eratosthenes, in memory that grows with the square root of
/// `limit` only. Asks `go_on` now and then, with how many per cent are done; none if that says no.
pub(super) fn count_below(limit: u64, go_on: impl Fn(u64) -> bool) -> Option<u64> {
    let mut strikers: Vec<_> = odd_primes_to(limit.isqrt()).map(Striker::new).collect();
    let mut composite = vec![false; SEGMENT];
    let odd_numbers = limit / 2;
    // The first odd number is no prime, but is counted in the place of 2, which is one.
    let mut count = 0;
    for first in (0..odd_numbers).step_by(SEGMENT) {
        if !go_on(first * 100 / odd_numbers) {
            return None;
        }
        let left = usize::try_from(odd_numbers - first).unwrap_or(SEGMENT);
        let segment = &mut composite[..left.min(SEGMENT)];
        segment.fill(false);
        strikers
            .iter_mut()
            .for_each(|striker| striker.strike(segment));
        count += segment.iter().filter(|composite| !**composite).count() as u64;
    }
    Some(if limit > 2 { count } else { 0 })
}

impl Striker {
    /// It begins with its square: smaller multiples have smaller factors.
    fn new(prime: usize) -> Self {
        Self {
            prime,
            next: prime * prime / 2,
        }
    }

    fn strike(&mut self, segment: &mut [bool]) {
        let mut index = self.next;
        while let Some(composite) = segment.get_mut(index) {
            *composite = true;
            index += self.prime;
        }
        self.next = index - segment.len();
    }
}

fn odd_primes_to(last: u64) -> impl Iterator<Item = usize> {
    let last = usize::try_from(last).expect("a square root fits");
    let mut composite = vec![false; last + 1];
    (3..=last).step_by(2).filter(move |prime| {
        let is_prime = !composite[*prime];
        if is_prime {
            (prime * prime..=last)
                .step_by(*prime)
                .for_each(|multiple| composite[multiple] = true);
        }
        is_prime
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    fn count(limit: u64) -> u64 {
        count_below(limit, |_| true).unwrap()
    }

    /// OEIS A006880 gives the counts below the powers of ten.
    #[test]
    fn known_counts_are_found() {
        for (limit, expected) in [
            (10, 4),
            (100, 25),
            (1000, 168),
            (10_000, 1229),
            (100_000, 9592),
            (1_000_000, 78_498),
            (5_000_000, 348_513),
            (10_000_000, 664_579),
        ] {
            assert_eq!(count(limit), expected, "below {limit}");
        }
    }

    #[test]
    fn every_small_bound_is_right() {
        let is_prime =
            |number: u64| number > 1 && (2..number).all(|divisor| !number.is_multiple_of(divisor));
        let mut expected = 0;
        for limit in 0..2000 {
            assert_eq!(count(limit), expected, "below {limit}");
            expected += u64::from(is_prime(limit));
        }
    }

    #[test]
    fn the_edges_of_segments_are_right() {
        let is_prime =
            |number: u64| (2..=number.isqrt()).all(|divisor| !number.is_multiple_of(divisor));
        let edge = 2 * SEGMENT as u64;
        for edge in [edge, 2 * edge] {
            for limit in edge - 10..edge + 10 {
                assert_eq!(
                    count(limit + 1) - count(limit),
                    u64::from(is_prime(limit)),
                    "{limit}"
                );
            }
        }
    }

    #[test]
    fn whoever_says_no_ends_it() {
        let asked = RefCell::new(Vec::new());
        let ends = count_below(MOST, |percent| {
            asked.borrow_mut().push(percent);
            asked.borrow().len() < 3
        });
        assert_eq!((ends, asked.into_inner()), (None, vec![0, 0, 0]));
        let last = RefCell::new(0);
        count_below(50 * SEGMENT as u64, |percent| {
            assert!(last.replace(percent) <= percent);
            true
        });
        assert_eq!(last.into_inner(), 96);
    }
}
