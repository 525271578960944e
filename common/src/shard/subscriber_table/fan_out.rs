//! A fan-out: one pass over the subscribers of a channel.

use super::{SubscriberTable, address};
use crate::{channels::Channel, subscriber::SubscriberKey};
use std::{mem, sync::Arc};

/// The progress of a fan-out.
///
/// It goes backwards through the group: a subscriber that leaves is replaced by the last one, and a
/// new one is added at the end. So it reaches every subscriber that was in the group when it began.
pub(in crate::shard) struct FanOut {
    /// The address of the channel, and its group.
    channel: usize,
    group: Option<usize>,
    remaining: usize,
    has_several: bool,
}

impl FanOut {
    /// Returns whether more than one message was published since the fan-out before.
    pub(in crate::shard) fn has_several(&self) -> bool {
        self.has_several
    }

    pub(in crate::shard) fn is_complete(&self) -> bool {
        self.remaining == 0
    }
}

impl SubscriberTable {
    /// Begins a fan-out to the subscribers of a channel.
    pub(in crate::shard) fn begin_fan_out(&mut self, channel: &Arc<Channel>) -> FanOut {
        channel.signals.acknowledge(self.bit);
        let latest = channel.signals.offset();
        let address = address(channel);
        let mut fan_out = FanOut {
            channel: address,
            group: self.group_by_channel.get(&address).copied(),
            remaining: 0,
            has_several: false,
        };
        if let Some(group) = fan_out.group.and_then(|group| self.groups.get_mut(group)) {
            let before = mem::replace(&mut group.fanned_out, latest);
            fan_out.remaining = group.slots.len();
            fan_out.has_several = latest > before + 1;
        }
        fan_out
    }

    /// Returns the next subscriber of a fan-out. Returns `None` when it is complete.
    pub(in crate::shard) fn next(&self, fan_out: &mut FanOut) -> Option<SubscriberKey> {
        // The group is removed with its last subscriber, and another may get its place.
        let group = fan_out.group.and_then(|group| self.groups.get(group));
        let slots = group
            .filter(|group| address(&group.channel) == fan_out.channel)
            .map_or(&[][..], |group| &group.slots);
        let index = fan_out.remaining.min(slots.len()).checked_sub(1);
        fan_out.remaining = index.unwrap_or(0);
        self.key(slots[index?])
    }
}
