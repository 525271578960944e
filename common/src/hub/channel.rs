//! One channel of a hub: its history, the shards that subscribe to it, and its leases.

use super::{
    channel_signals::ChannelSignals,
    lease::{Leases, ReleasedChannels},
    memory_ledger::{HistorySize, SizeChange},
};
use crate::{
    history::{History, HistoryRead, OutOfSequence, Resume},
    message::{ChannelName, Cursor, Message, MessageId},
};
use parking_lot::Mutex;
use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;

/// One channel of a hub.
pub struct Channel {
    name: ChannelName,
    history: Mutex<History>,
    /// The latest id and the notification bits of each shard, readable without the lock.
    pub(super) signals: ChannelSignals,
    pub(super) leases: Leases,
    /// Wakes [`Channel::changed_from`]. Created by the first wait: most channels never have one.
    waiters: OnceLock<Box<Notify>>,
    pub(super) size: HistorySize,
    is_open: bool,
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
            signals: ChannelSignals::new(latest.epoch, latest.offset),
            leases: Leases::new(released),
            waiters: OnceLock::new(),
            size: HistorySize::default(),
            is_open: true,
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
        self.signals.has_news(cursor.epoch, cursor.offset)
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
        self.signals.offset().saturating_sub(cursor.offset)
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
        self.size.set(after);
        let latest = history.latest();
        if latest != latest_before {
            self.signals.set_latest(latest.epoch, latest.offset);
        }
        (result, SizeChange { before, after })
    }

    /// Wakes every [`Channel::changed_from`].
    pub(super) fn notify_waiters(&self) {
        if let Some(waiters) = self.waiters.get() {
            waiters.notify_waiters();
        }
    }

    /// Returns whether there is a lease.
    pub(super) fn is_leased(&self) -> bool {
        !self.leases.is_empty()
    }
}
