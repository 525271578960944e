//! One channel of a hub: its log behind a lock, and a bit for each worker thread that reads it.

use crate::{
    log::{Gap, Log, Read, Start},
    message::{After, Channel, Id, Message},
};
use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicU64, Ordering},
};

/// One channel of a hub.
///
/// The atomics are `SeqCst` because two of them together decide whether a reader may sleep: it says that it reads and then
/// looks for a message; a delivery appends and then looks for readers. Whichever comes second must see the first.
pub struct Feed {
    channel: Channel,
    log: Mutex<Log>,
    /// The newest id, so that a walk over readers that are up to date takes no lock.
    epoch: AtomicU64,
    offset: AtomicU64,
    /// A bit for each worker that has readers of this channel.
    read_on: AtomicU64,
    /// A bit for each worker that was rung and has not come yet.
    rung: AtomicU64,
}

impl Feed {
    pub(super) fn new(channel: Channel, log: Log) -> Self {
        let Id { epoch, offset } = log.head();
        let (epoch, offset) = (epoch.into(), offset.into());
        Self { channel, log: log.into(), epoch, offset, read_on: AtomicU64::new(0), rung: AtomicU64::new(0) }
    }

    /// Whose messages these are.
    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    /// Where a reader with this cursor begins.
    pub fn start(&self, after: After) -> Start {
        self.log().start(after)
    }

    /// See [`Log::read`].
    pub fn read(&self, position: Id, limit: usize, bytes: usize) -> Read {
        self.log().read(position, limit, bytes)
    }

    /// Every message that the log holds.
    pub(crate) fn held(&self) -> Vec<Message> {
        let log = self.log();
        match log.read(log.oldest().previous(), usize::MAX, usize::MAX) {
            Read::Messages(messages) => messages,
            _ => Vec::new(),
        }
    }

    /// The id of the newest message.
    pub fn head(&self) -> Id {
        self.log().head()
    }

    pub(super) fn append(&self, message: Message) -> Result<(), Gap> {
        let mut log = self.log();
        log.append(message)?;
        self.offset.store(log.head().offset, Ordering::SeqCst);
        Ok(())
    }

    /// See [`Log::restart`].
    pub(super) fn restart(&self, head: Id, backlog: Vec<Message>) {
        let mut log = self.log();
        log.restart(head, backlog);
        self.epoch.store(head.epoch, Ordering::SeqCst);
        self.offset.store(head.offset, Ordering::SeqCst);
    }

    /// The newest offset.
    pub(super) fn offset(&self) -> u64 {
        self.offset.load(Ordering::SeqCst)
    }

    /// How many messages a reader at this position has yet to get.
    pub(super) fn behind(&self, position: Id) -> u64 {
        self.offset.load(Ordering::SeqCst).saturating_sub(position.offset)
    }

    /// From now on the log holds at most this many bytes.
    pub(super) fn set_share(&self, share: usize) {
        self.log().set_share(share);
    }

    /// See [`Log::trim`]; says how many bytes are left.
    pub(super) fn trim(&self, now: u64, share: usize) -> usize {
        let mut log = self.log();
        log.set_share(share);
        log.trim(now);
        log.bytes()
    }

    /// Whether a reader at this position has something to get: messages, or a reset. Between two halves of a new id the
    /// answer may be wrong, which harms nobody: whoever stored them rings next.
    pub fn has_news(&self, position: Id) -> bool {
        position.offset != self.offset.load(Ordering::SeqCst) || position.epoch != self.epoch.load(Ordering::SeqCst)
    }

    pub(super) fn is_read_on(&self, worker: u64) -> bool {
        self.read_on.load(Ordering::SeqCst) & worker != 0
    }

    /// Whether any worker has readers of this channel.
    pub fn is_read(&self) -> bool {
        self.read_on.load(Ordering::SeqCst) != 0
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
    pub(super) fn answer_ring(&self, worker: u64) {
        self.rung.fetch_and(!worker, Ordering::SeqCst);
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().expect("no panic while appending")
    }
}
