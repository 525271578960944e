//! What this process has published, for the memory limit of all channels.
//!
//! Publishing touches the keys of one channel only. So each process collects the sizes of the
//! channels that it publishes to, and records them in Redis a moment later.

use common::message::ChannelName;
use parking_lot::Mutex;
use std::{collections::HashMap, mem};
use tokio::sync::Notify;

/// After this many published bytes a round begins at once.
const ROUND_BYTES: usize = 1024 * 1024;
/// The memory of a channel beside its messages, in bytes: mostly the first node of its stream.
const CHANNEL_BYTES: usize = 5 * 1024;

/// A channel and the memory that it takes, in bytes: 0 if its messages were forgotten, `None` to
/// report that it is read.
pub(super) type UsageEntry = (ChannelName, Option<u64>);

/// What this process has published and not recorded.
#[derive(Default)]
pub(super) struct MemoryUsage {
    published: Mutex<Published>,
    round_due: Notify,
}

#[derive(Default)]
struct Published {
    /// The number of each channel's last message, and its size.
    sizes: HashMap<ChannelName, (u64, u64)>,
    messages: u64,
    bytes: usize,
}

impl MemoryUsage {
    /// Adds a message of `bytes`, after which its channel takes `size` bytes.
    pub(super) fn add(&self, channel: ChannelName, bytes: usize, size: u64) {
        let mut published = self.published.lock();
        published.messages += 1;
        let number = published.messages;
        published.sizes.insert(channel, (number, size));
        published.bytes += bytes + CHANNEL_BYTES;
        if published.bytes >= ROUND_BYTES {
            self.round_due.notify_one();
        }
    }

    /// Waits until so much was published that it has to be recorded at once.
    pub(super) async fn round_due(&self) {
        self.round_due.notified().await;
    }

    /// Takes what was published, the least recently used channel first.
    pub(super) fn take(&self) -> Vec<UsageEntry> {
        let published = mem::take(&mut *self.published.lock());
        let mut sizes: Vec<_> = published.sizes.into_iter().collect();
        sizes.sort_unstable_by_key(|(_, (number, _))| *number);
        sizes
            .into_iter()
            .map(|(channel, (_, size))| (channel, Some(size)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_taken_in_the_order_of_their_last_messages() {
        let usage = MemoryUsage::default();
        let channel = |name: &str| ChannelName::parse(name).unwrap();
        for (size, name) in (1..).zip(["b", "c", "a", "b"]) {
            usage.add(channel(name), 1, size);
        }
        let expected =
            [("c", 2), ("a", 3), ("b", 4)].map(|(name, size)| (channel(name), Some(size)));
        assert_eq!(usage.take(), expected);
        assert!(usage.take().is_empty());
    }
}
