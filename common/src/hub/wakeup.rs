//! How a worker thread is woken, from other threads and from its own sockets.

use super::Channel;
use std::{
    mem,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    task::{Wake, Waker},
    time::Instant,
};
use tokio::sync::Notify;

/// The most worker threads of one service: each has a bit in a feed.
pub(crate) const MAX_WORKERS: usize = 64;

/// One worker's bell, and what it was rung for.
pub(super) struct Wakeup {
    number: usize,
    notify: Notify,
    /// With the time of the first message since the last walk.
    feeds: Mutex<Vec<(Arc<Channel>, Instant)>>,
    slots: Mutex<Vec<u32>>,
    /// How often the worker has looked what there is to do.
    turns: AtomicU64,
}

impl Wakeup {
    pub(super) fn new(number: usize) -> Self {
        assert!(number < MAX_WORKERS, "at most {MAX_WORKERS} workers");
        Self {
            number,
            notify: Notify::new(),
            feeds: Mutex::default(),
            slots: Mutex::default(),
            turns: AtomicU64::new(0),
        }
    }

    /// Counts from 0 in each service.
    pub(super) fn number(&self) -> usize {
        self.number
    }

    pub(super) fn bit(&self) -> u64 {
        1 << self.number
    }

    /// A feed has something new.
    pub(super) fn ring(&self, feed: &Arc<Channel>) {
        if feed.ring(self.bit()) {
            self.feeds
                .lock()
                .expect("no panic while ringing")
                .push((feed.clone(), Instant::now()));
            self.notify.notify_one();
        }
    }

    /// Something changed that the worker finds by itself: a timer, a drain.
    pub(super) fn notify_shard(&self) {
        self.notify.notify_one();
    }

    /// A waker for the socket in this slot: it rings this bell and leaves the slot's number.
    pub(super) fn waker(self: &Arc<Self>, slot: u32) -> Waker {
        Waker::from(Arc::new(SlotWaker {
            slot,
            wakeup: self.clone(),
        }))
    }

    pub(super) async fn rung(&self) {
        self.notify.notified().await;
    }

    /// The worker looks what there is to do.
    pub(super) fn note_turn(&self) {
        self.turns.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it has.
    pub(super) fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    pub(super) fn take_feeds(&self) -> Vec<(Arc<Channel>, Instant)> {
        mem::take(&mut self.feeds.lock().expect("no panic while ringing"))
    }

    /// Whether a feed got something new since they were taken.
    pub(super) fn has_feeds(&self) -> bool {
        !self
            .feeds
            .lock()
            .expect("no panic while ringing")
            .is_empty()
    }

    pub(super) fn take_slots(&self) -> Vec<u32> {
        mem::take(&mut self.slots.lock().expect("no panic while ringing"))
    }
}

struct SlotWaker {
    slot: u32,
    wakeup: Arc<Wakeup>,
}

impl Wake for SlotWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wakeup
            .slots
            .lock()
            .expect("no panic while ringing")
            .push(self.slot);
        self.wakeup.notify.notify_one();
    }
}
