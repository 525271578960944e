//! Counts primes: work that needs a processor and nothing else.

/// The highest number below which primes are counted with `--tasks-inline`: about ten seconds of
/// one core.
pub(crate) const MAX_LIMIT: u64 = 10_000_000_000;
/// The same without `--tasks-inline`: about half a second of one core.
pub(crate) const MAX_PUBLIC_LIMIT: u64 = 400_000_000;

/// The number of odd numbers in a segment, one byte each, so that it fits into a core's cache.
const SEGMENT: usize = 256 * 1024;

/// A prime that marks its odd multiples as composite. The odd number at index `i` is `2i + 1`.
struct Marker {
    prime: usize,
    /// The index of its next multiple, relative to the segment.
    next: usize,
}

/// Counts the primes below `limit` with a segmented sieve of Eratosthenes, whose memory grows with
/// the square root of `limit`.
///
/// Calls `proceed` before each segment with the percentage done. Returns `None` if it returns
/// false.
pub(super) fn count_below(limit: u64, proceed: impl Fn(u64) -> bool) -> Option<u64> {
    let mut markers: Vec<_> = odd_primes_to(limit.isqrt()).map(Marker::new).collect();
    let mut composite = vec![false; SEGMENT];
    let odd_numbers = limit / 2;
    // The first odd number, 1, is never marked: it is counted in place of the prime 2.
    let mut count = 0;
    for first in (0..odd_numbers).step_by(SEGMENT) {
        if !proceed(first * 100 / odd_numbers) {
            return None;
        }
        let left = usize::try_from(odd_numbers - first).unwrap_or(SEGMENT);
        let segment = &mut composite[..left.min(SEGMENT)];
        segment.fill(false);
        markers.iter_mut().for_each(|marker| marker.mark(segment));
        count += segment.iter().filter(|composite| !**composite).count() as u64;
    }
    Some(if limit > 2 { count } else { 0 })
}

impl Marker {
    /// Begins with the square: smaller multiples have smaller prime factors.
    fn new(prime: usize) -> Self {
        Self {
            prime,
            next: prime * prime / 2,
        }
    }

    fn mark(&mut self, segment: &mut [bool]) {
        let mut index = self.next;
        while let Some(composite) = segment.get_mut(index) {
            *composite = true;
            index += self.prime;
        }
        self.next = index - segment.len();
    }
}

fn odd_primes_to(last: u64) -> impl Iterator<Item = usize> {
    let last = usize::try_from(last).expect("the root of a limit has half its bits");
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

    /// The counts below the powers of ten are OEIS A006880.
    #[test]
    fn known_counts_are_right() {
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
    fn all_small_limits_give_the_right_count() {
        let is_prime =
            |number: u64| number > 1 && (2..number).all(|divisor| !number.is_multiple_of(divisor));
        let mut expected = 0;
        for limit in 0..2000 {
            assert_eq!(count(limit), expected, "below {limit}");
            expected += u64::from(is_prime(limit));
        }
    }

    #[test]
    fn counts_around_segment_edges_are_right() {
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
    fn a_count_ends_when_it_may_not_proceed() {
        let reported = RefCell::new(Vec::new());
        let count = count_below(MAX_LIMIT, |percent| {
            reported.borrow_mut().push(percent);
            reported.borrow().len() < 3
        });
        assert_eq!((count, reported.into_inner()), (None, vec![0, 0, 0]));
        let last = RefCell::new(0);
        count_below(50 * SEGMENT as u64, |percent| {
            assert!(last.replace(percent) <= percent);
            true
        });
        assert_eq!(last.into_inner(), 96);
    }
}
