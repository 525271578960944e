//! Who has a place among the tasks of a service, and when one is free again.

use super::{Refused, pool::most_threads, task::Task};
use crate::http::Publisher;
use std::{sync::Arc, time::Duration};

/// How long a million numbers take as long as no task of the service has got so far: a core that others want too.
const UNKNOWN_PACE: Duration = Duration::from_millis(5);
const MILLION: f64 = 1e6;

/// The tasks that wait, run, or have not told their channel how they ended, in the order of their beginning.
#[derive(Default)]
pub(super) struct Places(Vec<Place>);

struct Place {
    task: Arc<Task>,
    /// Nobody can cancel it any more.
    has_ended: bool,
}

impl Places {
    /// Whether another one has a place among at most `most`, as one of this caller. `None` counts
    /// for nobody.
    pub(super) fn admit(&self, most: usize, caller: Option<Publisher>) -> Result<(), Refused> {
        let own = caller.and_then(|caller| self.0.iter().find(|place| place.task.caller == Some(caller)));
        match own {
            Some(own) => Err(Refused::HasOne { free_after: self.until_end_of(own) }),
            None if self.0.len() >= most => Err(Refused::Full { free_after: self.until_first_end() }),
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

    /// About how long it takes until this one has ended: what runs and what is smaller goes first.
    fn until_end_of(&self, own: &Place) -> Duration {
        let goes_first = |other: &&Place| {
            other.task.id != own.task.id
                && (other.task.has_begun() || other.task.primes_below <= own.task.primes_below)
                && !own.task.has_begun()
        };
        let before: f64 = self.0.iter().filter(goes_first).map(Place::left).sum();
        self.time_for(before / most_threads() as f64 + own.left())
    }

    /// About how long it takes until any of them has ended.
    fn until_first_end(&self) -> Duration {
        let shortest = |places: &mut dyn Iterator<Item = &Place>| places.map(Place::left).reduce(f64::min);
        let runs = shortest(&mut self.0.iter().filter(|place| place.task.has_begun()));
        self.time_for(runs.or_else(|| shortest(&mut self.0.iter())).unwrap_or_default())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Channel;
    use std::net::IpAddr;

    fn task(caller: u8) -> Arc<Task> {
        let caller = Publisher::Address(IpAddr::from([10, 0, 0, caller]));
        Arc::new(Task::new(Channel::main(), Some(caller), 400_000_000))
    }

    #[test]
    fn each_caller_has_one_place_and_all_have_so_many() {
        let (mut places, first, second) = (Places::default(), task(1), task(2));
        places.enter(first.clone());
        assert!(matches!(places.admit(2, first.caller), Err(Refused::HasOne { .. })));
        assert!(places.admit(2, second.caller).is_ok());
        places.enter(second.clone());
        assert!(matches!(places.admit(2, task(3).caller), Err(Refused::Full { .. })));
        assert!(matches!(places.admit(2, None), Err(Refused::Full { .. })));
        places.end(&first);
        assert_eq!(places.open().count(), 1);
        assert!(places.admit(2, task(3).caller).is_err(), "its channel does not know yet");
        places.leave(&first);
        assert!(places.admit(2, first.caller).is_ok());
    }

    #[test]
    fn whoever_is_refused_learns_when_a_place_is_free() {
        let (mut places, first, second) = (Places::default(), task(1), task(2));
        places.enter(first.clone());
        places.enter(second.clone());
        let Err(Refused::Full { free_after }) = places.admit(2, None) else { panic!("there is no room") };
        assert_eq!(free_after, 400 * UNKNOWN_PACE);
        let Err(Refused::HasOne { free_after: own }) = places.admit(9, second.caller) else { panic!("it has one") };
        assert_eq!(own, free_after.mul_f64(1.0 + 1.0 / most_threads() as f64));
        first.went(75);
        let Err(Refused::Full { free_after }) = places.admit(2, None) else { panic!("there is no room") };
        assert!(free_after < Duration::from_secs(1), "a quarter is left of what went fast: {free_after:?}");
    }
}
