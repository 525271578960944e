//! Giving readers what is past their positions.

use super::{ChannelGroup, Subscriber, SubscriberKey, SubscriberKind, Subscribers, address};
use crate::{
    hub::{Channel, DisconnectReason, WakeReason, socket_writer::SocketWriter},
    metrics::Sent,
};
use std::{mem, sync::Arc};

/// How many readers are served before control traffic gets its turn.
const STEP: usize = 256;

/// Where a walk over a group stands. It goes backwards: a reader that leaves is replaced by the last one, and one that
/// comes is put last, so that each who was there when the walk began is met.
pub(in crate::hub) struct FanOut {
    feed: usize,
    left: usize,
    several: bool,
}

impl FanOut {
    /// Whether more than one message came since the walk before.
    pub(in crate::hub) fn has_several(&self) -> bool {
        self.several
    }
}

impl Subscribers {
    /// Begins a walk over the readers of a feed.
    pub(in crate::hub) fn fan_out(&mut self, feed: &Arc<Channel>) -> FanOut {
        feed.acknowledge(self.wakeup.bit());
        let (latest, feed) = (feed.offset(), address(feed));
        let group = self
            .by_feed
            .get(&feed)
            .and_then(|group| self.groups.get_mut(*group));
        group.map_or(
            FanOut {
                feed,
                left: 0,
                several: false,
            },
            |group| {
                let walked = mem::replace(&mut group.walked, latest);
                FanOut {
                    feed,
                    left: group.slots.len(),
                    several: latest > walked + 1,
                }
            },
        )
    }

    /// Serves the next readers of a walk; false when it is done.
    pub(in crate::hub) fn fan_out_some(&mut self, walk: &mut FanOut) -> bool {
        self.timers.tick();
        let group = self.by_feed.get(&walk.feed).copied();
        for _ in 0..STEP {
            // The last reader takes its group along.
            let slots = group
                .and_then(|group| self.groups.get(group))
                .map_or(&[][..], |group| &group.slots);
            walk.left = walk.left.min(slots.len());
            let Some(next) = walk.left.checked_sub(1) else {
                break;
            };
            walk.left = next;
            self.serve(slots[next]);
        }
        self.count();
        if walk.left > 0 {
            return true;
        }
        group
            .and_then(|group| self.groups.get(group))
            .into_iter()
            .for_each(|group| self.encode_cache.forget(&group.feed));
        false
    }

    /// Gives one reader what is past its cursor.
    pub(super) fn serve(&mut self, slot: u32) {
        let Some(subscriber) = self.subscribers.get_mut(slot as usize) else {
            return;
        };
        let (ChannelGroup { feed, .. }, encode_cache) =
            (&self.groups[subscriber.group], &mut self.encode_cache);
        let now = self.timers.now();
        match &mut subscriber.kind {
            SubscriberKind::Waiter(held) if feed.has_news(held.cursor) => {
                let key = SubscriberKey {
                    slot,
                    serial: subscriber.serial,
                };
                self.wake(key, WakeReason::News);
            }
            SubscriberKind::Waiter(_) => {}
            SubscriberKind::Poll(poller) => {
                let sent = poller.pull(
                    feed,
                    encode_cache,
                    self.draining.is_some(),
                    now,
                    &self.metrics.subscribers,
                );
                let is_free = poller.writer.is_free();
                self.gave(slot, sent, is_free);
            }
            SubscriberKind::Stream(stream) => {
                let sent = stream.pull(feed, encode_cache, now);
                let is_free = stream.writer.is_free();
                self.gave(slot, sent, is_free);
            }
        }
    }

    /// Counts what a reader was given, and sees to what follows if it has not taken all.
    fn gave(&mut self, slot: u32, sent: Result<Sent, DisconnectReason>, is_free: bool) {
        self.sent += *sent.as_ref().unwrap_or(&Sent::default());
        if is_free && sent.is_ok() {
            return;
        }
        let Subscriber { kind, group, .. } = &self.subscribers[slot as usize];
        if kind.writer().is_some_and(SocketWriter::is_blocked) {
            self.metrics
                .lag
                .observe(self.groups[*group].feed.behind(kind.cursor()) as f64);
        }
        self.settle(slot, sent.map(drop));
    }
}
