//! One channel of a hub: its history, the shards that subscribe to it, and its leases.

use super::{
    accept_order::AcceptOrder,
    channel_signals::ChannelSignals,
    expiry::Expiry,
    listed_size::{ListedSize, SizeChange},
    waiters::Waiters,
};
use crate::{
    history::{History, HistoryRead, Next, NextMessages, OutOfSequence, Resume},
    message::{ChannelName, Cursor, Message, MessageId},
};
use parking_lot::Mutex;
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

/// One channel of a hub.
pub struct Channel {
    name: ChannelName,
    pub(super) history: Mutex<History>,
    /// The latest id and the notification bits of each shard, readable without the lock.
    pub(crate) signals: ChannelSignals,
    pub(super) leases: Leases,
    waiters: Waiters,
    pub(super) listed_size: ListedSize,
    pub(super) expiry: Expiry,
    /// Whether the history has the end of the channel, for a look without its lock.
    has_ended: AtomicBool,
    is_open: bool,
}

impl Channel {
    /// Creates an open channel, which reports to `released` when its last lease ends.
    pub(crate) fn new(
        name: ChannelName,
        history: History,
        released: Option<Arc<ReleasedChannels>>,
    ) -> Self {
        let latest = history.latest();
        Self {
            name,
            history: history.into(),
            signals: ChannelSignals::new(latest.epoch, latest.offset),
            leases: Leases {
                count: AtomicU32::new(0),
                is_reported: AtomicBool::new(false),
                released,
            },
            waiters: Waiters::default(),
            listed_size: ListedSize::default(),
            expiry: Expiry::default(),
            has_ended: AtomicBool::new(false),
            is_open: true,
        }
    }

    /// Creates a channel that is not in any hub: it never gets a message.
    pub(crate) fn absent(name: ChannelName, history: History) -> Self {
        Self {
            is_open: false,
            ..Self::new(name, history, None)
        }
    }

    /// Returns the channel's name.
    pub fn name(&self) -> &ChannelName {
        &self.name
    }

    /// Returns whether published messages arrive here. They do not in the stand-in for a
    /// channel that is not open.
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

    /// Returns whether the channel has ended: its latest message is the end, and in the history.
    ///
    /// A caller that had the history's lock after the end was appended sees it.
    pub fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }

    /// Returns whether a subscriber with this cursor has everything up to the end of the channel.
    pub fn ends_at(&self, cursor: MessageId) -> bool {
        self.has_ended() && self.history.lock().ends_at(cursor)
    }

    /// Reads the messages after a cursor: see [`History::read`].
    pub fn read(&self, cursor: MessageId, limit: usize, bytes: usize) -> HistoryRead {
        self.history.lock().read(cursor, limit, bytes)
    }

    /// Reads what a client that begins here gets at once: see [`History::read_from`].
    pub fn read_from(&self, start: Resume, limit: usize, bytes: usize) -> NextMessages {
        self.history.lock().read_from(start, limit, bytes)
    }

    /// Returns what follows a cursor: see [`History::next_after`].
    pub(crate) fn next_after(&self, cursor: MessageId) -> Next {
        self.history.lock().next_after(cursor)
    }

    /// Returns all messages in the history.
    pub fn messages(&self) -> Vec<Message> {
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
        self.waiters.wait_while(|| self.latest() == cursor).await;
    }

    /// Wakes every [`Channel::changed_from`].
    pub(crate) fn notify_waiters(&self) {
        self.waiters.notify();
    }

    /// Returns how many messages a subscriber with this cursor has yet to get.
    pub(crate) fn messages_after(&self, cursor: MessageId) -> u64 {
        self.signals.offset().saturating_sub(cursor.offset)
    }

    /// Appends the next message: see [`History::append`].
    pub(crate) fn append(
        &self,
        message: Message,
        order: &AcceptOrder,
    ) -> Result<SizeChange, OutOfSequence> {
        let place_of = |message: &Message| order.append(message.time);
        let (result, change) = self.update(|history| history.append(message), place_of);
        result.map(|()| change)
    }

    /// Replaces the history: see [`History::restart`].
    pub(crate) fn restart(
        &self,
        latest: MessageId,
        backlog: Vec<Message>,
        order: &AcceptOrder,
    ) -> SizeChange {
        let place_of = |message: &Message| order.insert(message.time);
        self.update(|history| history.restart(latest, backlog), place_of)
            .1
    }

    /// Runs an operation that may change the latest id, and gives new messages their places.
    fn update<T>(
        &self,
        operation: impl FnOnce(&mut History) -> T,
        place_of: impl FnMut(&Message) -> u64,
    ) -> (T, SizeChange) {
        self.resize(|history| {
            let latest_before = history.latest();
            let result = operation(history);
            let latest = history.latest();
            if latest != latest_before {
                self.signals.set_latest(latest.epoch, latest.offset);
            }
            // After the signals, and before the lock ends: see `AcceptOrder`.
            history.place(place_of);
            result
        })
    }

    /// Runs an operation that may change the size of the history.
    pub(super) fn resize<T>(&self, operation: impl FnOnce(&mut History) -> T) -> (T, SizeChange) {
        let mut history = self.history.lock();
        let before = history.bytes();
        let result = operation(&mut history);
        let after = history.bytes();
        let has_ended = history.ends_at(history.latest());
        if has_ended != self.has_ended() {
            self.has_ended.store(has_ended, Ordering::Relaxed);
        }
        (result, SizeChange { before, after })
    }
}

/// How many leases a channel has, and where the end of the last one is reported.
pub(super) struct Leases {
    pub(super) count: AtomicU32,
    /// Whether the channel is in `released` and has not been taken yet.
    pub(super) is_reported: AtomicBool,
    pub(super) released: Option<Arc<ReleasedChannels>>,
}

/// Channels whose last lease has ended, each once: from the shards to the broker.
#[derive(Default)]
pub struct ReleasedChannels(pub(super) Mutex<VecDeque<Arc<Channel>>>);
