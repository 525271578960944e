//! How long a slot stays empty after its process has died. The clock is the caller's.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// A process that has lived so long was healthy.
const HEALTHY: Duration = Duration::from_secs(30);
/// The pause after the second of several quick deaths; it doubles.
const FIRST: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(5);
/// After so many quick deaths a slot gives its socket up, so that connections go to the others.
const PATIENCE: u32 = 5;

/// The quick deaths in a slot since a process was healthy there.
#[derive(Default)]
pub(super) struct RestartPolicy(u32);

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Backoff {
    pub(super) length: Duration,
    /// Whether the slot keeps its socket meanwhile, and connections wait in its queue.
    pub(super) with_socket: bool,
}

impl RestartPolicy {
    /// One more, after so long a life.
    pub(super) fn after(&mut self, life: Duration) -> Backoff {
        if life >= HEALTHY {
            self.0 = 0;
        }
        self.0 = self.0.saturating_add(1);
        let length = match self.0 {
            1 => Duration::ZERO,
            quick => FIRST.saturating_mul(1 << (quick - 2).min(16)).min(LONGEST),
        };
        Backoff {
            length,
            with_socket: self.0 < PATIENCE,
        }
    }
}

impl Backoff {
    /// Up to a quarter more or less, so that slots that die together do not start together.
    pub(super) fn jittered(self) -> Duration {
        let random = (RandomState::new().hash_one(()) >> 11) as f64 / (1u64 << 53) as f64;
        self.length.mul_f64(0.75 + random / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_pause_is_none_and_the_others_double() {
        let mut restarts = RestartPolicy::default();
        let pauses: Vec<_> = (0..9)
            .map(|_| restarts.after(Duration::from_secs(1)))
            .collect();
        let millis: Vec<_> = pauses
            .iter()
            .map(|backoff| backoff.length.as_millis())
            .collect();
        assert_eq!(millis, [0, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        let with_socket: Vec<_> = pauses.iter().map(|backoff| backoff.with_socket).collect();
        assert_eq!(
            with_socket,
            [true, true, true, true, false, false, false, false, false]
        );
        assert_eq!(
            restarts.after(HEALTHY),
            Backoff {
                length: Duration::ZERO,
                with_socket: true
            }
        );
    }

    #[test]
    fn pauses_differ_a_little() {
        let backoff = Backoff {
            length: Duration::from_secs(4),
            with_socket: true,
        };
        let lengths: Vec<_> = (0..100).map(|_| backoff.jittered()).collect();
        assert!(
            lengths
                .iter()
                .all(|length| (3.0..5.0).contains(&length.as_secs_f64())),
            "{lengths:?}"
        );
        assert!(lengths.iter().any(|length| *length != lengths[0]));
    }
}
