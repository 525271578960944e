//! Decides when to publish: when earlier messages have arrived (closed loop), or on a schedule.

use super::clock;
use std::{collections::VecDeque, ops::Range, thread, time::Duration};

pub(crate) enum Pace {
    /// Closed loop.
    Closed(Window),
    /// Open loop. Latency counts from the scheduled time, so a stalled server cannot hide its
    /// delays.
    Open(Schedule),
}

/// Limits how many messages are in flight. The next one is due when one of them has reached all
/// subscribers.
pub(crate) struct Window {
    max_in_flight: usize,
    in_flight: usize,
    subscribers: usize,
    /// The number of the first message in `arrivals`.
    first: u64,
    /// The number of the first message that is not published.
    end: u64,
    /// How many subscribers have received each message.
    arrivals: VecDeque<usize>,
}

/// Messages at a fixed rate.
pub(crate) struct Schedule {
    start: Duration,
    per_second: f64,
    /// How many messages have been due.
    taken: u64,
}

impl Pace {
    /// Creates a closed loop. `first` is the number of the first message to publish.
    pub(crate) fn closed(max_in_flight: usize, subscribers: usize, first: u64) -> Self {
        Self::closed_until(max_in_flight, subscribers, first..u64::MAX)
    }

    /// Creates a closed loop of the messages with these numbers.
    pub(crate) fn closed_until(
        max_in_flight: usize,
        subscribers: usize,
        messages: Range<u64>,
    ) -> Self {
        Self::Closed(Window {
            max_in_flight,
            in_flight: 0,
            subscribers,
            first: messages.start,
            end: messages.end,
            arrivals: VecDeque::new(),
        })
    }

    pub(crate) fn open(per_second: f64, start: Duration) -> Self {
        Self::Open(Schedule {
            start,
            per_second,
            taken: 0,
        })
    }

    /// Returns the scheduled time of a message that is due, and counts it as published.
    pub(crate) fn take_due(&mut self, now: Duration) -> Option<Duration> {
        match self {
            Self::Closed(window) => window.take_room().then_some(now),
            Self::Open(schedule) => schedule.take_due(now),
        }
    }

    /// Returns when the next message is due, if the time decides that.
    pub(crate) fn next(&self) -> Option<Duration> {
        match self {
            Self::Closed(_) => None,
            Self::Open(schedule) => Some(schedule.next()),
        }
    }

    /// Waits for the next scheduled message. Returns its time, or `None` if no more is due until
    /// `end`.
    pub(crate) fn wait_until_due(&mut self, end: Duration) -> Option<Duration> {
        loop {
            let now = clock::now();
            if let Some(moment) = self.take_due(now.min(end)) {
                return Some(moment);
            }
            if now >= end {
                return None;
            }
            let next = self.next().unwrap_or(end).min(end);
            thread::sleep(next.saturating_sub(now));
        }
    }

    /// Records that one subscriber has received a message.
    pub(crate) fn arrived(&mut self, number: u64) {
        if let Self::Closed(window) = self {
            window.arrived(number);
        }
    }
}

impl Window {
    fn take_room(&mut self) -> bool {
        let next = self.first + self.arrivals.len() as u64;
        let room = self.in_flight < self.max_in_flight && next < self.end;
        if room {
            self.in_flight += 1;
            self.arrivals.push_back(0);
        }
        room
    }

    fn arrived(&mut self, number: u64) {
        let Some(at) = number.checked_sub(self.first) else {
            return;
        };
        let Some(arrivals) = self.arrivals.get_mut(at as usize) else {
            return;
        };
        *arrivals += 1;
        if *arrivals == self.subscribers {
            self.in_flight -= 1;
        }
        while self.arrivals.front() == Some(&self.subscribers) {
            self.arrivals.pop_front();
            self.first += 1;
        }
    }
}

impl Schedule {
    fn next(&self) -> Duration {
        self.start + Duration::from_secs_f64(self.taken as f64 / self.per_second)
    }

    fn take_due(&mut self, now: Duration) -> Option<Duration> {
        let moment = self.next();
        (moment <= now).then(|| {
            self.taken += 1;
            moment
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_window_waits_for_every_subscriber() {
        let mut pace = Pace::closed(2, 3, 10);
        let due = |pace: &mut Pace| pace.take_due(SECOND).is_some();
        assert_eq!(
            [due(&mut pace), due(&mut pace), due(&mut pace)],
            [true, true, false]
        );
        // The later message reaches all subscribers first.
        (0..3).for_each(|_| pace.arrived(11));
        assert_eq!([due(&mut pace), due(&mut pace)], [true, false]);
        (0..2).for_each(|_| pace.arrived(10));
        assert!(!due(&mut pace));
        pace.arrived(10);
        assert_eq!([due(&mut pace), due(&mut pace)], [true, false]);
        // Numbers that were never published are ignored.
        pace.arrived(9);
        pace.arrived(99);
        assert!(!due(&mut pace));
    }

    #[test]
    fn a_window_ends_with_its_last_message() {
        let mut pace = Pace::closed_until(2, 1, 10..13);
        let due = |pace: &mut Pace| pace.take_due(SECOND).is_some();
        assert_eq!([due(&mut pace), due(&mut pace)], [true, true]);
        pace.arrived(10);
        pace.arrived(11);
        assert_eq!([due(&mut pace), due(&mut pace)], [true, false]);
    }

    #[test]
    fn what_is_due_after_the_end_is_not_waited_for() {
        let end = clock::now() + Duration::from_millis(20);
        let mut pace = Pace::open(10.0, end - Duration::from_millis(350));
        let moments: Vec<_> = std::iter::from_fn(|| pace.wait_until_due(end)).collect();
        assert_eq!(moments.len(), 4);
        assert!(clock::now() >= end && moments.iter().all(|moment| *moment <= end));
    }

    #[test]
    fn a_schedule_does_not_drift_and_does_not_wait() {
        let mut pace = Pace::open(3.0, SECOND);
        assert_eq!(pace.take_due(SECOND / 2), None);
        let late = SECOND * 11;
        let moments: Vec<_> = std::iter::from_fn(|| pace.take_due(late)).collect();
        assert_eq!(moments.len(), 31);
        for (at, moment) in moments.iter().enumerate() {
            let exact = 1.0 + at as f64 / 3.0;
            assert!(
                (moment.as_secs_f64() - exact).abs() < 1e-6,
                "{at}: {moment:?}"
            );
        }
        assert!(pace.next().unwrap() > late);
        pace.arrived(0);
    }
}
