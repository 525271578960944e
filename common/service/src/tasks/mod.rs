//! Long computations, kept off the event loop: the tasks of `POST /tasks`.
//!
//! A task counts primes (`primes`) on a thread of the process's pool (`pool`). A future on the
//! worker thread that took the request publishes its progress and its outcome on the task's channel
//! (`progress`), through the broker like any other message.

mod pool;
mod primes;
mod progress;
mod slots;
mod task;

pub(crate) use primes::{MAX_LIMIT, MAX_PUBLIC_LIMIT};
pub(crate) use slots::TaskRefused;

use broker::Broker;
use common::message::ChannelName;
use parking_lot::Mutex;
use pool::Pool;
use progress::Publisher;
use prometheus_client::metrics::gauge::Gauge;
use slots::TaskSlots;
use std::sync::Arc;
use task::{CancelReason, Job, PrimeCount, Task};
use tokio::sync::oneshot;

/// The tasks of one service. Dropping it cancels those that are left.
pub(crate) struct Tasks {
    publisher: Publisher,
    /// The number of tasks that wait, run, or have not published their outcome.
    gauge: Gauge,
    /// The most small tasks at a time, and the most large ones.
    limit: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    slots: TaskSlots,
    is_closed: bool,
}

impl Tasks {
    /// Creates a service's tasks, which publish through `broker` and are counted in `gauge`.
    ///
    /// There are `limit` slots for small tasks and as many for large ones.
    pub(crate) fn new(transport: &'static str, broker: Broker, gauge: Gauge, limit: usize) -> Self {
        Self {
            publisher: Publisher { transport, broker },
            gauge,
            limit,
            state: Mutex::default(),
        }
    }

    /// Begins a task and returns its id: 32 random hexadecimal digits, which no client can guess.
    ///
    /// `account` is the account that has at most one task at a time; tasks without one are not
    /// limited this way.
    ///
    /// # Errors
    ///
    /// If there is no free slot, no thread, or the service is stopping.
    pub(crate) fn begin(
        self: &Arc<Self>,
        channel: ChannelName,
        account: Option<u64>,
        primes_below: u64,
    ) -> Result<String, TaskRefused> {
        let mut state = self.state.lock();
        if state.is_closed {
            return Err(TaskRefused::Draining);
        }
        state.slots.admit(self.limit, account, primes_below)?;
        let task = Arc::new(Task::new(channel, account, primes_below));
        let id = task.id.clone();
        let outcome = submit(&task)?;
        state.slots.insert(task.clone());
        self.gauge.inc();
        drop(state);
        actix_rt::spawn(self.clone().follow(task, outcome));
        Ok(id)
    }

    /// Computes on the event loop, to show how that blocks everything else on it, and publishes the
    /// result.
    pub(crate) async fn run_inline(&self, channel: ChannelName, primes_below: u64) -> String {
        let task = Task::new(channel, None, primes_below);
        let counted = task.count();
        self.publisher.publish_outcome(&task, counted).await;
        task.id
    }

    /// Returns the task with this id while it waits or runs.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Task>> {
        let state = self.state.lock();
        state
            .slots
            .cancellable()
            .find(|task| task.id == id)
            .cloned()
    }

    /// Cancels a task, and reports that on its channel. Returns false if it has ended.
    pub(crate) fn delete(&self, task: &Task) -> bool {
        let is_cancelled = self
            .find(&task.id)
            .is_some_and(|task| task.cancel(CancelReason::Deleted));
        Pool::of_process().drop_cancelled();
        is_cancelled
    }

    /// Cancels all tasks and refuses new ones.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.is_closed = true;
        let cancelled = state
            .slots
            .cancellable()
            .filter(|task| task.cancel(CancelReason::Draining))
            .count();
        drop(state);
        if cancelled > 0 {
            Pool::of_process().drop_cancelled();
        }
    }

    /// Publishes the progress and the outcome of a task, and then frees its slot.
    async fn follow(self: Arc<Self>, task: Arc<Task>, outcome: oneshot::Receiver<PrimeCount>) {
        let counted = self.publisher.publish_progress(&task, outcome).await;
        // Too late to cancel it: the outcome that is published now is final.
        task.mark_ended();
        self.publisher.publish_outcome(&task, counted).await;
        self.state.lock().slots.remove(&task);
        self.gauge.dec();
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.close();
    }
}

/// Gives a task to the pool. The receiver gets an error if it is cancelled.
fn submit(task: &Arc<Task>) -> Result<oneshot::Receiver<PrimeCount>, TaskRefused> {
    let (outcome, receiver) = oneshot::channel();
    let job = Job {
        task: task.clone(),
        outcome,
    };
    Pool::of_process().submit(job).map_err(|error| {
        log::debug!("tasks: cannot start a thread: {error}");
        TaskRefused::NoThread
    })?;
    Ok(receiver)
}
