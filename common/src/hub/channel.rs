//! One channel of a hub: its history, the shards that subscribe to it, and its leases.

use super::shard_bits::ShardBits;
use crate::{
    history::{History, HistoryRead, OutOfSequence, Resume},
    message::{ChannelName, Cursor, Message, MessageId},
};
use parking_lot::Mutex;
use std::{
    collections::VecDeque,
    ops::Deref,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tokio::sync::Notify;

/// A size below which the memory ledger does not keep a channel's entry exact, in bytes.
const SMALL: usize = 1024;

/// One channel of a hub.
pub struct Channel {
    name: ChannelName,
    history: Mutex<History>,
    /// Mirrors the latest id, so that a fan-out over up-to-date subscribers takes no lock.
    shards: ShardBits,
    /// Wakes [`Channel::changed_from`]. Created by the first wait: most channels never have one.
    waiters: OnceLock<Box<Notify>>,
    /// The size of the history, in bytes.
    bytes: AtomicUsize,
    /// The size under which the memory ledger lists this channel.
    listed_bytes: AtomicUsize,
    leases: AtomicUsize,
    /// Whether the channel is in `released` and has not been taken yet.
    is_reported: AtomicBool,
    is_open: bool,
    released: Option<Arc<ReleasedChannels>>,
}

/// The bytes of a history before and after an operation.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub(super) struct SizeChange {
    pub(super) before: usize,
    pub(super) after: usize,
}

impl SizeChange {
    pub(super) fn is_none(self) -> bool {
        self.before == self.after
    }
}

impl Channel {
    /// Creates an open channel, which reports to `released` when its last lease ends.
    pub(super) fn new(
        name: ChannelName,
        history: History,
        released: Option<Arc<ReleasedChannels>>,
    ) -> Self {
        let latest = history.latest();
        Self {
            name,
            history: history.into(),
            shards: ShardBits::new(latest.epoch, latest.offset),
            waiters: OnceLock::new(),
            bytes: AtomicUsize::new(0),
            listed_bytes: AtomicUsize::new(0),
            leases: AtomicUsize::new(0),
            is_reported: AtomicBool::new(false),
            is_open: true,
            released,
        }
    }

    /// Creates a channel that is not in any hub: it never gets a message.
    pub(super) fn absent(name: ChannelName, history: History) -> Self {
        Self {
            is_open: false,
            ..Self::new(name, history, None)
        }
    }

    /// Returns the channel's name.
    pub fn name(&self) -> &ChannelName {
        &self.name
    }

    /// Returns whether published messages arrive here. They do not in [`Hub::absent_channel`].
    ///
    /// [`Hub::absent_channel`]: super::Hub::absent_channel
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Returns the latest id.
    pub fn latest(&self) -> MessageId {
        self.history.lock().latest()
    }

    /// Returns where a subscriber with this cursor begins.
    pub fn resume(&self, cursor: Cursor) -> Resume {
        self.history.lock().resume(cursor)
    }

    /// Reads the messages after a cursor: see [`History::read`].
    pub fn read(&self, cursor: MessageId, limit: usize, bytes: usize) -> HistoryRead {
        self.history.lock().read(cursor, limit, bytes)
    }

    /// Returns all messages in the history.
    pub(crate) fn messages(&self) -> Vec<Message> {
        let history = self.history.lock();
        match history.read(history.oldest().previous(), usize::MAX, usize::MAX) {
            HistoryRead::Messages(messages) => messages,
            HistoryRead::CaughtUp | HistoryRead::Reset(_) => Vec::new(),
        }
    }

    /// Returns whether a subscriber with this cursor has something to get: messages, or a reset.
    pub fn has_news(&self, cursor: MessageId) -> bool {
        self.shards.has_news(cursor.epoch, cursor.offset)
    }

    /// Waits until a subscriber with this cursor has something to get: messages, or a reset.
    pub async fn changed_from(&self, cursor: MessageId) {
        let waiters = self.waiters.get_or_init(Box::default);
        loop {
            // Created before the look at the history, whose lock orders this wait and a publisher:
            // either the latest id is seen here, or the publisher sees `waiters` and wakes it.
            let notified = waiters.notified();
            if self.latest() != cursor {
                return;
            }
            notified.await;
        }
    }

    /// Returns how many messages a subscriber with this cursor has yet to get.
    pub(super) fn messages_after(&self, cursor: MessageId) -> u64 {
        self.shards.offset().saturating_sub(cursor.offset)
    }

    /// Returns the latest offset.
    pub(super) fn latest_offset(&self) -> u64 {
        self.shards.offset()
    }

    /// Appends the next message: see [`History::append`].
    pub(super) fn append(&self, message: Message) -> Result<SizeChange, OutOfSequence> {
        let (result, change) = self.update(|history| history.append(message));
        result.map(|()| change)
    }

