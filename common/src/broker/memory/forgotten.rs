//! Where channels ended that were forgotten, as far as that is remembered.

use crate::message::{ChannelName, MessageId};
use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher, RandomState},
};

/// The ends of the channels that were forgotten last, by a hash of their names, and one end for all others. That one moves only
/// when an end is no longer remembered, so the cursor of a channel that is not there is good for long, and who had seen all
/// of a channel that is forgotten has missed nothing.
pub(super) struct Forgotten {
    secret: RandomState,
    ends: HashMap<u64, MessageId>,
    /// The same hashes from the oldest on, some more than once.
    order: VecDeque<u64>,
    most: usize,
    /// Behind every id of every other channel that ever was.
    others: MessageId,
}

impl Forgotten {
    /// Remembers at most so many. A channel that never was begins at `others`.
    pub(super) fn new(most: usize, others: MessageId) -> Self {
        Self {
            secret: RandomState::new(),
            ends: HashMap::new(),
            order: VecDeque::new(),
            most,
            others,
        }
    }

    /// Where a channel ended.
    pub(super) fn end(&self, channel: &ChannelName) -> MessageId {
        self.ends
            .get(&self.secret.hash_one(channel))
            .map_or(self.others, |end| self.others.max(*end))
    }

    /// A channel that ended here is forgotten.
    pub(super) fn add(&mut self, channel: &ChannelName, end: MessageId) {
        let hash = self.secret.hash_one(channel);
        // Two channels of one hash have the later end.
        self.ends.insert(hash, end.max(self.end(channel)));
        self.order.push_back(hash);
        while self.order.len() > self.most {
            let oldest = self
                .order
                .pop_front()
                .and_then(|hash| self.ends.remove(&hash));
            self.others = oldest.map_or(self.others, |end| self.others.max(end));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(number: u64) -> ChannelName {
        ChannelName::parse(&format!("c{number}")).unwrap()
    }

    fn id(offset: u64) -> MessageId {
        MessageId { epoch: 7, offset }
    }

    #[test]
    fn each_has_its_own_end_while_it_is_remembered() {
        let mut forgotten = Forgotten::new(2, id(0));
        forgotten.add(&channel(1), id(5));
        forgotten.add(&channel(2), id(3));
        assert_eq!(
            [1, 2, 3].map(|number| forgotten.end(&channel(number))),
            [id(5), id(3), id(0)]
        );
        forgotten.add(&channel(3), id(1));
        assert_eq!(
            [1, 2, 3, 4].map(|number| forgotten.end(&channel(number))),
            [id(5); 4],
            "the first is no longer known"
        );
        forgotten.add(&channel(4), id(6));
        forgotten.add(&channel(4), id(7));
        assert_eq!(
            [4, 5].map(|number| forgotten.end(&channel(number))),
            [id(7), id(5)]
        );
        assert!(forgotten.ends.len() <= 2 && forgotten.order.len() <= 2);
    }
}
