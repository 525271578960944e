//! Which load is next: a reload of all channels does not delay those that clients wait for.

use super::history_pages::HistoryPages;
use common::message::ChannelName;
use std::collections::VecDeque;
use tokio::sync::OwnedSemaphorePermit;

/// How many loads run at a time: of one history, or of the first pages of several channels.
pub(super) const CONCURRENT_LOADS: usize = 8;
/// The most channels whose first pages are loaded in one round trip.
pub(super) const BATCH: usize = 64;

/// Channels to load.
pub(super) struct Loads {
    pub(super) channels: Vec<ChannelName>,
    /// For a reload of many channels: dropped when these are loaded. The next ones wait for it.
    pub(super) turn: Option<OwnedSemaphorePermit>,
}

/// What is loaded at a time.
pub(super) enum Load {
    /// The first pages of channels.
    First(Vec<ChannelName>),
    /// All pages of channels, for a reload of many.
    Reload {
        channels: Vec<ChannelName>,
        turn: OwnedSemaphorePermit,
    },
    /// Further pages of one channel.
    Long(HistoryPages),
}

#[derive(Default)]
pub(super) struct LoadQueue {
    /// At most as many as there are turns.
    reloads: VecDeque<(Vec<ChannelName>, OwnedSemaphorePermit)>,
    long: VecDeque<HistoryPages>,
    channels: VecDeque<ChannelName>,
}

impl LoadQueue {
    pub(super) fn add(&mut self, Loads { channels, turn }: Loads) {
        match turn {
            Some(turn) => self.reloads.push_back((channels, turn)),
            None => self.channels.extend(channels),
        }
    }

    /// Adds histories of which the first page is loaded.
    pub(super) fn add_long(&mut self, long: Vec<HistoryPages>) {
        self.long.extend(long);
    }

    /// Takes what is to be loaded next. A reload is first, since it holds one place at most.
    pub(super) fn next(&mut self) -> Option<Load> {
        if let Some((channels, turn)) = self.reloads.pop_front() {
            return Some(Load::Reload { channels, turn });
        }
        if let Some(pages) = self.long.pop_front() {
            return Some(Load::Long(pages));
        }
        let count = self.channels.len().min(BATCH);
        (count > 0).then(|| Load::First(self.channels.drain(..count).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tokio::sync::Semaphore;

    #[test]
    fn channels_are_loaded_in_batches_and_a_reload_in_between() {
        let mut queue = LoadQueue::default();
        let channels = |count| vec![ChannelName::main(); count];
        let add = |queue: &mut LoadQueue, count, turn| {
            let channels = channels(count);
            queue.add(Loads { channels, turn });
        };
        add(&mut queue, BATCH, None);
        add(&mut queue, 1, None);
        let turns = Arc::new(Semaphore::new(1));
        let turn = turns.clone().try_acquire_owned().ok();
        add(&mut queue, 2, turn);
        let Some(Load::Reload { channels, turn }) = queue.next() else {
            panic!("a reload holds one place at most");
        };
        assert_eq!((channels.len(), turns.available_permits()), (2, 0));
        drop(turn);
        assert_eq!(turns.available_permits(), 1);
        let mut next = || match queue.next() {
            Some(Load::First(channels)) => channels.len(),
            _ => 0,
        };
        assert_eq!([next(), next(), next()], [BATCH, 1, 0]);
    }
}
