//! The clock by which messages expire.
//!
//! Messages have the time of the wall clock. If that is set forward by hours, all would be too old
//! at once, though nobody has had them for long.

use std::time::Duration;

/// How far a wall clock may run ahead between two readings without having been set.
const TOLERANCE: Duration = Duration::from_secs(2);

/// Follows a wall clock, and disregards that it was set forward until the messages from before
/// are too old in any case.
///
/// After it was set back, messages from before are kept until it reaches their time again: they
/// are still limited in number and in bytes.
pub(super) struct ExpiryClock {
    /// The greatest age of messages.
    age: Duration,
    /// The last reading: time since the system started, and since 1970.
    last: Option<(Duration, Duration)>,
    /// By how much the clock was set forward, as long as there may be messages from before.
    ahead: Duration,
    /// When such messages are too old, since the system started.
    until: Duration,
}

impl ExpiryClock {
    pub(super) fn new(age: Duration) -> Self {
        Self {
            age,
            last: None,
            ahead: Duration::ZERO,
            until: Duration::ZERO,
        }
    }

    /// Returns the time by which messages expire at `uptime` since the system started and `wall`
    /// since 1970.
    pub(super) fn read(&mut self, uptime: Duration, wall: Duration) -> Duration {
        if let Some((last_uptime, last_wall)) = self.last.replace((uptime, wall)) {
            let expected = last_wall + uptime.saturating_sub(last_uptime);
            if wall > expected + TOLERANCE {
                self.ahead += wall - expected;
                self.until = uptime.saturating_add(self.age);
            } else if expected > wall + TOLERANCE {
                self.ahead = self.ahead.saturating_sub(expected - wall);
            }
        }
        if uptime > self.until {
            self.ahead = Duration::ZERO;
        }
        wall.saturating_sub(self.ahead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE: Duration = hours(1);

    const fn hours(hours: u64) -> Duration {
        Duration::from_secs(hours * 3600)
    }

    const fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(minutes * 60)
    }

    #[test]
    fn messages_from_before_the_clock_was_set_forward_are_kept_for_their_age() {
        let mut clock = ExpiryClock::new(AGE);
        let began = hours(100);
        let first_message = clock.read(hours(1), began);
        let mut is_too_old = |since: Duration, time: Duration| {
            let wall = began + hours(5) + since;
            clock.read(hours(1) + since, wall) > time + AGE
        };
        let later_message = began + hours(5) + minutes(9);
        for since in (1..=60).map(minutes) {
            assert!(!is_too_old(since, first_message), "{since:?}");
        }
        assert!(is_too_old(minutes(61), first_message));
        assert!(!is_too_old(minutes(69), later_message));
        assert!(is_too_old(minutes(70), later_message));
    }

    #[test]
    fn a_clock_that_is_set_forward_and_back_again_is_followed() {
        let mut clock = ExpiryClock::new(AGE);
        for wall in [hours(100), hours(109), hours(100)] {
            assert_eq!(clock.read(hours(1), wall), hours(100));
        }
        assert_eq!(clock.read(hours(1), hours(90)), hours(90));
    }

    #[test]
    fn a_machine_that_was_suspended_or_slow_is_not_one_whose_clock_was_set() {
        let mut clock = ExpiryClock::new(AGE);
        for hour in [0, 1, 9, 30] {
            let (uptime, wall) = (hours(1 + hour), hours(100 + hour));
            assert_eq!(clock.read(uptime, wall), wall);
        }
    }
}
