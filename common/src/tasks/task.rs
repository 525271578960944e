//! One computation: what it is, how far it has come, and why it ended before its time.

use super::primes;
use crate::{http::ClientKey, message::ChannelName};
use rustix::rand::{GetRandomFlags, getrandom};
use serde::Serialize;
use std::{
    mem,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// A computation that somebody asked for.
pub(crate) struct Task {
    pub(super) id: String,
    /// Where its messages go.
    pub(crate) channel: ChannelName,
    /// Whose place it takes; none where any number may be of one caller.
    pub(super) caller: Option<ClientKey>,
    pub(super) primes_below: u64,
    began: OnceLock<Instant>,
    percent: AtomicU64,
    cancelled: OnceLock<Cancelled>,
}

/// Why a task has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cancelled {
    /// Somebody asked for that.
    Deleted,
    /// The service stops.
    Draining,
}

/// What a thread of the pool has to do.
pub(super) struct Job {
    pub(super) task: Arc<Task>,
    pub(super) outcome: oneshot::Sender<Counted>,
}

/// A task's result.
#[derive(Debug, Serialize)]
pub(super) struct Counted {
    pub(super) count: u64,
    /// How long the computation took, without the time that it waited for.
    pub(super) millis: u64,
}

impl Task {
    pub(super) fn new(channel: ChannelName, caller: Option<ClientKey>, primes_below: u64) -> Self {
        let id = format!("{:032x}", u128::from_ne_bytes(random()));
        let (began, percent, cancelled) = (OnceLock::new(), AtomicU64::new(0), OnceLock::new());
        Self {
            id,
            channel,
            caller,
            primes_below,
            began,
            percent,
            cancelled,
        }
    }

    /// Whether this is what cancels it.
    pub(super) fn cancel(&self, why: Cancelled) -> bool {
        self.cancelled.set(why).is_ok()
    }

    /// Counts on this very thread; none if it is cancelled meanwhile.
    pub(super) fn count(&self) -> Option<Counted> {
        let began = *self.began.get_or_init(Instant::now);
        let count = primes::count_below(self.primes_below, |percent| {
            self.went(percent);
            self.cancelled().is_none()
        })?;
        Some(Counted {
            count,
            millis: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }

    /// So many per cent are done.
    pub(super) fn went(&self, percent: u64) {
        self.began.get_or_init(Instant::now);
        self.percent.store(percent, Ordering::Relaxed);
    }

    /// Whether a thread works at it, or has.
    pub(super) fn has_begun(&self) -> bool {
        self.began.get().is_some()
    }

    /// How many numbers are left.
    pub(super) fn left(&self) -> f64 {
        self.primes_below as f64 * self.part_left()
    }

    /// How many per cent are done.
    pub(super) fn percent(&self) -> u64 {
        self.percent.load(Ordering::Relaxed)
    }

    /// Why it was cancelled, if it was.
    pub(super) fn cancelled(&self) -> Option<Cancelled> {
        self.cancelled.get().copied()
    }

    fn part_left(&self) -> f64 {
        1.0 - self.percent() as f64 / 100.0
    }

    /// How long so many numbers take, if it has shown that yet.
    pub(super) fn pace(&self, numbers: f64) -> Option<Duration> {
        let done = self.primes_below as f64 * (1.0 - self.part_left());
        (done > 0.0).then(|| {
            self.began
                .get()
                .map(|began| began.elapsed().mul_f64(numbers / done))
        })?
    }
}

impl Job {
    pub(super) fn is_cancelled(&self) -> bool {
        self.task.cancelled().is_some()
    }

    pub(super) fn run(self) {
        let counted = self.task.count();
        counted.map(|counted| self.outcome.send(counted));
    }
}

fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    let filled = getrandom(&mut bytes, GetRandomFlags::empty());
    assert_eq!(
        filled,
        Ok(mem::size_of_val(&bytes)),
        "the system has random numbers"
    );
    bytes
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::tasks) fn job(primes_below: u64) -> (Job, oneshot::Receiver<Counted>) {
        let (outcome, result) = oneshot::channel();
        (
            Job {
                task: Arc::new(Task::new(ChannelName::main(), None, primes_below)),
                outcome,
            },
            result,
        )
    }

    #[test]
    fn names_are_apart() {
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
        let (job, outcome) = job(primes::MOST);
        assert!(job.task.cancel(Cancelled::Deleted) && !job.task.cancel(Cancelled::Draining));
        job.run();
        assert!(outcome.blocking_recv().is_err());
    }
}
