//! Who has a place among the tasks of a service, and when one is free again.

use super::{TaskRefused, pool::most_threads, task::Task};
use crate::http::ClientKey;
use std::{sync::Arc, time::Duration};

/// How long a million numbers take as long as no task of the service has got so far: a core that others want too.
const UNKNOWN_PACE: Duration = Duration::from_millis(5);
const MILLION: f64 = 1e6;
/// The highest bound of a small task: some 10 ms of one core.
const SMALL: u64 = 5_000_000;

/// The tasks that wait, run, or have not told their channel how they ended, in the order of their beginning.
#[derive(Default)]
pub(super) struct TaskSlots(Vec<TaskSlot>);

struct TaskSlot {
    task: Arc<Task>,
    /// Nobody can cancel it any more.
    has_ended: bool,
}

impl TaskSlots {
    /// Whether a task of this size has a place, as one of this caller; `None` counts for nobody. There are `most` places for
    /// small tasks and as many for large ones, so large tasks keep no small one out.
    pub(super) fn admit(
        &self,
        most: usize,
        caller: Option<ClientKey>,
        primes_below: u64,
    ) -> Result<(), TaskRefused> {
        let all = || 0..self.0.len();
        let own =
            caller.and_then(|caller| all().find(|at| self.0[*at].task.caller == Some(caller)));
        let alike =
            || all().filter(|at| is_small(self.0[*at].task.primes_below) == is_small(primes_below));
        match own {
            Some(own) => Err(TaskRefused::HasOne {
                free_after: self.until_end_of(own),
            }),
            None if alike().count() >= most => {
                let first = alike().min_by_key(|at| self.turn(*at));
                Err(TaskRefused::Full {
                    free_after: first.map_or(Duration::ZERO, |first| self.until_end_of(first)),
                })
            }
            None => Ok(()),
        }
    }

    pub(super) fn enter(&mut self, task: Arc<Task>) {
        self.0.push(TaskSlot {
            task,
            has_ended: false,
        });
    }

    /// Those that can be cancelled.
    pub(super) fn open(&self) -> impl Iterator<Item = &Arc<Task>> {
        self.0
            .iter()
            .filter(|slot| !slot.has_ended)
            .map(|slot| &slot.task)
    }

    /// From now on nobody can cancel it.
    pub(super) fn end(&mut self, task: &Task) {
        self.0
            .iter_mut()
            .filter(|slot| slot.task.id == task.id)
            .for_each(|slot| slot.has_ended = true);
    }

    pub(super) fn leave(&mut self, task: &Task) {
        self.0.retain(|slot| slot.task.id != task.id);
    }

    /// About how long it takes until the one at this index has ended.
    fn until_end_of(&self, at: usize) -> Duration {
        let own = &self.0[at];
        let before: f64 = match own.task.has_begun() {
            true => 0.0,
            false => (0..self.0.len())
                .filter(|other| self.turn(*other) < self.turn(at))
                .map(|at| self.0[at].left())
                .sum(),
        };
        self.time_for(before / most_threads() as f64 + own.left())
    }

    /// In which order tasks end, about: what runs goes first, then what is smaller, then what came first.
    fn turn(&self, at: usize) -> (bool, u64, usize) {
        let slot = &self.0[at];
        (!slot.task.has_begun(), slot.left() as u64, at)
    }

    fn time_for(&self, numbers: f64) -> Duration {
        self.pace().mul_f64(numbers / MILLION)
    }

    /// How long a million numbers take, as those that run show.
    fn pace(&self) -> Duration {
        let paces = self.0.iter().filter_map(|slot| slot.task.pace(MILLION));
        paces.max().unwrap_or(UNKNOWN_PACE)
    }
}

impl TaskSlot {
    /// How many numbers are left.
    fn left(&self) -> f64 {
        if self.has_ended {
            0.0
        } else {
            self.task.left()
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
    use std::net::IpAddr;

    const LARGE: u64 = 400_000_000;

    fn task(caller: u8) -> Arc<Task> {
        task_of(caller, LARGE)
    }

    fn task_of(caller: u8, primes_below: u64) -> Arc<Task> {
        let caller = ClientKey::Address(IpAddr::from([10, 0, 0, caller]));
        Arc::new(Task::new(ChannelName::main(), Some(caller), primes_below))
    }

    #[test]
    fn each_caller_has_one_place_and_all_have_so_many() {
        let (mut slots, first, second) = (TaskSlots::default(), task(1), task(2));
        slots.enter(first.clone());
        assert!(matches!(
            slots.admit(2, first.caller, LARGE),
            Err(TaskRefused::HasOne { .. })
        ));
        assert!(slots.admit(2, second.caller, LARGE).is_ok());
        slots.enter(second.clone());
        assert!(matches!(
            slots.admit(2, task(3).caller, LARGE),
            Err(TaskRefused::Full { .. })
        ));
        assert!(matches!(
            slots.admit(2, None, LARGE),
            Err(TaskRefused::Full { .. })
        ));
        slots.end(&first);
        assert_eq!(slots.open().count(), 1);
        assert!(
            slots.admit(2, task(3).caller, LARGE).is_err(),
            "its channel does not know yet"
        );
        slots.leave(&first);
        assert!(slots.admit(2, first.caller, LARGE).is_ok());
    }

    #[test]
    fn large_tasks_and_small_ones_have_places_of_their_own() {
        let mut slots = TaskSlots::default();
        (1..=8).for_each(|caller| slots.enter(task(caller)));
        let ninth = task_of(9, SMALL);
        assert!(matches!(
            slots.admit(8, ninth.caller, SMALL + 1),
            Err(TaskRefused::Full { .. })
        ));
        assert!(slots.admit(8, ninth.caller, SMALL).is_ok());
        assert!(
            matches!(
                slots.admit(8, task(1).caller, SMALL),
                Err(TaskRefused::HasOne { .. })
            ),
            "a small one is one more"
        );
        slots.enter(ninth.clone());
        (10..17).for_each(|caller| slots.enter(task_of(caller, SMALL)));
        let Err(TaskRefused::Full { free_after }) = slots.admit(8, None, SMALL) else {
            panic!("there is no room")
        };
        assert_eq!(free_after, 5 * UNKNOWN_PACE, "small ones go first");
        slots.leave(&ninth);
        assert!(
            slots.admit(8, None, SMALL + 1).is_err(),
            "the place of a small one is for small ones"
        );
        assert!(slots.admit(8, None, 0).is_ok());
    }

    #[test]
    fn whoever_is_refused_learns_when_a_place_is_free() {
        let (mut slots, first, second) = (TaskSlots::default(), task(1), task(2));
        slots.enter(first.clone());
        slots.enter(second.clone());
        let Err(TaskRefused::Full { free_after }) = slots.admit(2, None, LARGE) else {
            panic!("there is no room")
        };
        assert_eq!(free_after, 400 * UNKNOWN_PACE);
        let Err(TaskRefused::HasOne { free_after: own }) = slots.admit(9, second.caller, LARGE)
        else {
            panic!("it has one")
        };
        assert_eq!(own, free_after.mul_f64(1.0 + 1.0 / most_threads() as f64));
        first.went(75);
        let Err(TaskRefused::Full { free_after }) = slots.admit(2, None, LARGE) else {
            panic!("there is no room")
        };
        assert!(
            free_after < Duration::from_secs(1),
            "a quarter is left of what went fast: {free_after:?}"
        );
    }
}
