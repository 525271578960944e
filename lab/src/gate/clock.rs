//! Wakes tasks at moments. The runtime's own timers know milliseconds, which is as much as some links take altogether;
//! this one is a timer of the kernel's (timerfd) behind one heap, and late by some ten microseconds.

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use std::{
    cell::RefCell,
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
    io,
    task::Waker,
    time::{Duration, Instant},
};
use tokio::net::unix::pipe::Receiver;

/// Nothing is ever cancelled: who is woken for nothing sees that it is.
pub(super) struct Clock {
    /// Readable when the first alarm is due: for the runtime it is like the reading end of a pipe.
    timer: Receiver,
    alarms: RefCell<BinaryHeap<Reverse<Alarm>>>,
}

struct Alarm {
    at: Instant,
    waker: Waker,
}

impl Clock {
    /// Needs the runtime around it in which [`Self::run`] is going to run.
    pub(super) fn new() -> io::Result<Self> {
        let timer = timerfd_create(
            TimerfdClockId::Monotonic,
            TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC,
        )?;
        Ok(Self {
            timer: Receiver::from_owned_fd_unchecked(timer)?,
            alarms: RefCell::default(),
        })
    }

    /// Wakes a task then.
    pub(super) fn wake_at(&self, at: Instant, waker: &Waker) {
        let mut alarms = self.alarms.borrow_mut();
        let first = alarms.peek().is_none_or(|Reverse(alarm)| at < alarm.at);
        alarms.push(Reverse(Alarm {
            at,
            waker: waker.clone(),
        }));
        if first {
            self.set(at);
        }
    }

    /// Rings, until it fails.
    pub(super) async fn run(&self) -> io::Result<()> {
        loop {
            self.timer.readable().await?;
            // Set anew in between, it has nothing to say.
            let _ = self.timer.try_read(&mut [0; 8]);
            self.ring();
        }
    }

    fn ring(&self) {
        let mut alarms = self.alarms.borrow_mut();
        let now = Instant::now();
        while alarms.peek().is_some_and(|Reverse(alarm)| alarm.at <= now) {
            alarms
                .pop()
                .into_iter()
                .for_each(|Reverse(alarm)| alarm.waker.wake());
        }
        if let Some(Reverse(alarm)) = alarms.peek() {
            self.set(alarm.at);
        }
    }

    fn set(&self, at: Instant) {
        // A time of nothing would stop the timer.
        let left = at
            .saturating_duration_since(Instant::now())
            .max(Duration::from_nanos(1));
        let zero = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let value = Timespec {
            tv_sec: left.as_secs() as _,
            tv_nsec: left.subsec_nanos().into(),
        };
        timerfd_settime(
            &self.timer,
            TimerfdTimerFlags::empty(),
            &Itimerspec {
                it_interval: zero,
                it_value: value,
            },
        )
        .expect("a timer of our own and a time in range");
    }
}

impl Ord for Alarm {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at.cmp(&other.at)
    }
}

impl PartialOrd for Alarm {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Alarm {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Alarm {}
