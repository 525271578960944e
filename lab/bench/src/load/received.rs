//! The messages that one subscriber has received. Exact, and without allocations if none is
//! missing.

use std::ops::Range;

/// A set of message numbers. Messages are numbered from 0.
#[derive(Debug, Default)]
pub(crate) struct ReceivedMessages {
    /// One more than the highest number so far.
    next: u64,
    /// Numbers below `next` that have not arrived.
    missing: Vec<Range<u64>>,
}

impl ReceivedMessages {
    /// Creates a set for a subscriber that expects messages from number `next` on.
    pub(crate) fn from(next: u64) -> Self {
        Self {
            next,
            missing: Vec::new(),
        }
    }

    /// Records a message. Returns `false` if it is a duplicate. With several publishers, messages
    /// arrive in another order than that of their numbers.
    pub(crate) fn take(&mut self, number: u64) -> bool {
        if number < self.next {
            return self.take_late(number);
        }
        if number > self.next {
            self.missing.push(self.next..number);
        }
        self.next = number + 1;
        true
    }

    fn take_late(&mut self, number: u64) -> bool {
        let Some(at) = self
            .missing
            .iter()
            .position(|range| range.contains(&number))
        else {
            return false;
        };
        let Range { start, end } = self.missing.remove(at);
        let around = [start..number, number + 1..end];
        self.missing
            .extend(around.into_iter().filter(|range| !range.is_empty()));
        true
    }

    /// Returns how many of the first `published` messages are missing.
    pub(crate) fn missed(&self, published: u64) -> u64 {
        let between: u64 = self
            .missing
            .iter()
            .map(|range| range.end - range.start)
            .sum();
        between + published.saturating_sub(self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_agrees_with_a_set(numbers in prop::collection::vec(0..30u64, 0..60)) {
            let mut received = ReceivedMessages::default();
            let mut set = BTreeSet::new();
            for number in numbers {
                prop_assert_eq!(received.take(number), set.insert(number));
                prop_assert_eq!(received.missed(30), 30 - set.len() as u64);
            }
        }
    }

    #[test]
    fn earlier_messages_are_not_missing_from_a_later_subscriber() {
        let mut received = ReceivedMessages::from(5);
        assert_eq!(received.missed(5), 0);
        assert_eq!(
            (received.take(5), received.take(7), received.missed(8)),
            (true, true, 1)
        );
    }
}
