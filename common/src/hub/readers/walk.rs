//! Giving readers what is past their positions.

use super::{Group, Key, Kind, Reader, Readers, address};
use crate::{
    hub::{Change, Feed, Gone, line::Line},
    metrics::Sent,
};
use std::{mem, sync::Arc};

/// How many readers are served before control traffic gets its turn.
const STEP: usize = 256;

/// Where a walk over a group stands. It goes backwards: a reader that leaves is replaced by the last one, and one that
/// comes is put last, so that each who was there when the walk began is met.
pub(in crate::hub) struct Walk {
    feed: usize,
    left: usize,
    several: bool,
}

impl Walk {
    /// Whether more than one message came since the walk before.
    pub(in crate::hub) fn has_several(&self) -> bool {
        self.several
    }
}

impl Readers {
    /// Begins a walk over the readers of a feed.
    pub(in crate::hub) fn walk(&mut self, feed: &Arc<Feed>) -> Walk {
        feed.answer_ring(self.bell.bit());
        let (head, feed) = (feed.offset(), address(feed));
        let group = self.by_feed.get(&feed).and_then(|group| self.groups.get_mut(*group));
        group.map_or(Walk { feed, left: 0, several: false }, |group| {
            let walked = mem::replace(&mut group.walked, head);
            Walk { feed, left: group.slots.len(), several: head > walked + 1 }
        })
    }

    /// Serves the next readers of a walk; false when it is done.
    pub(in crate::hub) fn step(&mut self, walk: &mut Walk) -> bool {
        self.wheel.tick();
        let group = self.by_feed.get(&walk.feed).copied();
        for _ in 0..STEP {
            // The last reader takes its group along.
            let slots = group.and_then(|group| self.groups.get(group)).map_or(&[][..], |group| &group.slots);
            walk.left = walk.left.min(slots.len());
            let Some(next) = walk.left.checked_sub(1) else { break };
            walk.left = next;
            self.serve(slots[next]);
        }
        self.count();
        if walk.left > 0 {
            return true;
        }
        group.and_then(|group| self.groups.get(group)).into_iter().for_each(|group| self.chunks.forget(&group.feed));
        false
    }

    /// Gives one reader what is past its position.
    pub(super) fn serve(&mut self, slot: u32) {
        let Some(reader) = self.readers.get_mut(slot as usize) else { return };
        let (Group { feed, .. }, chunks) = (&self.groups[reader.group], &mut self.chunks);
        let now = self.wheel.now();
        match &mut reader.kind {
            Kind::Held(held) if feed.has_news(held.position) => {
                let key = Key { slot, serial: reader.serial };
                self.wake(key, Change::News);
            }
            Kind::Held(_) => {}
            Kind::Poller(poller) => {
                let sent = poller.pull(feed, chunks, self.draining.is_some(), now, &self.metrics.readers);
                let is_free = poller.line.is_free();
                self.gave(slot, sent, is_free);
            }
            Kind::Stream(stream) => {
                let sent = stream.pull(feed, chunks, now);
                let is_free = stream.line.is_free();
                self.gave(slot, sent, is_free);
            }
        }
    }

    /// Counts what a reader was given, and sees to what follows if it has not taken all.
    fn gave(&mut self, slot: u32, sent: Result<Sent, Gone>, is_free: bool) {
        self.sent += *sent.as_ref().unwrap_or(&Sent::default());
        if is_free && sent.is_ok() {
            return;
        }
        let Reader { kind, group, .. } = &self.readers[slot as usize];
        if kind.line().is_some_and(Line::is_blocked) {
            self.metrics.lag.observe(self.groups[*group].feed.behind(kind.position()) as f64);
        }
        self.settle(slot, sent.map(drop));
    }
}
