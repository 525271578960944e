//! When channels were used, to the second. A time in each channel would add a tenth to its memory.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// The time between two uses that are recorded.
const RESOLUTION: Duration = Duration::from_secs(1);

/// The times of some uses, oldest first, each with the number of the use. The uses between two of
/// them came less than a second after the first of the two.
#[derive(Default)]
pub(super) struct UseTimes(VecDeque<(Instant, u64)>);

impl UseTimes {
    /// Returns whether the last use that was recorded is less than a second ago.
    pub(super) fn is_recent(&self, now: Instant) -> bool {
        let last = self.0.back();
        last.is_some_and(|(at, _)| now.saturating_duration_since(*at) < RESOLUTION)
    }

    /// Records a use, and forgets what was before the use `first`.
    pub(super) fn record(&mut self, now: Instant, number: u64, first: u64) {
        if self.is_recent(now) {
            return;
        }
        self.0.push_back((now, number));
        while self.0.get(1).is_some_and(|(_, second)| *second <= first) {
            self.0.pop_front();
        }
    }

    /// Returns the time of a use, or up to a second earlier.
    pub(super) fn of(&self, number: u64) -> Option<Instant> {
        let later = self.0.partition_point(|(_, other)| *other <= number);
        let (at, _) = self.0.get(later.checked_sub(1)?)?;
        Some(*at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_use_is_known_to_a_second() {
        let began = Instant::now();
        let mut times = UseTimes::default();
        let at = |number: u64| began + Duration::from_millis(400 * number);
        for number in 1..=1000 {
            times.record(at(number), number, 1);
        }
        for number in 1..=1000 {
            let early = at(number) - times.of(number).unwrap();
            assert!(early < RESOLUTION, "{number}: {early:?}");
        }
        assert_eq!(times.of(0), None);
        times.record(at(2000), 1001, 990);
        assert!(times.0.len() < 8, "{}", times.0.len());
        assert!(at(990) - times.of(990).unwrap() < RESOLUTION);
    }
}
