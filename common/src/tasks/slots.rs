//! The slots of a service's tasks, and estimates of when one is free.

use super::{TaskRefused, pool::max_threads, task::Task};
use std::{sync::Arc, time::Duration};

/// The assumed time for a million numbers before any task has made progress: that of a core that is
/// shared.
const DEFAULT_PACE: Duration = Duration::from_millis(5);
const MILLION: f64 = 1e6;
/// The highest limit of a small task: about 10 ms of one core.
const SMALL: u64 = 5_000_000;

/// The tasks that wait, run, or have not published their outcome, in the order of their beginning.
#[derive(Default)]
pub(super) struct TaskSlots(Vec<TaskSlot>);

struct TaskSlot {
    task: Arc<Task>,
    /// It can no longer be cancelled.
    has_ended: bool,
}

impl TaskSlots {
    /// Checks that there is a slot for a task of this size and holder.
    ///
    /// There are `limit` slots for small tasks and as many for large ones, so large tasks do not
    /// keep small ones out.
    pub(super) fn admit(
        &self,
        limit: usize,
        holder: Option<u64>,
        primes_below: u64,
    ) -> Result<(), TaskRefused> {
        if let Some(own) = self.slot_of(holder) {
            let free_after = self.time_until_end(own);
            return Err(TaskRefused::HasOne { free_after });
        }
        let same_size = || {
            let is_same = move |index: &usize| {
                is_small(self.0[*index].task.primes_below) == is_small(primes_below)
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
        self.0.push(TaskSlot {
            task,
            has_ended: false,
        });
    }

    /// Returns the tasks that can be cancelled.
    pub(super) fn cancellable(&self) -> impl Iterator<Item = &Arc<Task>> {
        self.0
            .iter()
            .filter(|slot| !slot.has_ended)
            .map(|slot| &slot.task)
    }

    /// Marks a task as no longer cancellable.
    pub(super) fn mark_ended(&mut self, task: &Task) {
        self.0
            .iter_mut()
            .filter(|slot| slot.task.id == task.id)
            .for_each(|slot| slot.has_ended = true);
    }

    pub(super) fn remove(&mut self, task: &Task) {
        self.0.retain(|slot| slot.task.id != task.id);
    }

    /// Returns the index of the slot that this holder has.
    fn slot_of(&self, holder: Option<u64>) -> Option<usize> {
        let holder = holder?;
        self.0
            .iter()
            .position(|slot| slot.task.holder == Some(holder))
    }

    /// Estimates the time until the task at this index has ended.
    fn time_until_end(&self, index: usize) -> Duration {
        let slot = &self.0[index];
        let ahead = if slot.task.has_begun() {
            0.0
        } else {
            self.numbers_ahead_of(index)
        };
        self.time_for(ahead / max_threads() as f64 + slot.numbers_left())
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
        let slot = &self.0[index];
        (!slot.task.has_begun(), slot.numbers_left() as u64, index)
    }

    fn time_for(&self, numbers: f64) -> Duration {
        self.pace().mul_f64(numbers / MILLION)
    }

    /// Returns the time for a million numbers: that of the slowest task that has made progress.
    fn pace(&self) -> Duration {
        let paces = self.0.iter().filter_map(|slot| slot.task.time_for(MILLION));
        paces.max().unwrap_or(DEFAULT_PACE)
    }
}

impl TaskSlot {
    fn numbers_left(&self) -> f64 {
        if self.has_ended {
            0.0
        } else {
            self.task.numbers_left()
        }
    }
}

fn is_small(primes_below: u64) -> bool {
    primes_below <= SMALL
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::ChannelName;

    const LARGE: u64 = 400_000_000;

    fn task(holder: u64) -> Arc<Task> {
        task_of(holder, LARGE)
    }

    fn task_of(holder: u64, primes_below: u64) -> Arc<Task> {
        Arc::new(Task::new(ChannelName::main(), Some(holder), primes_below))
    }

    #[test]
    fn a_holder_has_one_task_and_all_have_a_limit() {
        let (mut slots, first, second) = (TaskSlots::default(), task(1), task(2));
        slots.insert(first.clone());
        assert!(matches!(
            slots.admit(2, first.holder, LARGE),
            Err(TaskRefused::HasOne { .. })
        ));
        assert!(slots.admit(2, second.holder, LARGE).is_ok());
        slots.insert(second.clone());
        assert!(matches!(
            slots.admit(2, task(3).holder, LARGE),
            Err(TaskRefused::Full { .. })
        ));
        assert!(matches!(
            slots.admit(2, None, LARGE),
            Err(TaskRefused::Full { .. })
        ));
        slots.mark_ended(&first);
        assert_eq!(slots.cancellable().count(), 1);
        assert!(
            slots.admit(2, task(3).holder, LARGE).is_err(),
            "its outcome is not published yet"
        );
        slots.remove(&first);
        assert!(slots.admit(2, first.holder, LARGE).is_ok());
    }

    #[test]
    fn small_and_large_tasks_have_separate_slots() {
        let mut slots = TaskSlots::default();
        (1..=8).for_each(|holder| slots.insert(task(holder)));
        let ninth = task_of(9, SMALL);
        assert!(matches!(
            slots.admit(8, ninth.holder, SMALL + 1),
            Err(TaskRefused::Full { .. })
        ));
        assert!(slots.admit(8, ninth.holder, SMALL).is_ok());
        assert!(
            matches!(
                slots.admit(8, task(1).holder, SMALL),
                Err(TaskRefused::HasOne { .. })
            ),
            "a holder has one task of any size"
        );
        slots.insert(ninth.clone());
        (10..17).for_each(|holder| slots.insert(task_of(holder, SMALL)));
        let Err(TaskRefused::Full { free_after }) = slots.admit(8, None, SMALL) else {
            panic!("there is a slot")
        };
        assert_eq!(free_after, 5 * DEFAULT_PACE, "small tasks run first");
        slots.remove(&ninth);
        assert!(
            slots.admit(8, None, SMALL + 1).is_err(),
            "the slot of a small task is for small tasks"
        );
        assert!(slots.admit(8, None, 0).is_ok());
    }

    #[test]
    fn a_refusal_says_when_a_slot_is_free() {
        let (mut slots, first, second) = (TaskSlots::default(), task(1), task(2));
        slots.insert(first.clone());
        slots.insert(second.clone());
        let Err(TaskRefused::Full { free_after }) = slots.admit(2, None, LARGE) else {
            panic!("there is a slot")
        };
        assert_eq!(free_after, 400 * DEFAULT_PACE);
        let Err(TaskRefused::HasOne { free_after: own }) = slots.admit(9, second.holder, LARGE)
        else {
            panic!("the holder has no task")
        };
        assert_eq!(own, free_after.mul_f64(1.0 + 1.0 / max_threads() as f64));
        first.record_progress(75);
        let Err(TaskRefused::Full { free_after }) = slots.admit(2, None, LARGE) else {
            panic!("there is a slot")
        };
        assert!(
            free_after < Duration::from_secs(1),
            "a quarter is left of a fast task: {free_after:?}"
        );
    }
}
