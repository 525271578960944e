//! The timers of one shard: one sleep for all of them, and a bucket for each tenth of a second.

use net::Tick;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
    vec,
};

/// The resolution of the clock. Timers fire up to one tick late, so that those of thousands of
/// subscribers fire together.
const TICK: Duration = Duration::from_millis(100);

/// Ticks since 1970 on the wall clock, which may be set to any time.
pub(super) type WallTick = u64;

/// Reads two clocks: the monotonic one for timers, and the wall clock, which also advances while
/// the machine is suspended.
pub(super) type Clock = Box<dyn Fn() -> (Instant, SystemTime)>;

/// Timers by the tick at which they are due.
///
/// Timers cannot be cancelled: the code that handles a timer checks whether it still applies.
pub(super) struct TimerQueue<T> {
    clock: Clock,
    began: Instant,
    now: Tick,
    wall_now: WallTick,
    buckets: BTreeMap<Tick, Vec<T>>,
    /// The rest of a bucket that is due.
    due: vec::IntoIter<T>,
}

/// Returns how many ticks cover a duration.
pub(super) fn ticks(duration: Duration) -> Tick {
    duration
        .as_millis()
        .div_ceil(TICK.as_millis())
        .try_into()
        .unwrap_or(Tick::MAX)
}

/// Returns how many whole ticks a duration has.
fn whole_ticks(duration: Duration) -> WallTick {
    (duration.as_millis() / TICK.as_millis())
        .try_into()
        .unwrap_or(WallTick::MAX)
}

/// Returns the duration of a number of ticks.
pub(super) fn duration(ticks: Tick) -> Duration {
    TICK * ticks
}

impl<T> TimerQueue<T> {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            began: clock().0,
            clock,
            now: 0,
            wall_now: 0,
            buckets: BTreeMap::new(),
            due: vec::IntoIter::default(),
        }
    }

    /// Reads the clocks, once for everything that one turn does.
    pub(super) fn update(&mut self) {
        let (now, wall_now) = (self.clock)();
        self.now = whole_ticks(now - self.began)
            .try_into()
            .unwrap_or(Tick::MAX);
        self.wall_now = whole_ticks(wall_now.duration_since(UNIX_EPOCH).unwrap_or_default());
    }

    /// Returns the time of the last [`TimerQueue::update`].
    pub(super) fn now(&self) -> Tick {
        self.now
    }

    /// Returns the same on the wall clock, for what ends at a time of day, as tokens do.
    pub(super) fn wall_now(&self) -> WallTick {
        self.wall_now
    }

    /// Arms a timer. Returns whether it is now the first one: a sleep until the first is too long.
    pub(crate) fn arm(&mut self, after: Tick, timer: T) -> bool {
        // One more, since part of the current tick has passed.
        let due = self.now.saturating_add(after).saturating_add(1);
        let is_first = self
            .buckets
            .first_key_value()
            .is_none_or(|(first, _)| due < *first);
        self.buckets.entry(due).or_default().push(timer);
        is_first
    }

    /// Returns when the first timer is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let due = if self.due.len() > 0 {
            self.now
        } else {
            *self.buckets.first_key_value()?.0
        };
        Some(self.began + duration(due))
    }

    /// Updates the time and removes timers that are due, at most `limit`.
    pub(super) fn take_due(&mut self, limit: usize) -> Vec<T> {
        self.update();
        let mut taken = Vec::new();
        loop {
            taken.extend(self.due.by_ref().take(limit - taken.len()));
            if taken.len() == limit {
                return taken;
            }
            self.due = match self.buckets.first_entry() {
                Some(first) if *first.key() <= self.now => first.remove().into_iter(),
                _ => vec::IntoIter::default(),
            };
            if self.due.len() == 0 {
                return taken;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{cell::Cell, rc::Rc};

    #[test]
    fn durations_are_rounded_up_to_ticks() {
        assert_eq!(
            [0, 1, 100, 101].map(|millis| ticks(Duration::from_millis(millis))),
            [0, 1, 1, 2]
        );
    }

    #[test]
    fn timers_fire_when_due_and_in_order() {
        let began = Instant::now();
        let now = Rc::new(Cell::new(began));
        let mut timers = TimerQueue::new(Box::new({
            let now = now.clone();
            move || (now.get(), SystemTime::UNIX_EPOCH)
        }));
        assert!(timers.arm(50, "second"));
        assert!(timers.arm(10, "first"));
        assert!(!timers.arm(90, "last"));
        assert!(timers.take_due(9).is_empty());
        now.set(began + Duration::from_secs(6));
        assert_eq!(timers.take_due(9), ["first", "second"]);
        assert_eq!(timers.next_due(), Some(began + TICK * 91));
    }
    #[test]
    fn timers_that_are_due_together_are_taken_in_pieces() {
        let began = Instant::now();
        let now = Rc::new(Cell::new(began));
        let mut timers = TimerQueue::new(Box::new({
            let now = now.clone();
            move || (now.get(), SystemTime::UNIX_EPOCH)
        }));
        (0..5).for_each(|number| _ = timers.arm(0, number));
        timers.arm(1, 5);
        now.set(began + TICK * 9);
        assert_eq!(timers.take_due(2), [0, 1]);
        assert!(timers.next_due() <= Some(now.get()), "the rest is due");
        timers.arm(0, 6);
        assert_eq!(timers.take_due(2), [2, 3]);
        assert_eq!(timers.take_due(3), [4, 5]);
        assert_eq!(timers.next_due(), Some(began + TICK * 10));
    }
}
