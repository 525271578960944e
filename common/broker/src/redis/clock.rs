//! The clock of Redis, which gives messages their time and so determines their age.

use crate::unix_millis;
use parking_lot::Mutex;
use std::time::{Duration, Instant};

/// The last time that Redis reported, advanced by the monotonic clock.
#[derive(Debug, Default)]
pub(super) struct Clock(Mutex<Option<(Instant, Duration)>>);

impl Clock {
    /// Sets the time since 1970.
    pub(super) fn set(&self, since_1970: Duration) {
        *self.0.lock() = Some((Instant::now(), since_1970));
    }

    /// Returns the milliseconds since 1970 by the clock of Redis; by this machine's before the
    /// first report.
    pub(super) fn now(&self) -> u64 {
        let Some((at, since_1970)) = *self.0.lock() else {
            return unix_millis();
        };
        u64::try_from((since_1970 + at.elapsed()).as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_redis_and_not_this_machine() {
        let clock = Clock::default();
        assert!(clock.now().abs_diff(unix_millis()) < 60_000);
        for hours in [1, 10_000_000] {
            let since_1970 = Duration::from_secs(hours * 3600);
            clock.set(since_1970);
            let ahead = u128::from(clock.now()).checked_sub(since_1970.as_millis());
            assert!(
                ahead.is_some_and(|ahead| ahead < 60_000),
                "{hours} {ahead:?}"
            );
        }
    }
}
