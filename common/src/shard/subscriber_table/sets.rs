//! Subscribers of several channels.

use super::{IN_SET, SubscriberTable, to_u32};
use crate::{
    budget::BudgetShare,
    channel_set::ChannelSet,
    channels::{Channel, ChannelLease},
    message::{ChannelName, has_room},
    subscriber::{Place, SetSubscription, SubscriberKey, SubscriberKind},
    transport::{Change, ChangeError},
};
use std::{mem, sync::Arc};

/// The fields of a `hello` after a change, and the channel that the subscriber has left.
pub(in crate::shard) type Changed = (String, Option<Arc<Channel>>);

impl SubscriberTable {
    /// Adds a subscriber of several channels.
    pub(in crate::shard) fn insert_set(
        &mut self,
        kind: SubscriberKind,
        set: ChannelSet,
        share: BudgetShare,
    ) -> SubscriberKey {
        let slot = self.next_slot();
        let places = set.channels().map(|channel| self.enter(slot, channel));
        let places = places.collect();
        let mut subscription = SetSubscription::new(set, share);
        subscription.places = places;
        let index = to_u32(self.sets.insert(subscription));
        self.insert_at(kind, IN_SET, index)
    }

    pub(super) fn remove_set(&mut self, index: u32) -> SetSubscription {
        let subscription = self.sets.remove(index as usize);
        for place in &subscription.places {
            self.leave(*place);
        }
        subscription
    }

    /// Changes the channels of a subscriber. Returns `None` if it has left.
    pub(in crate::shard) fn change(
        &mut self,
        key: SubscriberKey,
        change: Change,
        share: BudgetShare,
    ) -> Option<Result<Changed, ChangeError>> {
        self.get(key)?;
        let index = self.ensure_set(key.slot, share);
        Some(match change {
            Change::Subscribe(added) => self.subscribe(key.slot, index, added),
            Change::Unsubscribe(name) => self.unsubscribe(index, &name),
        })
    }

    /// Gives a subscriber of one channel a set, so that it can have several. Returns the index of
    /// its set.
    fn ensure_set(&mut self, slot: u32, share: BudgetShare) -> usize {
        let subscriber = &mut self.subscribers[slot as usize];
        if subscriber.group != IN_SET {
            let group = mem::replace(&mut subscriber.group, IN_SET);
            let channel: &ChannelLease = &self.groups[group as usize].channel;
            let mut set = ChannelSet::empty(&self.order);
            set.push(channel.clone(), subscriber.kind.cursor());
            let mut subscription = SetSubscription::new(set, share);
            subscription.places.push(Place {
                group,
                index: subscriber.index,
            });
            subscriber.index = to_u32(self.sets.insert(subscription));
        }
        subscriber.index as usize
    }

    fn subscribe(
        &mut self,
        slot: u32,
        index: usize,
        added: ChannelSet,
    ) -> Result<Changed, ChangeError> {
        let set = &self.sets[index].set;
        for name in added.names() {
            if set.position(name).is_some() {
                return Err(ChangeError::AlreadySubscribed(name.clone()));
            }
            has_room(set.names(), name)?;
        }
        let channels: Vec<_> = added.channels().map(|lease| Arc::clone(lease)).collect();
        for channel in channels {
            let place = self.enter(slot, &channel);
            self.sets[index].places.push(place);
        }
        let set = &mut self.sets[index].set;
        set.extend(added);
        Ok((set.hello().fields(), None))
    }

    fn unsubscribe(&mut self, index: usize, name: &ChannelName) -> Result<Changed, ChangeError> {
        let subscription = &mut self.sets[index];
        let position = subscription.set.position(name);
        let position = position.ok_or_else(|| ChangeError::NotSubscribed(name.clone()))?;
        subscription.set.remove(position);
        let place = subscription.places.remove(position);
        let fields = subscription.set.hello().fields();
        Ok((fields, Some(self.leave(place))))
    }
}
