//! One channel of a hub: its log behind a lock, and a bit for each worker thread that reads it.

use super::lease::ReleasedChannels;
use crate::{
    history::{History, HistoryRead, OutOfSequence, Resume},
    message::{ChannelName, Cursor, Message, MessageId},
};
use std::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};

/// A size that is not worth listing anew, in bytes.
const FEW: usize = 1024;

/// One channel of a hub.
///
/// The atomics are `SeqCst` because two of them together decide whether a reader may sleep: it says that it reads and then
/// looks for a message; a delivery appends and then looks for readers. Whichever comes second must see the first.
pub struct Channel {
    channel: ChannelName,
    log: Mutex<History>,
    /// The newest id, so that a walk over readers that are up to date takes no lock.
    epoch: AtomicU64,
    offset: AtomicU64,
    /// A bit for each worker that has readers of this channel.
    read_on: AtomicU64,
    /// A bit for each worker that was rung and has not come yet.
    rung: AtomicU64,
    /// How many bytes the log holds, and under which size the hub lists it.
    bytes: AtomicUsize,
    listed: AtomicUsize,
    leases: AtomicUsize,
    /// The end of the last lease was told, and not heard yet.
    told: AtomicBool,
    /// Its channel is one of the hub's.
    is_open: bool,
    /// Where the end of the last lease is told.
    departures: Option<Arc<ReleasedChannels>>,
}

/// By what a log's bytes have changed.
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
    /// A feed of this log, which may hold nothing yet.
    pub(super) fn new(
        channel: ChannelName,
        log: History,
        is_open: bool,
        departures: Option<Arc<ReleasedChannels>>,
    ) -> Self {
        let MessageId { epoch, offset } = log.latest();
        Self {
            channel,
            log: log.into(),
            epoch: epoch.into(),
            offset: offset.into(),
            read_on: AtomicU64::new(0),
            rung: AtomicU64::new(0),
            bytes: AtomicUsize::new(0),
            listed: AtomicUsize::new(0),
            leases: AtomicUsize::new(0),
            told: AtomicBool::new(false),
            is_open,
            departures,
        }
    }

    /// Whose messages these are.
    pub fn name(&self) -> &ChannelName {
        &self.channel
    }

    /// Where a reader with this cursor begins.
    pub fn resume(&self, after: Cursor) -> Resume {
        self.log().resume(after)
    }

    /// See [`History::read`].
    pub fn read(&self, cursor: MessageId, limit: usize, bytes: usize) -> HistoryRead {
        self.log().read(cursor, limit, bytes)
    }

    /// Every message that the log holds.
    pub(crate) fn messages(&self) -> Vec<Message> {
        let log = self.log();
        match log.read(log.oldest().previous(), usize::MAX, usize::MAX) {
            HistoryRead::Messages(messages) => messages,
            _ => Vec::new(),
        }
    }

    /// The id of the newest message.
    pub fn latest(&self) -> MessageId {
        self.log().latest()
    }

    pub(super) fn append(&self, message: Message) -> Result<SizeChange, OutOfSequence> {
        let (result, change) = self.change(|log| {
            log.append(message)?;
            self.offset.store(log.latest().offset, Ordering::SeqCst);
            Ok(())
        });
        result.map(|()| change)
    }

    /// See [`History::restart`].
    pub(super) fn restart(&self, latest: MessageId, backlog: Vec<Message>) -> SizeChange {
        let ((), change) = self.change(|log| {
            log.restart(latest, backlog);
            self.epoch.store(latest.epoch, Ordering::SeqCst);
            self.offset.store(latest.offset, Ordering::SeqCst);
        });
        change
    }

    /// The newest offset.
    pub(super) fn offset(&self) -> u64 {
        self.offset.load(Ordering::SeqCst)
    }

    /// How many messages a reader at this cursor has yet to get.
    pub(super) fn behind(&self, cursor: MessageId) -> u64 {
        self.offset
            .load(Ordering::SeqCst)
            .saturating_sub(cursor.offset)
    }

    /// See [`History::trim`].
    pub(super) fn trim(&self, now: u64) -> SizeChange {
        self.change(|log| log.trim(now)).1
    }

    /// See [`History::give`].
    pub(super) fn shrink(&self, bytes: usize, kept: usize) -> SizeChange {
        self.change(|log| log.shrink(bytes, kept)).1
    }

    fn change<T>(&self, act: impl FnOnce(&mut History) -> T) -> (T, SizeChange) {
        let mut log = self.log();
        let before = log.bytes();
        let result = act(&mut log);
        let after = log.bytes();
        self.bytes.store(after, Ordering::Relaxed);
        (result, SizeChange { before, after })
    }

    /// How many bytes of messages the log holds.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Whether its size is about the one under which it is listed; so most publications leave the list alone.
    pub(super) fn is_listed_well(&self) -> bool {
        let (bytes, listed) = (self.bytes(), self.listed.load(Ordering::Relaxed));
        let most = |size: usize| size + size / 4 + FEW;
        (bytes == 0) == (listed == 0) && bytes <= most(listed) && listed <= most(bytes)
    }

    /// From now on it is listed under this size; gives the one before.
    pub(super) fn list_under(&self, bytes: usize) -> usize {
        self.listed.swap(bytes, Ordering::Relaxed)
    }

    /// Whether what is published comes here; not to the feed of a channel that is not there.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    pub(super) fn lend(&self) {
        self.leases.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn take_back(self: &Arc<Self>) {
        let was_last = self.leases.fetch_sub(1, Ordering::SeqCst) == 1;
        if was_last
            && let Some(departures) = &self.departures
            && !self.told.swap(true, Ordering::SeqCst)
        {
            departures.tell(self.clone());
        }
    }

    /// Whoever hears of the departure looks for leases after this, so that no later departure is missed.
    pub(super) fn departure_is_heard(&self) {
        self.told.store(false, Ordering::SeqCst);
    }

    /// Whether a reader at this cursor has something to get: messages, or a reset. Between two halves of a new id the
    /// answer may be wrong, which harms nobody: whoever stored them rings next.
    pub fn has_news(&self, cursor: MessageId) -> bool {
        cursor.offset != self.offset.load(Ordering::SeqCst)
            || cursor.epoch != self.epoch.load(Ordering::SeqCst)
    }

    pub(super) fn is_read_on(&self, worker: u64) -> bool {
        self.read_on.load(Ordering::SeqCst) & worker != 0
    }

    /// Whether anybody reads this channel or is about to.
    pub fn is_leased(&self) -> bool {
        self.leases.load(Ordering::SeqCst) > 0
    }

    pub(super) fn set_read_on(&self, worker: u64, read: bool) {
        match read {
            true => self.read_on.fetch_or(worker, Ordering::SeqCst),
            false => self.read_on.fetch_and(!worker, Ordering::SeqCst),
        };
    }

    /// Notes that a worker is to come; true if it was not noted already.
    pub(super) fn ring(&self, worker: u64) -> bool {
        self.rung.fetch_or(worker, Ordering::SeqCst) & worker == 0
    }

    /// Notes that the worker is here: whatever is appended from now on rings again.
    pub(super) fn acknowledge(&self, worker: u64) {
        self.rung.fetch_and(!worker, Ordering::SeqCst);
    }

    fn log(&self) -> MutexGuard<'_, History> {
        self.log.lock().expect("no panic while appending")
    }
}
