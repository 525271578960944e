//! The timers of one worker: one sleep for all of them, a bucket for each tenth of a second.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant, SystemTime},
};

/// How finely time is cut. Timers fire up to one tick late, so that those of thousands of readers fire together.
const TICK: Duration = Duration::from_millis(100);

/// A point in time, in ticks since the worker began. Small, since every reader has some.
pub(super) type Tick = u32;

/// What tells the time on two clocks: `Instant::now` for timers, and the wall clock, which goes on while the machine is
/// suspended.
pub(super) type Clock = Box<dyn Fn() -> (Instant, SystemTime)>;

/// Timers by the tick at which they are due. There is no cancelling: who set a timer knows whether it still matters.
pub(super) struct TimerQueue<T> {
    clock: Clock,
    began: (Instant, SystemTime),
    now: Tick,
    wall: Tick,
    buckets: BTreeMap<Tick, Vec<T>>,
}

/// How many ticks cover a duration.
pub(super) fn ticks(duration: Duration) -> Tick {
    duration
        .as_millis()
        .div_ceil(TICK.as_millis())
        .try_into()
        .unwrap_or(Tick::MAX)
}

/// How many ticks have passed when a duration has.
fn whole_ticks(duration: Duration) -> Tick {
    (duration.as_millis() / TICK.as_millis())
        .try_into()
        .unwrap_or(Tick::MAX)
}

/// How long so many ticks are.
pub(super) fn duration(ticks: Tick) -> Duration {
    TICK * ticks
}

impl<T> TimerQueue<T> {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            began: clock(),
            clock,
            now: 0,
            wall: 0,
            buckets: BTreeMap::new(),
        }
    }

    /// The time when [`TimerQueue::tick`] last looked.
    pub(super) fn now(&self) -> Tick {
        self.now
    }

    /// The same on the wall clock: for what ends at a time of day, as tokens do.
    pub(super) fn wall(&self) -> Tick {
        self.wall
    }

    /// Looks at the clocks: once for all that is done together.
    pub(super) fn tick(&mut self) {
        let (now, wall) = (self.clock)();
        self.now = whole_ticks(now - self.began.0);
        self.wall = whole_ticks(wall.duration_since(self.began.1).unwrap_or_default());
    }

    /// Sets a timer; true if it is now the first one, so that whoever sleeps until the first must look again.
    pub(super) fn set(&mut self, after: Tick, timer: T) -> bool {
        // One more, since the running tick is not whole.
        let due = self.now().saturating_add(after).saturating_add(1);
        let first = self
            .buckets
            .first_key_value()
            .is_none_or(|(first, _)| due < *first);
        self.buckets.entry(due).or_default().push(timer);
        first
    }

    /// When the first timer is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.buckets
            .first_key_value()
            .map(|(due, _)| self.began.0 + TICK * *due)
    }

    /// The timers that are due.
    pub(super) fn due(&mut self) -> Vec<T> {
        self.tick();
        let later = self.buckets.split_off(&self.now.saturating_add(1));
        std::mem::replace(&mut self.buckets, later)
            .into_values()
            .flatten()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{cell::Cell, rc::Rc};

    #[test]
    fn durations_round_up_to_whole_ticks() {
        assert_eq!(
            [0, 1, 100, 101].map(|ms| ticks(Duration::from_millis(ms))),
            [0, 1, 1, 2]
        );
    }

    #[test]
    fn timers_come_when_due_and_in_order() {
        let began = Instant::now();
        let now = Rc::new(Cell::new(began));
        let mut timers = TimerQueue::new(Box::new({
            let now = now.clone();
            move || (now.get(), SystemTime::UNIX_EPOCH)
        }));
        assert!(timers.set(50, "later"));
        assert!(timers.set(10, "sooner"));
        assert!(!timers.set(90, "last"));
        assert!(timers.due().is_empty());
        now.set(began + Duration::from_secs(6));
        assert_eq!(timers.due(), ["sooner", "later"]);
        assert_eq!(timers.next(), Some(began + TICK * 91));
    }
}