    /// Replaces the history: see [`History::restart`].
    pub(super) fn restart(&self, latest: MessageId, backlog: Vec<Message>) -> SizeChange {
        self.update(|history| history.restart(latest, backlog)).1
    }

    /// Removes old messages: see [`History::trim`].
    pub(super) fn trim(&self, now: u64) -> SizeChange {
        self.update(|history| history.trim(now)).1
    }

    /// Removes the oldest messages: see [`History::shrink`].
    pub(super) fn shrink(&self, bytes: usize, kept: usize) -> SizeChange {
        self.update(|history| history.shrink(bytes, kept)).1
    }

    fn update<T>(&self, operation: impl FnOnce(&mut History) -> T) -> (T, SizeChange) {
        let mut history = self.history.lock();
        let latest_before = history.latest();
        let before = history.bytes();
        let result = operation(&mut history);
        let after = history.bytes();
        self.bytes.store(after, Ordering::Relaxed);
        let latest = history.latest();
        if latest != latest_before {
            self.shards.set_latest(latest.epoch, latest.offset);
        }
        (result, SizeChange { before, after })
    }

    /// Returns whether this shard has subscribers of the channel.
    pub(super) fn is_subscribed_by(&self, shard: u64) -> bool {
        self.shards.is_subscribed(shard)
    }

    /// Records that this shard has subscribers, before they look for messages.
    pub(super) fn subscribe(&self, shard: u64) {
        self.shards.subscribe(shard);
    }

    /// Records that this shard has no subscribers any more.
    pub(super) fn unsubscribe(&self, shard: u64) {
        self.shards.unsubscribe(shard);
    }

    /// Records a notification. Returns whether the shard has to be woken for it.
    pub(super) fn notify(&self, shard: u64) -> bool {
        self.shards.notify(shard)
    }

    /// Records that the shard was woken: messages from now on notify it again.
    pub(super) fn acknowledge(&self, shard: u64) {
        self.shards.acknowledge(shard);
    }

    /// Wakes every [`Channel::changed_from`].
    pub(super) fn notify_waiters(&self) {
        if let Some(waiters) = self.waiters.get() {
            waiters.notify_waiters();
        }
    }

    /// Returns the size of the history, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Returns whether the memory ledger's entry is exact enough. Most publications need no update.
    pub(super) fn is_listed_well(&self) -> bool {
        let bytes = self.bytes();
        let listed = self.listed_bytes.load(Ordering::Relaxed);
        let most = |size: usize| size + size / 4 + SMALL;
        (bytes == 0) == (listed == 0) && bytes <= most(listed) && listed <= most(bytes)
    }

    /// Sets the size of the memory ledger's entry. Returns the one before.
    pub(super) fn set_listed_bytes(&self, bytes: usize) -> usize {
        self.listed_bytes.swap(bytes, Ordering::Relaxed)
    }

    /// Returns whether there is a lease.
    pub fn is_leased(&self) -> bool {
        self.leases.load(Ordering::SeqCst) > 0
    }

    fn begin_lease(&self) {
        self.leases.fetch_add(1, Ordering::SeqCst);
    }

    fn end_lease(self: &Arc<Self>) {
        let was_last = self.leases.fetch_sub(1, Ordering::SeqCst) == 1;
        if was_last
            && let Some(released) = &self.released
            && !self.is_reported.swap(true, Ordering::SeqCst)
        {
            released.push(self.clone());
        }
    }
}

/// A use of a channel, by a subscriber or a request: a broker keeps channels that are leased.
pub struct ChannelLease(Arc<Channel>);

impl From<Arc<Channel>> for ChannelLease {
    fn from(channel: Arc<Channel>) -> Self {
        channel.begin_lease();
        Self(channel)
    }
}

impl Clone for ChannelLease {
    fn clone(&self) -> Self {
        self.0.clone().into()
    }
}

impl Deref for ChannelLease {
    type Target = Arc<Channel>;

    fn deref(&self) -> &Arc<Channel> {
        &self.0
    }
}

impl Drop for ChannelLease {
    fn drop(&mut self) {
        self.0.end_lease();
    }
}

/// Channels whose last lease has ended, each once: from the shards to the broker.
#[derive(Default)]
pub(crate) struct ReleasedChannels(Mutex<VecDeque<Arc<Channel>>>);

impl ReleasedChannels {
    /// Removes the channel that was released first. It may have a lease again.
    pub(crate) fn take(&self) -> Option<Arc<Channel>> {
        let channel = self.0.lock().pop_front()?;
        // Before the broker looks for leases: a later release is reported again.
        channel.is_reported.store(false, Ordering::SeqCst);
        Some(channel)
    }

    fn push(&self, channel: Arc<Channel>) {
        self.0.lock().push_back(channel);
    }
}
