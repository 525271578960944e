//! Giving readers what is past their positions.

use super::{Group, Key, Kind, Reader, Readers, address};
use crate::{
    hub::{Change, Feed, Gone, line::Line},
    metrics::Sent,
};
use std::sync::Arc;

/// How many readers are served before control traffic gets its turn.
const STEP: usize = 256;

/// Where a walk over a group stands. It goes backwards: a reader that leaves is replaced by the last one, and one that
/// comes is put last, so that each who was there when the walk began is met.
pub(in crate::hub) struct Walk {
    feed: usize,
    left: usize,
}

impl Readers {
    /// Begins a walk over the readers of a feed.
    pub(in crate::hub) fn walk(&self, feed: &Arc<Feed>) -> Walk {
        feed.answer_ring(self.bell.bit());
        let feed = address(feed);
        Walk { feed, left: self.group(feed).map_or(0, |group| group.slots.len()) }
    }

    /// Serves the next readers of a walk; false when it is done.
    pub(in crate::hub) fn step(&mut self, walk: &mut Walk) -> bool {
        self.wheel.tick();
        for _ in 0..STEP {
            let length = self.group(walk.feed).map_or(0, |group| group.slots.len());
            walk.left = walk.left.min(length);
            if walk.left == 0 {
                self.by_feed.get(&walk.feed).into_iter().for_each(|group| self.groups[*group].chunks.forget());
                self.count();
                return false;
            }
            walk.left -= 1;
            let slot = self.groups[self.by_feed[&walk.feed]].slots[walk.left];
            self.serve(slot);
        }
        true
    }

    /// Gives one reader what is past its position.
    pub(super) fn serve(&mut self, slot: u32) {
        let Some(reader) = self.readers.get_mut(slot as usize) else { return };
        let Group { feed, chunks, .. } = &mut self.groups[reader.group];
        let now = self.wheel.now();
        match &mut reader.kind {
            Kind::Held(held) if feed.has_news(held.position) => {
                let key = Key { slot, serial: reader.serial };
                self.wake(key, Change::News);
            }
            Kind::Held(_) => {}
            Kind::Poller(poller) => {
                let sent = poller.pull(feed, chunks, self.draining, now, &self.metrics.readers);
                self.gave(slot, sent);
            }
            Kind::Stream(stream) => {
                let sent = stream.pull(feed, chunks, now);
                self.gave(slot, sent);
            }
        }
    }

    /// Counts what a reader was given, and how far it is behind if it takes no more.
    pub(super) fn gave(&mut self, slot: u32, sent: Result<Sent, Gone>) {
        self.sent += *sent.as_ref().unwrap_or(&Sent::default());
        let Reader { kind, group, .. } = &self.readers[slot as usize];
        if kind.line().is_some_and(Line::is_blocked) {
            self.metrics.lag.observe(self.groups[*group].feed.behind(kind.position()) as f64);
        }
        self.settle(slot, sent.map(drop));
    }
}
