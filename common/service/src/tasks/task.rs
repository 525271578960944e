//! One computation: its limit, its progress, and why it was cancelled.

use super::primes;
use common::message::ChannelName;
use rustix::rand::{GetRandomFlags, getrandom};
use serde::Serialize;
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// A computation that a client requested.
pub(crate) struct Task {
    pub(super) id: String,
    /// The channel of its messages.
    pub(crate) channel: ChannelName,
    /// The account that it counts for. `None` where an account may have any number of tasks.
    pub(super) account: Option<u64>,
    /// It counts the primes below this number, 0 to [`MAX_LIMIT`](primes::MAX_LIMIT).
    pub(super) primes_below: u64,
    began: OnceLock<Instant>,
    /// How much is done, 0 to 100.
    percent: AtomicU64,
    cancelled: OnceLock<CancelReason>,
    /// Whether it can no longer be cancelled.
    has_ended: AtomicBool,
}

/// Why a task has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CancelReason {
    /// A client deleted it.
    Deleted,
    /// The service is stopping.
    Draining,
}

/// A task in the pool's queue, with the sender of its result.
pub(super) struct Job {
    pub(super) task: Arc<Task>,
    pub(super) outcome: oneshot::Sender<PrimeCount>,
}

/// The result of a task.
#[derive(Debug, Serialize)]
pub(super) struct PrimeCount {
    /// The number of primes.
    pub(super) count: u64,
    /// How long the computation took, in milliseconds, without the time in the queue.
    pub(super) millis: u64,
}

impl Task {
    pub(super) fn new(channel: ChannelName, account: Option<u64>, primes_below: u64) -> Self {
        Self {
            id: format!("{:032x}", u128::from_ne_bytes(random_bytes())),
            channel,
            account,
            primes_below,
            began: OnceLock::new(),
            percent: AtomicU64::new(0),
            cancelled: OnceLock::new(),
            has_ended: AtomicBool::new(false),
        }
    }

    /// Cancels the task. Returns false if it was cancelled before.
    pub(super) fn cancel(&self, reason: CancelReason) -> bool {
        self.cancelled.set(reason).is_ok()
    }

    /// Counts on the calling thread. Returns `None` if the task is cancelled.
    pub(super) fn count(&self) -> Option<PrimeCount> {
        let began = *self.began.get_or_init(Instant::now);
        let count = primes::count_below(self.primes_below, |percent| {
            self.record_progress(percent);
            self.cancelled().is_none()
        })?;
        Some(PrimeCount {
            count,
            millis: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }

    /// Records the percentage done.
    pub(super) fn record_progress(&self, percent: u64) {
        self.began.get_or_init(Instant::now);
        self.percent.store(percent, Ordering::Relaxed);
    }

    /// Returns whether a thread has begun to compute it.
    pub(super) fn has_begun(&self) -> bool {
        self.began.get().is_some()
    }

    /// Marks the task as no longer cancellable.
    pub(super) fn mark_ended(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }

    /// Returns how many numbers are left to check.
    pub(super) fn numbers_left(&self) -> f64 {
        if self.has_ended() {
            return 0.0;
        }
        self.primes_below as f64 - self.numbers_done()
    }

    /// Returns the percentage done.
    pub(super) fn percent(&self) -> u64 {
        self.percent.load(Ordering::Relaxed)
    }

    /// Returns why the task was cancelled, if it was.
    pub(super) fn cancelled(&self) -> Option<CancelReason> {
        self.cancelled.get().copied()
    }

    /// Estimates how long this many numbers take. Returns `None` before there is any progress.
    pub(super) fn time_for(&self, numbers: f64) -> Option<Duration> {
        let done = self.numbers_done();
        if done == 0.0 {
            return None;
        }
        let began = self.began.get()?;
        Some(began.elapsed().mul_f64(numbers / done))
    }

    fn numbers_done(&self) -> f64 {
        self.primes_below as f64 * self.percent() as f64 / 100.0
    }
}

impl Job {
    pub(super) fn is_cancelled(&self) -> bool {
        self.task.cancelled().is_some()
    }

    /// Computes the task and sends its result, if there is one.
    pub(super) fn run(self) {
        if let Some(counted) = self.task.count() {
            // The receiver is gone when its worker thread has ended.
            let _ = self.outcome.send(counted);
        }
    }
}

fn random_bytes() -> [u8; 16] {
    let mut bytes = [0; 16];
    let filled = getrandom(&mut bytes, GetRandomFlags::empty());
    assert_eq!(filled, Ok(bytes.len()), "the system has random numbers");
    bytes
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::tasks) fn job(primes_below: u64) -> (Job, oneshot::Receiver<PrimeCount>) {
        let (outcome, receiver) = oneshot::channel();
        let task = Arc::new(Task::new(ChannelName::main(), None, primes_below));
        (Job { task, outcome }, receiver)
    }

    #[test]
    fn ids_are_unique_hexadecimal_digits() {
        let ids: std::collections::HashSet<_> = (0..100)
            .map(|_| Task::new(ChannelName::main(), None, 0).id)
            .collect();
        assert_eq!(ids.len(), 100);
        assert!(
            ids.iter()
                .all(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())),
            "{ids:?}"
        );
    }

    #[test]
    fn a_cancelled_task_is_not_computed() {
        let (job, outcome) = job(primes::MAX_LIMIT);
        assert!(job.task.cancel(CancelReason::Deleted) && !job.task.cancel(CancelReason::Draining));
        job.run();
        assert!(outcome.blocking_recv().is_err());
    }
}
