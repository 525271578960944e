//! Computations that take long, beside the event loop and not on it: the document's `worker_threads` example.
//!
//! A task counts primes (`primes`) on a thread of the process's pool (`pool`), and a future on the worker thread that took
//! the request tells the task's channel how it goes (`follow`). Messages go through the broker as any other.

mod follow;
mod places;
mod pool;
mod primes;

pub(crate) use follow::inline;
pub(crate) use primes::{MOST as MOST_PRIMES_BELOW, MOST_FOR_ANYBODY};

use crate::{
    http::{Publisher, Service},
    message::Channel,
};
use actix_web::web;
use places::Places;
use pool::{Pool, most_threads};
use rustix::rand::{GetRandomFlags, getrandom};
use serde::Serialize;
use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// The tasks of one service. Those that are left when it is dropped are cancelled.
#[derive(Default)]
pub(crate) struct Tasks(Mutex<Open>);

#[derive(Default)]
struct Open {
    places: Places,
    closed: bool,
}

/// One of them.
pub(crate) struct Task {
    id: String,
    /// Where its messages go.
    pub(crate) channel: Channel,
    /// Whose place it takes; none where any number may be of one caller.
    caller: Option<Publisher>,
    primes_below: u64,
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

/// Why a task was not begun.
#[derive(Debug)]
pub(crate) enum Refused {
    /// There are as many as the service takes. One will have ended by then.
    Full { free_after: Duration },
    /// Its caller has one already, which will have ended by then.
    HasOne { free_after: Duration },
    /// The system has no thread for it.
    NoThread,
    /// The service stops.
    Draining,
}

/// What a thread of the pool has to do.
struct Job {
    task: Arc<Task>,
    outcome: oneshot::Sender<Counted>,
}

/// A task's result.
#[derive(Debug, Serialize)]
struct Counted {
    count: u64,
    /// How long the computation took, without the time that it waited for.
    millis: u64,
}

/// Begins a task, and gives its name: 32 hexadecimal digits that nobody can guess, and no other process has.
pub(crate) fn begin(
    service: &web::Data<Service>,
    channel: Channel,
    caller: Option<Publisher>,
    primes_below: u64,
) -> Result<String, Refused> {
    let mut open = service.tasks.open();
    if open.closed {
        return Err(Refused::Draining);
    }
    open.places.admit(service.config.tasks, caller)?;
    let task = Arc::new(Task::new(channel, caller, primes_below));
    let (outcome, result) = oneshot::channel();
    let submitted = Pool::of_process().submit(Job { task: task.clone(), outcome });
    submitted.map_err(|error| {
        log::debug!("no thread for a task: {error}");
        Refused::NoThread
    })?;
    open.places.enter(task.clone());
    service.hub.metrics().tasks.inc();
    drop(open);
    let id = task.id.clone();
    actix_rt::spawn(follow::follow(service.clone(), task, result));
    Ok(id)
}

impl Tasks {
    /// The task of this name, while it waits or runs.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Task>> {
        self.open().places.open().find(|task| task.id == id).cloned()
    }

    /// Ends a task before its time; false if it has ended by now. Its channel is told.
    pub(crate) fn delete(&self, task: &Task) -> bool {
        let is_open = self.find(&task.id).is_some_and(|task| task.cancel(Cancelled::Deleted));
        Pool::of_process().drop_cancelled();
        is_open
    }

    /// Cancels all, and lets none begin any more.
    pub(crate) fn close(&self) {
        let mut open = self.open();
        open.closed = true;
        let cancelled = open.places.open().filter(|task| task.cancel(Cancelled::Draining)).count();
        drop(open);
        if cancelled > 0 {
            Pool::of_process().drop_cancelled();
        }
    }

    /// From now on nobody can cancel it.
    fn end(&self, task: &Task) {
        self.open().places.end(task);
    }

    /// Its place is free.
    fn leave(&self, task: &Task) {
        self.open().places.leave(task);
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().expect("no panic while listing")
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.close();
    }
}

impl Task {
    fn new(channel: Channel, caller: Option<Publisher>, primes_below: u64) -> Self {
        let id = format!("{:032x}", u128::from_ne_bytes(random()));
        let (began, percent, cancelled) = (OnceLock::new(), AtomicU64::new(0), OnceLock::new());
        Self { id, channel, caller, primes_below, began, percent, cancelled }
    }

    /// Whether this is what cancels it.
    fn cancel(&self, why: Cancelled) -> bool {
        self.cancelled.set(why).is_ok()
    }

    /// Counts on this very thread; none if it is cancelled meanwhile.
    fn count(&self) -> Option<Counted> {
        let began = *self.began.get_or_init(Instant::now);
        let count = primes::count_below(self.primes_below, |percent| {
            self.went(percent);
            self.cancelled.get().is_none()
        })?;
        Some(Counted { count, millis: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX) })
    }

    /// So many per cent are done.
    fn went(&self, percent: u64) {
        self.began.get_or_init(Instant::now);
        self.percent.store(percent, Ordering::Relaxed);
    }

    /// How many numbers are left.
    fn left(&self) -> f64 {
        self.primes_below as f64 * self.part_left()
    }

    fn part_left(&self) -> f64 {
        1.0 - self.percent.load(Ordering::Relaxed) as f64 / 100.0
    }

    /// How long so many numbers take, if it has shown that yet.
    fn pace(&self, numbers: f64) -> Option<Duration> {
        let done = self.primes_below as f64 * (1.0 - self.part_left());
        (done > 0.0).then(|| self.began.get().map(|began| began.elapsed().mul_f64(numbers / done)))?
    }
}

impl Job {
    fn is_cancelled(&self) -> bool {
        self.task.cancelled.get().is_some()
    }

    fn run(self) {
        let counted = self.task.count();
        counted.map(|counted| self.outcome.send(counted));
    }
}

fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    let filled = getrandom(&mut bytes, GetRandomFlags::empty());
    assert_eq!(filled, Ok(mem::size_of_val(&bytes)), "the system has random numbers");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn job(primes_below: u64) -> (Job, oneshot::Receiver<Counted>) {
        let (outcome, result) = oneshot::channel();
        (Job { task: Arc::new(Task::new(Channel::main(), None, primes_below)), outcome }, result)
    }

    #[test]
    fn names_are_apart() {
        let ids: std::collections::HashSet<_> = (0..100).map(|_| Task::new(Channel::main(), None, 0).id).collect();
        assert_eq!(ids.len(), 100);
        assert!(ids.iter().all(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())), "{ids:?}");
    }

    #[test]
    fn a_cancelled_task_is_not_computed() {
        let (job, outcome) = job(primes::MOST);
        assert!(job.task.cancel(Cancelled::Deleted) && !job.task.cancel(Cancelled::Draining));
        job.run();
        assert!(outcome.blocking_recv().is_err());
    }
}
