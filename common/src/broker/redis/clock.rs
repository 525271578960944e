//! The clock of Redis, which gives messages their time: by no other is their age to be counted.

use crate::broker::unix_millis;
use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

/// What Redis last said of the time, carried on by a clock that never jumps.
#[derive(Debug, Default)]
pub(super) struct Clock(Mutex<Option<(Instant, Duration)>>);

impl Clock {
    /// Redis says that so much time has passed since 1970.
    pub(super) fn learn(&self, since_1970: Duration) {
        *self.0.lock().expect("no panic while storing") = Some((Instant::now(), since_1970));
    }

    /// Milliseconds since 1970 by the clock of Redis; by this machine's until Redis was asked.
    pub(super) fn now(&self) -> u64 {
        let learnt = *self.0.lock().expect("no panic while storing");
        let Some((at, since_1970)) = learnt else {
            return unix_millis();
        };
        u64::try_from((since_1970 + at.elapsed()).as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_clock_of_redis_whatever_this_machine_believes() {
        let clock = Clock::default();
        assert!(clock.now().abs_diff(unix_millis()) < 60_000);
        for hours in [1, 10_000_000] {
            let since_1970 = Duration::from_secs(hours * 3600);
            clock.learn(since_1970);
            let ahead = u128::from(clock.now()).checked_sub(since_1970.as_millis());
            assert!(
                ahead.is_some_and(|ahead| ahead < 60_000),
                "{hours} {ahead:?}"
            );
        }
    }
}
