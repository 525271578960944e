//! Decides whether a process is stuck. The caller keeps the clock.
//!
//! This counts checks without a sign of life, not seconds. A supervisor that was stopped itself, or
//! had no processor for a while, has not checked meanwhile. A late sign of life counts too, so a
//! slow process is left alone.

use std::time::Duration;

/// How often a process is checked.
pub(super) const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// A process without a sign of life after this number of checks in a row, one a second, is stuck.
const MAX_MISSED: u32 = 10;
/// The same before the first sign of life.
const MAX_MISSED_AT_START: u32 = 30;

/// The checks of one process.
#[derive(Default)]
pub(super) struct Liveness {
    signs_of_life: u64,
    missed: u32,
}

impl Liveness {
    /// Records a check, with the number of all signs of life so far. Returns whether the process is
    /// stuck.
    pub(super) fn record_check(&mut self, signs_of_life: u64) -> bool {
        if signs_of_life > self.signs_of_life {
            self.missed = 0;
        } else {
            self.missed += 1;
        }
        self.signs_of_life = signs_of_life;
        let max = if signs_of_life == 0 {
            MAX_MISSED_AT_START
        } else {
            MAX_MISSED
        };
        self.missed >= max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns after how many checks a process is stuck, given the number of its signs of life at
    /// each. Returns `None` if it never is.
    fn stuck_after(signs_of_life: impl IntoIterator<Item = u64>) -> Option<usize> {
        let mut liveness = Liveness::default();
        signs_of_life
            .into_iter()
            .position(|signs| liveness.record_check(signs))
            .map(|at| at + 1)
    }

    #[test]
    fn a_process_is_stuck_after_ten_missed_checks() {
        assert_eq!(stuck_after([1; 100]), Some(11));
    }

    #[test]
    fn a_starting_process_is_stuck_after_thirty_missed_checks() {
        assert_eq!(stuck_after([0; 100]), Some(30));
        assert_eq!(stuck_after([0; 29].into_iter().chain([1; 100])), Some(40));
    }

    #[test]
    fn a_slow_process_is_not_stuck() {
        assert_eq!(stuck_after((0..1000).map(|check| check / 9)), None);
    }

    #[test]
    fn a_process_with_eleven_checks_between_signs_is_stuck() {
        assert_eq!(stuck_after((0..1000).map(|check| check / 11)), Some(22));
    }
}
