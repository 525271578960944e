//! Computations that take long, beside the event loop and not on it: the document's `worker_threads` example.
//!
//! A task counts primes (`primes`) on a thread of the process's pool (`pool`), and a future on the worker thread that took
//! the request tells the task's channel how it goes (`follow`). Messages go through the broker as any other.

mod pool;
mod primes;
mod progress;
mod slots;
mod task;

pub(crate) use primes::{MOST as MOST_PRIMES_BELOW, MOST_FOR_ANYBODY};
pub(crate) use progress::inline;

use crate::{
    http::{AppState, ClientKey},
    message::ChannelName,
};
use actix_web::web;
use pool::Pool;
use slots::TaskSlots;
use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use task::{Cancelled, Job, Task};
use tokio::sync::oneshot;

/// The tasks of one service. Those that are left when it is dropped are cancelled.
#[derive(Default)]
pub(crate) struct Tasks(Mutex<Open>);

#[derive(Default)]
struct Open {
    slots: TaskSlots,
    closed: bool,
}

/// Why a task was not begun.
#[derive(Debug)]
pub(crate) enum TaskRefused {
    /// There are as many of this kind, small or large, as the service takes. One will have ended by then.
    Full { free_after: Duration },
    /// Its caller has one already, which will have ended by then.
    HasOne { free_after: Duration },
    /// The system has no thread for it.
    NoThread,
    /// The service stops.
    Draining,
}

/// Begins a task, and gives its name: 32 hexadecimal digits that nobody can guess, and no other process has.
pub(crate) fn begin(
    service: &web::Data<AppState>,
    channel: ChannelName,
    caller: Option<ClientKey>,
    primes_below: u64,
) -> Result<String, TaskRefused> {
    let mut open = service.tasks.open();
    if open.closed {
        return Err(TaskRefused::Draining);
    }
    open.slots
        .admit(service.config.tasks, caller, primes_below)?;
    let task = Arc::new(Task::new(channel, caller, primes_below));
    let (outcome, result) = oneshot::channel();
    let submitted = Pool::of_process().submit(Job {
        task: task.clone(),
        outcome,
    });
    submitted.map_err(|error| {
        log::debug!("no thread for a task: {error}");
        TaskRefused::NoThread
    })?;
    open.slots.enter(task.clone());
    service.hub.metrics().tasks.inc();
    drop(open);
    let id = task.id.clone();
    actix_rt::spawn(progress::follow(service.clone(), task, result));
    Ok(id)
}

impl Tasks {
    /// The task of this name, while it waits or runs.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Task>> {
        self.open().slots.open().find(|task| task.id == id).cloned()
    }

    /// Ends a task before its time; false if it has ended by now. Its channel is told.
    pub(crate) fn delete(&self, task: &Task) -> bool {
        let is_open = self
            .find(&task.id)
            .is_some_and(|task| task.cancel(Cancelled::Deleted));
        Pool::of_process().drop_cancelled();
        is_open
    }

    /// Cancels all, and lets none begin any more.
    pub(crate) fn close(&self) {
        let mut open = self.open();
        open.closed = true;
        let cancelled = open
            .slots
            .open()
            .filter(|task| task.cancel(Cancelled::Draining))
            .count();
        drop(open);
        if cancelled > 0 {
            Pool::of_process().drop_cancelled();
        }
    }

    /// From now on nobody can cancel it.
    fn end(&self, task: &Task) {
        self.open().slots.end(task);
    }

    /// Its place is free.
    fn leave(&self, task: &Task) {
        self.open().slots.leave(task);
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
