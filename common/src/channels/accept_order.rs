//! The order in which a hub accepts the messages of all its channels.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// How many places a millisecond has. If it has more messages, they take those of the next one.
const PLACES_PER_MILLISECOND: u64 = 1 << 20;

/// Gives each message a place in one order of all channels. Cloning copies a reference.
///
/// A place is the time of the message, or more if a message before it has as much. So messages that
/// arrive are in the order of their arrival, and those that a broker loads are among them by their
/// time.
///
/// A subscriber of several channels takes [`latest`](Self::latest) first and then ignores later
/// places. It misses no earlier one: a place is given while the history is locked, and after the
/// channel's signals show the message. So the subscriber sees the signals, and waits for the lock.
#[derive(Clone, Default)]
pub(crate) struct AcceptOrder(Arc<AtomicU64>);

impl AcceptOrder {
    /// Gives a place after all others to a message with this time, in milliseconds since 1970.
    pub(crate) fn append(&self, time: u64) -> u64 {
        let next = |last: u64| place_of(time).max(last.saturating_add(1));
        let update = |last| Some(next(last));
        let last = self
            .0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, update);
        next(last.unwrap_or_else(|last| last))
    }

    /// Gives a message that was published earlier the place of its time.
    pub(crate) fn insert(&self, time: u64) -> u64 {
        self.0.fetch_max(place_of(time), Ordering::AcqRel);
        place_of(time)
    }

    /// Returns the last place that was given.
    pub(crate) fn latest(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

fn place_of(time: u64) -> u64 {
    time.saturating_mul(PLACES_PER_MILLISECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_later_has_a_later_place() {
        let order = AcceptOrder::default();
        // The clock may be set back.
        let places = [5, 5, 3, 6, 6, 2].map(|time| order.append(time));
        assert!(places.is_sorted_by(|a, b| a < b), "{places:?}");
        assert_eq!(order.latest(), places[5]);
    }

    #[test]
    fn what_is_loaded_has_the_place_of_its_time() {
        let order = AcceptOrder::default();
        let [first, last] = [4, 6].map(|time| order.append(time));
        let loaded = [3, 5, 7].map(|time| order.insert(time));
        assert!(loaded[0] < first && first < loaded[1] && loaded[1] < last);
        assert_eq!((loaded[2] > last, order.latest()), (true, loaded[2]));
    }
}
