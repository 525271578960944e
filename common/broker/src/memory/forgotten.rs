//! The last ids of forgotten channels.

use common::message::{ChannelName, MessageId};
use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher, RandomState},
};

/// The last ids of the channels that were forgotten most recently, by a hash of their names, and
/// one id for all others.
///
/// The id of the others changes only when one is no longer remembered. So the cursor of a missing
/// channel is valid for a long time, and a client that had received all of a forgotten channel gets
/// no reset.
pub(super) struct ForgottenChannels {
    secret: RandomState,
    last_ids: HashMap<u64, MessageId>,
    /// The same hashes in the order in which they were added. A hash may occur twice.
    order: VecDeque<u64>,
    limit: usize,
    /// At least the last id of every other channel.
    others: MessageId,
}

impl ForgottenChannels {
    /// Remembers at most `limit` channels. A channel that never existed starts at `others`.
    pub(super) fn new(limit: usize, others: MessageId) -> Self {
        Self {
            secret: RandomState::new(),
            last_ids: HashMap::new(),
            order: VecDeque::new(),
            limit,
            others,
        }
    }

    /// Returns the last id of a channel, or a later one.
    pub(super) fn last_id(&self, channel: &ChannelName) -> MessageId {
        match self.last_ids.get(&self.secret.hash_one(channel)) {
            Some(last) => self.others.max(*last),
            None => self.others,
        }
    }

    /// Adds a channel and its last id.
    pub(super) fn add(&mut self, channel: &ChannelName, last: MessageId) {
        let hash = self.secret.hash_one(channel);
        // Two channels with the same hash share the later id.
        self.last_ids.insert(hash, last.max(self.last_id(channel)));
        self.order.push_back(hash);
        while self.order.len() > self.limit {
            let oldest = self.order.pop_front();
            if let Some(last) = oldest.and_then(|hash| self.last_ids.remove(&hash)) {
                self.others = self.others.max(last);
            }
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
    fn a_channel_has_its_own_id_while_it_is_remembered() {
        let mut forgotten = ForgottenChannels::new(2, id(0));
        forgotten.add(&channel(1), id(5));
        forgotten.add(&channel(2), id(3));
        assert_eq!(
            [1, 2, 3].map(|number| forgotten.last_id(&channel(number))),
            [id(5), id(3), id(0)]
        );
        forgotten.add(&channel(3), id(1));
        assert_eq!(
            [1, 2, 3, 4].map(|number| forgotten.last_id(&channel(number))),
            [id(5); 4],
            "the first is no longer remembered"
        );
        forgotten.add(&channel(4), id(6));
        forgotten.add(&channel(4), id(7));
        assert_eq!(
            [4, 5].map(|number| forgotten.last_id(&channel(number))),
            [id(7), id(5)]
        );
        assert!(forgotten.last_ids.len() <= 2 && forgotten.order.len() <= 2);
    }
}
