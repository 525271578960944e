//! One channel of a hub: its log behind a lock, and a bit for each worker thread that reads it.

use crate::{
    log::{Log, Read, Start},
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
    /// The newest offset, so that a walk over readers that are up to date takes no lock.
    head: AtomicU64,
    /// A bit for each worker that has readers of this channel.
    read_on: AtomicU64,
    /// A bit for each worker that was rung and has not come yet.
    rung: AtomicU64,
}

impl Feed {
    pub(super) fn new(channel: Channel, log: Log) -> Self {
        let head = AtomicU64::new(log.head().offset);
        Self { channel, log: log.into(), head, read_on: AtomicU64::new(0), rung: AtomicU64::new(0) }
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
    pub fn read(&self, next: u64, limit: usize, bytes: usize) -> Read {
        self.log().read(next, limit, bytes)
    }

    /// The id of the newest message.
    pub fn head(&self) -> Id {
        self.log().head()
    }

    /// The id before offset `next`: the cursor of a reader that has everything up to there.
    pub fn cursor(&self, next: u64) -> Id {
        Id { offset: next - 1, ..self.head() }
    }

    pub(super) fn append(&self, message: Message) {
        let offset = message.id.offset;
        let mut log = self.log();
        log.append(message);
        self.head.store(offset, Ordering::SeqCst);
    }

    /// How many messages a reader at offset `next` has yet to get.
    pub(super) fn behind(&self, next: u64) -> u64 {
        (self.head.load(Ordering::SeqCst) + 1).saturating_sub(next)
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

    pub(super) fn has(&self, next: u64) -> bool {
        self.head.load(Ordering::SeqCst) >= next
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
