//! The subscribers of a shard by slot, in one group for each channel. A subscriber of several
//! channels is in several groups.

mod fan_out;
mod sets;

pub(super) use fan_out::FanOut;

use crate::{
    channels::{AcceptOrder, Channel, ChannelLease},
    subscriber::{
        Place, SetSubscription, Source, Subscribed, Subscriber, SubscriberKey, SubscriberKind,
    },
};
use prometheus_client::metrics::gauge::Gauge;
use slab::Slab;
use std::{collections::HashMap, sync::Arc};

/// In place of its group: the subscriber has several channels, and its index is that of its set.
const IN_SET: u32 = u32::MAX;

pub(super) struct SubscriberTable {
    subscribers: Slab<Subscriber>,
    groups: Slab<ChannelGroup>,
    sets: Slab<SetSubscription>,
    order: AcceptOrder,
    /// Groups by the address of their channel.
    group_by_channel: HashMap<usize, usize>,
    next_serial: u32,
    /// The shard's bit in every channel.
    bit: u64,
    /// Counts subscribers.
    gauge: Gauge,
}

/// The subscribers of one channel.
struct ChannelGroup {
    channel: ChannelLease,
    slots: Vec<u32>,
    /// The latest offset when the last fan-out began.
    fanned_out: u64,
}

impl SubscriberTable {
    pub(super) fn new(bit: u64, gauge: Gauge, order: AcceptOrder) -> Self {
        Self {
            subscribers: Slab::new(),
            groups: Slab::new(),
            sets: Slab::new(),
            order,
            group_by_channel: HashMap::new(),
            next_serial: 1,
            bit,
            gauge,
        }
    }

    /// Returns the slot of the subscriber that is inserted next.
    pub(super) fn next_slot(&self) -> u32 {
        to_u32(self.subscribers.vacant_key())
    }

    pub(super) fn insert(&mut self, kind: SubscriberKind, channel: &Arc<Channel>) -> SubscriberKey {
        let Place { group, index } = self.enter(self.next_slot(), channel);
        self.insert_at(kind, group, index)
    }

    fn insert_at(&mut self, kind: SubscriberKind, group: u32, index: u32) -> SubscriberKey {
        let key = SubscriberKey {
            slot: self.next_slot(),
            serial: self.next_serial,
        };
        self.next_serial = self.next_serial.wrapping_add(1);
        self.gauge.inc_by(kind.is_counted().into());
        let subscriber = Subscriber::new(kind, key.serial, group, index);
        self.subscribers.insert(subscriber);
        key
    }

    /// Adds a slot to the group of a channel.
    fn enter(&mut self, slot: u32, channel: &Arc<Channel>) -> Place {
        let group = self.find_or_insert_group(channel);
        let slots = &mut self.groups[group].slots;
        let index = to_u32(slots.len());
        slots.push(slot);
        Place {
            group: to_u32(group),
            index,
        }
    }

    fn find_or_insert_group(&mut self, channel: &Arc<Channel>) -> usize {
        let address = address(channel);
        if let Some(group) = self.group_by_channel.get(&address) {
            return *group;
        }
        // Before the subscriber reads the history: later messages notify this shard.
        channel.signals.subscribe(self.bit);
        let group = self.groups.insert(ChannelGroup {
            channel: channel.clone().into(),
            slots: Vec::new(),
            fanned_out: channel.signals.offset(),
        });
        self.group_by_channel.insert(address, group);
        group
    }

    /// Removes a subscriber. Returns what it was, and its channels.
    pub(super) fn remove(&mut self, key: SubscriberKey) -> Option<(SubscriberKind, Subscribed)> {
        self.get(key)?;
        let subscriber = self.subscribers.remove(key.slot as usize);
        self.gauge.dec_by(subscriber.kind.is_counted().into());
        let Subscriber { group, index, .. } = subscriber;
        let subscribed = if group == IN_SET {
            Subscribed::Set(self.remove_set(index))
        } else {
            Subscribed::One(self.leave(Place { group, index }))
        };
        Some((subscriber.kind, subscribed))
    }

    /// Removes a slot from a group, and the group with its last one. Returns its channel.
    fn leave(&mut self, place: Place) -> Arc<Channel> {
        let group = &mut self.groups[place.group as usize];
        let channel = Arc::clone(&group.channel);
        group.slots.swap_remove(place.index as usize);
        if group.slots.is_empty() {
            channel.signals.unsubscribe(self.bit);
            self.group_by_channel.remove(&address(&channel));
            self.groups.remove(place.group as usize);
        } else if let Some(&moved) = group.slots.get(place.index as usize) {
            self.move_to(moved, place);
        }
        channel
    }

    /// Records where in a group the subscriber in a slot is now.
    fn move_to(&mut self, slot: u32, place: Place) {
        let subscriber = &mut self.subscribers[slot as usize];
        if subscriber.group == IN_SET {
            self.sets[subscriber.index as usize].move_to(place);
        } else {
            subscriber.index = place.index;
        }
    }

    /// Returns a subscriber and its channels.
    pub(super) fn get(&mut self, key: SubscriberKey) -> Option<(&mut Subscriber, Source<'_>)> {
        let subscriber = self
            .subscribers
            .get_mut(key.slot as usize)
            .filter(|subscriber| subscriber.serial == key.serial)?;
        let source = if subscriber.group == IN_SET {
            Source::Set(&mut self.sets[subscriber.index as usize])
        } else {
            Source::One(&self.groups[subscriber.group as usize].channel)
        };
        Some((subscriber, source))
    }

    /// Returns the key of the subscriber in a slot.
    pub(super) fn key(&self, slot: u32) -> Option<SubscriberKey> {
        let serial = self.subscribers.get(slot as usize)?.serial;
        Some(SubscriberKey { slot, serial })
    }

    pub(super) fn keys(&self) -> Vec<SubscriberKey> {
        let slots = self.subscribers.iter().map(|(slot, _)| slot as u32);
        slots.filter_map(|slot| self.key(slot)).collect()
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.subscribers.is_empty()
    }

    pub(super) fn has_channel(&self, channel: &Arc<Channel>) -> bool {
        self.group_by_channel.contains_key(&address(channel))
    }
}

impl Drop for SubscriberTable {
    fn drop(&mut self) {
        let counted = self.subscribers.iter();
        let counted = counted.filter(|(_, subscriber)| subscriber.kind.is_counted());
        self.gauge.dec_by(counted.count() as i64);
    }
}

fn address(channel: &Arc<Channel>) -> usize {
    Arc::as_ptr(channel).addr()
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).expect("fewer subscribers than 2³²")
}
