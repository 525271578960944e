//! Whether a process still serves. The clock is the caller's.
//!
//! Questions without an answer are counted, not seconds: a supervisor that was itself stopped, or had no processor for a
//! while, has asked no more often. An answer counts whatever it is the answer to, so one that is slow is left alone.

use std::time::Duration;

/// How often a process is asked.
pub(super) const EVERY: Duration = Duration::from_secs(1);
/// One that leaves so many questions in a row unanswered is stuck.
const MOST: u32 = 10;
/// While it starts, and has never answered, so many.
const MOST_AT_START: u32 = 30;

/// What is known of one process.
#[derive(Default)]
pub(super) struct Liveness {
    heard: u64,
    unanswered: u32,
}

impl Liveness {
    /// A question was asked a while ago, and by now so many answers have come in all; true if the process is stuck.
    pub(super) fn is_stuck(&mut self, heard: u64) -> bool {
        self.unanswered = if heard > self.heard {
            0
        } else {
            self.unanswered + 1
        };
        self.heard = heard;
        self.unanswered >= if heard == 0 { MOST_AT_START } else { MOST }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many questions a process is stuck that has answered so often after each; none if it never is.
    fn stuck(heard: impl IntoIterator<Item = u64>) -> Option<usize> {
        let mut liveness = Liveness::default();
        heard
            .into_iter()
            .position(|heard| liveness.is_stuck(heard))
            .map(|at| at + 1)
    }

    #[test]
    fn ten_questions_in_a_row_and_thirty_at_the_start() {
        assert_eq!(stuck([1; 100]), Some(11));
        assert_eq!(stuck([0; 100]), Some(30));
        assert_eq!(stuck([0; 29].into_iter().chain([1; 100])), Some(40));
    }

    #[test]
    fn who_answers_late_but_answers_is_not_stuck() {
        assert_eq!(stuck((0..1000).map(|asked| asked / 9)), None);
        assert_eq!(stuck((0..1000).map(|asked| asked / 11)), Some(22));
    }
}
