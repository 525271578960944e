//! Who has a place among the tasks of a service, and when one is free again.

use super::{Refused, pool::most_threads, task::Task};
use crate::http::Publisher;
use std::{sync::Arc, time::Duration};

/// How long a million numbers take as long as no task of the service has got so far: a core that others want too.
const UNKNOWN_PACE: Duration = Duration::from_millis(5);
const MILLION: f64 = 1e6;
/// The highest bound of a small task: some 10 ms of one core.
const SMALL: u64 = 5_000_000;

/// The tasks that wait, run, or have not told their channel how they ended, in the order of their beginning.
#[derive(Default)]
pub(super) struct Places(Vec<Place>);

struct Place {
    task: Arc<Task>,
    /// Nobody can cancel it any more.
    has_ended: bool,
}

impl Places {
    /// Whether a task of this size has a place, as one of this caller; `None` counts for nobody. There are `most` places for
    /// small tasks and as many for large ones, so large tasks keep no small one out.
    pub(super) fn admit(&self, most: usize, caller: Option<Publisher>, primes_below: u64) -> Result<(), Refused> {
        let all = || 0..self.0.len();
        let own = caller.and_then(|caller| all().find(|at| self.0[*at].task.caller == Some(caller)));
        let alike = || all().filter(|at| is_small(self.0[*at].task.primes_below) == is_small(primes_below));
        match own {
            Some(own) => Err(Refused::HasOne { free_after: self.until_end_of(own) }),
            None if alike().count() >= most => {
                let first = alike().min_by_key(|at| self.turn(*at));
                Err(Refused::Full { free_after: first.map_or(Duration::ZERO, |first| self.until_end_of(first)) })
            }
            None => Ok(()),
        }
    }

    pub(super) fn enter(&mut self, task: Arc<Task>) {
        self.0.push(Place { task, has_ended: false });
    }

    /// Those that can be cancelled.
    pub(super) fn open(&self) -> impl Iterator<Item = &Arc<Task>> {
        self.0.iter().filter(|place| !place.has_ended).map(|place| &place.task)
    }

    /// From now on nobody can cancel it.
    pub(super) fn end(&mut self, task: &Task) {
        self.0.iter_mut().filter(|place| place.task.id == task.id).for_each(|place| place.has_ended = true);
    }

    pub(super) fn leave(&mut self, task: &Task) {
        self.0.retain(|place| place.task.id != task.id);
    }

    /// About how long it takes until the one at this index has ended.
    fn until_end_of(&self, at: usize) -> Duration {
        let own = &self.0[at];
        let before: f64 = match own.task.has_begun() {
            true => 0.0,
            false => {
                (0..self.0.len()).filter(|other| self.turn(*other) < self.turn(at)).map(|at| self.0[at].left()).sum()
            }
        };
        self.time_for(before / most_threads() as f64 + own.left())
    }

    /// In which order tasks end, about: what runs goes first, then what is smaller, then what came first.
    fn turn(&self, at: usize) -> (bool, u64, usize) {
        let place = &self.0[at];
        (!place.task.has_begun(), place.left() as u64, at)
    }

    fn time_for(&self, numbers: f64) -> Duration {
        self.pace().mul_f64(numbers / MILLION)
    }

    /// How long a million numbers take, as those that run show.
    fn pace(&self) -> Duration {
        let paces = self.0.iter().filter_map(|place| place.task.pace(MILLION));
        paces.max().unwrap_or(UNKNOWN_PACE)
    }
}

impl Place {
    /// How many numbers are left.
    fn left(&self) -> f64 {
        if self.has_ended { 0.0 } else { self.task.left() }
    }
}

fn is_small(primes_below: u64) -> bool {
    primes_below <= SMALL
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Channel;
    use std::net::IpAddr;

    const LARGE: u64 = 400_000_000;

    fn task(caller: u8) -> Arc<Task> {
        task_of(caller, LARGE)
    }

    fn task_of(caller: u8, primes_below: u64) -> Arc<Task> {
        let caller = Publisher::Address(IpAddr::from([10, 0, 0, caller]));
        Arc::new(Task::new(Channel::main(), Some(caller), primes_below))
    }

    #[test]
    fn each_caller_has_one_place_and_all_have_so_many() {
        let (mut places, first, second) = (Places::default(), task(1), task(2));
        places.enter(first.clone());
        assert!(matches!(places.admit(2, first.caller, LARGE), Err(Refused::HasOne { .. })));
        assert!(places.admit(2, second.caller, LARGE).is_ok());
        places.enter(second.clone());
        assert!(matches!(places.admit(2, task(3).caller, LARGE), Err(Refused::Full { .. })));
        assert!(matches!(places.admit(2, None, LARGE), Err(Refused::Full { .. })));
        places.end(&first);
        assert_eq!(places.open().count(), 1);
        assert!(places.admit(2, task(3).caller, LARGE).is_err(), "its channel does not know yet");
        places.leave(&first);
        assert!(places.admit(2, first.caller, LARGE).is_ok());
    }

    #[test]
    fn large_tasks_and_small_ones_have_places_of_their_own() {
        let mut places = Places::default();
        (1..=8).for_each(|caller| places.enter(task(caller)));
        let ninth = task_of(9, SMALL);
        assert!(matches!(places.admit(8, ninth.caller, SMALL + 1), Err(Refused::Full { .. })));
        assert!(places.admit(8, ninth.caller, SMALL).is_ok());
        assert!(
            matches!(places.admit(8, task(1).caller, SMALL), Err(Refused::HasOne { .. })),
            "a small one is one more"
        );
        places.enter(ninth.clone());
        (10..17).for_each(|caller| places.enter(task_of(caller, SMALL)));
        let Err(Refused::Full { free_after }) = places.admit(8, None, SMALL) else { panic!("there is no room") };
        assert_eq!(free_after, 5 * UNKNOWN_PACE, "small ones go first");
        places.leave(&ninth);
        assert!(places.admit(8, None, SMALL + 1).is_err(), "the place of a small one is for small ones");
        assert!(places.admit(8, None, 0).is_ok());
    }

    #[test]
    fn whoever_is_refused_learns_when_a_place_is_free() {
        let (mut places, first, second) = (Places::default(), task(1), task(2));
        places.enter(first.clone());
        places.enter(second.clone());
        let Err(Refused::Full { free_after }) = places.admit(2, None, LARGE) else { panic!("there is no room") };
        assert_eq!(free_after, 400 * UNKNOWN_PACE);
        let Err(Refused::HasOne { free_after: own }) = places.admit(9, second.caller, LARGE) else {
            panic!("it has one")
        };
        assert_eq!(own, free_after.mul_f64(1.0 + 1.0 / most_threads() as f64));
        first.went(75);
        let Err(Refused::Full { free_after }) = places.admit(2, None, LARGE) else { panic!("there is no room") };
        assert!(free_after < Duration::from_secs(1), "a quarter is left of what went fast: {free_after:?}");
    }
}
