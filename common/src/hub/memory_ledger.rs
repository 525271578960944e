//! How many bytes of messages the logs of a hub hold together. When that is too much, the log that holds most gives.

use super::{Channel, channel::SizeChange};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

/// A feed by the size under which it is listed, and its address.
type Sizes = BTreeMap<(usize, usize), Arc<Channel>>;

pub(super) struct MemoryLedger {
    /// The most bytes.
    total: usize,
    held: AtomicUsize,
    /// Every feed that holds something, listed under about its size: see [`Channel::is_listed_well`].
    sizes: Mutex<Sizes>,
}

impl MemoryLedger {
    pub(super) fn new(total: usize) -> Self {
        Self {
            total,
            held: AtomicUsize::new(0),
            sizes: Mutex::default(),
        }
    }

    /// The bytes of all logs.
    pub(super) fn held(&self) -> usize {
        self.held.load(Relaxed)
    }

    /// Takes note of a change. If there is too much then, the largest logs give their oldest messages; this feed keeps its
    /// newest one.
    pub(super) fn note(&self, feed: &Arc<Channel>, change: SizeChange) {
        if change.is_none() {
            return;
        }
        self.count(change);
        if !feed.is_listed_well() {
            list(&mut self.sizes(), feed);
        }
        if self.held() > self.total {
            self.shrink(feed);
        }
    }

    /// The feed's channel is forgotten.
    pub(super) fn strike(&self, feed: &Arc<Channel>) {
        let mut sizes = self.sizes();
        self.count(feed.shrink(usize::MAX, 0));
        list(&mut sizes, feed);
    }

    fn shrink(&self, newest: &Arc<Channel>) {
        let mut spared = None;
        while let Some(excess @ 1..) = self.held().checked_sub(self.total) {
            let Some(feed) = self.largest(spared) else {
                return;
            };
            let kept = usize::from(Arc::ptr_eq(&feed, newest));
            let change = feed.shrink(excess, kept);
            self.count(change);
            if change.is_none() {
                spared = Some(newest);
            }
        }
    }

    fn largest(&self, spared: Option<&Arc<Channel>>) -> Option<Arc<Channel>> {
        let mut sizes = self.sizes();
        let is_spared =
            |feed: &Arc<Channel>| spared.is_some_and(|spared| Arc::ptr_eq(spared, feed));
        loop {
            let (listed, feed) = sizes.iter().rev().find(|(_, feed)| !is_spared(feed))?;
            if listed.0 == feed.bytes() {
                return Some(feed.clone());
            }
            let feed = feed.clone();
            list(&mut sizes, &feed);
        }
    }

    fn count(&self, SizeChange { before, after }: SizeChange) {
        self.held.fetch_add(after.wrapping_sub(before), Relaxed);
    }

    fn sizes(&self) -> MutexGuard<'_, Sizes> {
        self.sizes.lock().expect("no panic while listing")
    }
}

/// Lists a feed under its size of this moment.
fn list(sizes: &mut Sizes, feed: &Arc<Channel>) {
    let (bytes, address) = (feed.bytes(), Arc::as_ptr(feed).addr());
    sizes.remove(&(feed.list_under(bytes), address));
    if bytes > 0 {
        sizes.insert((bytes, address), feed.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        history::{History, Retention},
        message::{ChannelName, Message, MessageId},
    };
    use proptest::prelude::*;

    const RETENTION: Retention = Retention {
        messages: 1000,
        bytes: usize::MAX,
        age: u64::MAX,
    };

    fn feed() -> Arc<Channel> {
        Channel::new(
            ChannelName::main(),
            History::new(
                MessageId {
                    epoch: 7,
                    offset: 0,
                },
                RETENTION,
            ),
            true,
            None,
        )
        .into()
    }

    fn publish(ledger: &MemoryLedger, feed: &Arc<Channel>, size: usize) {
        let message = Message::new(
            feed.latest().next(),
            &ChannelName::main(),
            &"1".repeat(size),
            0,
        );
        ledger.note(feed, feed.append(message).unwrap());
    }

    fn bytes(feeds: &[Arc<Channel>]) -> Vec<usize> {
        feeds.iter().map(|feed| feed.bytes()).collect()
    }

    #[test]
    fn the_largest_gives_and_the_small_keep_all() {
        let (ledger, feeds) = (MemoryLedger::new(100_000), [feed(), feed(), feed()]);
        (0..20).for_each(|_| publish(&ledger, &feeds[0], 100));
        let small = feeds[0].bytes();
        for _ in 0..200 {
            publish(&ledger, &feeds[1], 1000);
        }
        for _ in 0..200 {
            publish(&ledger, &feeds[2], 1000);
        }
        let [first, second, third] = bytes(&feeds)[..] else {
            panic!("three")
        };
        assert_eq!(first, small);
        assert!(
            second.min(third) > 35_000,
            "{second} and {third} share what is left"
        );
        assert!(
            (98_000..=100_000).contains(&ledger.held()),
            "{}",
            ledger.held()
        );
    }

    #[test]
    fn the_newest_message_is_kept_whatever_its_size() {
        let (ledger, feeds) = (MemoryLedger::new(1000), [feed(), feed()]);
        publish(&ledger, &feeds[0], 100);
        publish(&ledger, &feeds[1], 5000);
        assert_eq!((feeds[0].bytes(), feeds[1].bytes()), (0, ledger.held()));
        publish(&ledger, &feeds[0], 100);
        assert_eq!(
            (feeds[0].bytes(), feeds[1].bytes()),
            (ledger.held(), 0),
            "another's does not last"
        );
    }

    proptest! {
        #[test]
        fn what_is_held_is_what_the_feeds_hold_and_not_too_much(
            steps in prop::collection::vec((0..4_usize, 1..3000_usize, 0..8_u8), 1..200)
        ) {
            let (ledger, feeds) = (MemoryLedger::new(20_000), [feed(), feed(), feed(), feed()]);
            for (at, size, kind) in steps {
                match kind {
                    0 => ledger.strike(&feeds[at]),
                    1 => ledger.note(&feeds[at], feeds[at].shrink(size, 0)),
                    _ => publish(&ledger, &feeds[at], size),
                }
                prop_assert_eq!(ledger.held(), bytes(&feeds).iter().sum::<usize>());
                prop_assert!(ledger.held() <= 20_000);
                let holding = bytes(&feeds).iter().filter(|bytes| **bytes > 0).count();
                prop_assert_eq!(ledger.sizes().len(), holding);
            }
        }
    }
}
