//! Timers with microsecond precision. Tokio's timers tick in milliseconds, which some links do not
//! even take in total. One timerfd and a map are late by some ten microseconds.

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    io,
    task::Waker,
    time::{Duration, Instant},
};
use tokio::net::unix::pipe::Receiver;

/// All timers of a gate. They cannot be cancelled: a task that wakes up too early arms its timer
/// again.
pub(super) struct Timers {
    /// Readable when the first wakeup is due. To tokio it looks like the reading end of a pipe.
    timer: Receiver,
    wakeups: RefCell<BTreeMap<Instant, Vec<Waker>>>,
}

impl Timers {
    /// Creates the timers, inside the runtime that will execute [`Self::run`].
    pub(super) fn new() -> io::Result<Self> {
        let timer = timerfd_create(
            TimerfdClockId::Monotonic,
            TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC,
        )?;
        Ok(Self {
            timer: Receiver::from_owned_fd_unchecked(timer)?,
            wakeups: RefCell::default(),
        })
    }

    /// Wakes the task at this time.
    pub(super) fn wake_at(&self, at: Instant, waker: &Waker) {
        let mut wakeups = self.wakeups.borrow_mut();
        let first = wakeups.keys().next().is_none_or(|first| at < *first);
        wakeups.entry(at).or_default().push(waker.clone());
        if first {
            self.set(at);
        }
    }

    /// Wakes tasks until the timer fails.
    pub(super) async fn run(&self) -> io::Result<()> {
        loop {
            self.timer.readable().await?;
            // If it was set again in between, there is nothing to read.
            let _ = self.timer.try_read(&mut [0; 8]);
            self.wake_due();
        }
    }

    fn wake_due(&self) {
        let mut wakeups = self.wakeups.borrow_mut();
        let now = Instant::now();
        while let Some(due) = wakeups.first_entry().filter(|first| *first.key() <= now) {
            due.remove().into_iter().for_each(Waker::wake);
        }
        if let Some(first) = wakeups.keys().next() {
            self.set(*first);
        }
    }

    fn set(&self, at: Instant) {
        // A value of zero would disarm the timer (timerfd_settime(2)).
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
