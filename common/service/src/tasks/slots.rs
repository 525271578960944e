//! The slots of a service's tasks, and estimates of when one is free.

use super::{pool::max_threads, task::Task};
use std::{sync::Arc, time::Duration};

/// The assumed time for a million numbers before any task has made progress: that of a core that is
/// shared.
const DEFAULT_PACE: Duration = Duration::from_millis(5);
const MILLION: f64 = 1e6;
/// The highest number below which a small task counts primes: about 10 ms of one core.
const SMALL: u64 = 5_000_000;

/// Why a task was not begun.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskRefused {
    /// All slots for tasks of this size are taken.
    #[error("all slots for tasks of this size are taken")]
    Full {
        /// About how long until one is free.
        free_after: Duration,
    },
    /// The account has a task already.
    #[error("a task of this address or token waits or runs")]
    HasOne {
        /// About how long until it has ended.
        free_after: Duration,
    },
    /// The system starts no thread.
    #[error("the system has no thread for a task")]
    NoThread,
    /// The service is stopping.
    #[error("the service is stopping")]
    Draining,
}

/// The tasks that wait, run, or have not published their outcome, in the order of their beginning.
#[derive(Default)]
pub(super) struct TaskSlots(Vec<Arc<Task>>);

impl TaskSlots {
    /// Checks that there is a slot for a task of this size and account.
    ///
    /// There are `limit` slots for small tasks and as many for large ones, so large tasks do not
    /// keep small ones out.
    ///
    /// # Errors
    ///
    /// If the account has a task, or all slots for this size are taken.
    pub(super) fn admit(
        &self,
        limit: usize,
        account: Option<u64>,
        primes_below: u64,
    ) -> Result<(), TaskRefused> {
        if let Some(own) = self.slot_of(account) {
            let free_after = self.time_until_end(own);
            return Err(TaskRefused::HasOne { free_after });
        }
        let same_size = || {
            let is_same = move |index: &usize| {
                is_small(self.0[*index].primes_below) == is_small(primes_below)
            };
            (0..self.0.len()).filter(is_same)
        };
        if same_size().count() < limit {
            return Ok(());
        }
        let first = same_size().min_by_key(|index| self.order(*index));
        let free_after = first.map_or(Duration::ZERO, |first| self.time_until_end(first));
        Err(TaskRefused::Full { free_after })
    }

    pub(super) fn insert(&mut self, task: Arc<Task>) {
        self.0.push(task);
    }

    /// Returns the tasks that can be cancelled.
    pub(super) fn cancellable(&self) -> impl Iterator<Item = &Arc<Task>> {
        self.0.iter().filter(|task| !task.has_ended())
    }

    pub(super) fn remove(&mut self, task: &Task) {
        self.0.retain(|other| other.id != task.id);
    }

    /// Returns the index of the slot that this account has.
    fn slot_of(&self, account: Option<u64>) -> Option<usize> {
        let account = account?;
        self.0.iter().position(|task| task.account == Some(account))
    }

    /// Estimates the time until the task at this index has ended.
    fn time_until_end(&self, index: usize) -> Duration {
        let task = &self.0[index];
        let ahead = if task.has_begun() {
            0.0
        } else {
            self.numbers_ahead_of(index)
        };
        self.time_for(ahead / max_threads() as f64 + task.numbers_left())
    }

    fn numbers_ahead_of(&self, index: usize) -> f64 {
        (0..self.0.len())
            .filter(|other| self.order(*other) < self.order(index))
            .map(|other| self.0[other].numbers_left())
            .sum()
    }

    /// Returns a key that sorts tasks by when they end: running ones first, then the smaller, then
    /// the older.
    fn order(&self, index: usize) -> (bool, u64, usize) {
        let task = &self.0[index];
        (!task.has_begun(), task.numbers_left() as u64, index)
    }

    fn time_for(&self, numbers: f64) -> Duration {
        self.pace().mul_f64(numbers / MILLION)
    }

    /// Returns the time for a million numbers: that of the slowest task that has made progress.
    fn pace(&self) -> Duration {
        let paces = self.0.iter().filter_map(|task| task.time_for(MILLION));
        paces.max().unwrap_or(DEFAULT_PACE)
    }
}

fn is_small(primes_below: u64) -> bool {
    primes_below <= SMALL
}

#[cfg(test)]
mod tests;
