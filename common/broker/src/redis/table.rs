//! The channels that this process subscribes to: by name, and in an order in which a pass over all
//! of them can be continued.

use super::subscription::ChannelSubscription;
use common::message::ChannelName;
use std::collections::{BTreeMap, HashMap};

/// How many channels a piece of a pass visits at most, under the lock of the broker.
pub(super) const PIECE: usize = 256;

/// A place in a pass: the number of the next channel. A pass begins at 0.
pub(super) type Place = u64;

#[derive(Default)]
pub(super) struct SubscriptionTable {
    by_name: HashMap<ChannelName, (Place, ChannelSubscription)>,
    names: BTreeMap<Place, ChannelName>,
    /// The number of channels that were added.
    added: u64,
}

impl SubscriptionTable {
    pub(super) fn len(&self) -> usize {
        self.by_name.len()
    }

    pub(super) fn contains(&self, channel: &ChannelName) -> bool {
        self.by_name.contains_key(channel)
    }

    pub(super) fn get(&self, channel: &ChannelName) -> Option<&ChannelSubscription> {
        let (_, subscription) = self.by_name.get(channel)?;
        Some(subscription)
    }

    pub(super) fn get_mut(&mut self, channel: &ChannelName) -> Option<&mut ChannelSubscription> {
        let (_, subscription) = self.by_name.get_mut(channel)?;
        Some(subscription)
    }

    /// Adds a channel that is not here.
    pub(super) fn insert(&mut self, channel: &ChannelName, subscription: ChannelSubscription) {
        self.added += 1;
        self.names.insert(self.added, channel.clone());
        self.by_name
            .insert(channel.clone(), (self.added, subscription));
    }

    pub(super) fn remove(&mut self, channel: &ChannelName) {
        if let Some((place, _)) = self.by_name.remove(channel) {
            self.names.remove(&place);
        }
    }

    /// Returns the next channels of a pass, at most `count` of them, and moves its place. A channel
    /// that is added during a pass is part of it. Returns `None` at the end.
    pub(super) fn next_piece(&self, place: &mut Place, count: usize) -> Option<Vec<ChannelName>> {
        let piece: Vec<_> = self.names.range(*place..).take(count).collect();
        let (last, _) = piece.last()?;
        *place = **last + 1;
        Some(piece.into_iter().map(|(_, name)| name.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redis::subscription::Use;

    #[test]
    fn a_pass_visits_each_channel_once_in_pieces() {
        let channel = |number: usize| ChannelName::parse(&format!("c{number}")).unwrap();
        let mut table = SubscriptionTable::default();
        let add = |table: &mut SubscriptionTable, number| {
            let subscription = ChannelSubscription::new(Use::Used);
            table.insert(&channel(number), subscription);
        };
        (0..5).for_each(|number| add(&mut table, number));
        let mut place = 0;
        let mut next = |table: &SubscriptionTable| table.next_piece(&mut place, 2);
        assert_eq!(next(&table), Some(vec![channel(0), channel(1)]));
        table.remove(&channel(0));
        table.remove(&channel(2));
        add(&mut table, 0);
        assert_eq!(next(&table), Some(vec![channel(3), channel(4)]));
        assert_eq!(next(&table), Some(vec![channel(0)]), "it was added anew");
        assert_eq!(next(&table), None);
    }
}
