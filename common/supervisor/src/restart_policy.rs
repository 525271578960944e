//! Decides how long a slot stays empty after its process has died. The caller keeps the clock.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// A process that has run this long was healthy.
const HEALTHY_UPTIME: Duration = Duration::from_secs(30);
/// The delay after the second quick death in a row. It doubles with each further one.
const MIN_DELAY: Duration = Duration::from_millis(100);
/// The longest delay.
const MAX_DELAY: Duration = Duration::from_secs(5);
/// After this number of quick deaths in a row a slot closes its socket. Connections then go to the
/// other slots.
const MAX_QUICK_DEATHS: u32 = 5;

/// Counts the quick deaths in a slot since a process was healthy there.
#[derive(Default)]
pub(super) struct RestartPolicy {
    quick_deaths: u32,
}

/// The time before the next start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Backoff {
    /// From zero to [`MAX_DELAY`].
    pub(super) delay: Duration,
    /// Whether the slot keeps its socket meanwhile, where connections wait.
    pub(super) keeps_socket: bool,
}

impl RestartPolicy {
    /// Returns the backoff after the death of a process that has run this long.
    pub(super) fn after_death(&mut self, uptime: Duration) -> Backoff {
        if uptime >= HEALTHY_UPTIME {
            self.quick_deaths = 0;
        }
        self.quick_deaths = self.quick_deaths.saturating_add(1);
        let delay = match self.quick_deaths {
            1 => Duration::ZERO,
            deaths => MIN_DELAY
                .saturating_mul(1 << (deaths - 2).min(16))
                .min(MAX_DELAY),
        };
        Backoff {
            delay,
            keeps_socket: self.quick_deaths < MAX_QUICK_DEATHS,
        }
    }
}

impl Backoff {
    /// Returns the delay, up to a quarter longer or shorter. Slots that die together then do not
    /// start together.
    pub(super) fn jittered(self) -> Duration {
        let random = (RandomState::new().hash_one(()) >> 11) as f64 / (1u64 << 53) as f64;
        self.delay.mul_f64(0.75 + random / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_restart_is_immediate_and_later_delays_double() {
        let mut policy = RestartPolicy::default();
        let backoffs: Vec<_> = (0..9)
            .map(|_| policy.after_death(Duration::from_secs(1)))
            .collect();
        let millis: Vec<_> = backoffs
            .iter()
            .map(|backoff| backoff.delay.as_millis())
            .collect();
        assert_eq!(millis, [0, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        let keeps_socket: Vec<_> = backoffs
            .iter()
            .map(|backoff| backoff.keeps_socket)
            .collect();
        assert_eq!(
            keeps_socket,
            [true, true, true, true, false, false, false, false, false]
        );
        assert_eq!(
            policy.after_death(HEALTHY_UPTIME),
            Backoff {
                delay: Duration::ZERO,
                keeps_socket: true
            }
        );
    }

    #[test]
    fn delays_vary_by_a_quarter() {
        let backoff = Backoff {
            delay: Duration::from_secs(4),
            keeps_socket: true,
        };
        let delays: Vec<_> = (0..100).map(|_| backoff.jittered()).collect();
        assert!(
            delays
                .iter()
                .all(|delay| (3.0..5.0).contains(&delay.as_secs_f64())),
            "{delays:?}"
        );
        assert!(delays.iter().any(|delay| *delay != delays[0]));
    }
}
