//! Wakes shards: for news in a channel, for a timer, for a drain.

use crate::channels::Channel;
use parking_lot::Mutex;
use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{sync::Notify, time::sleep};

/// The most worker threads of a service: each has a bit in every channel.
pub const MAX_WORKERS: usize = 64;
/// The pause between two checks whether the shards have had a turn.
const TURN_CHECK_INTERVAL: Duration = Duration::from_millis(10);

/// The wakeups of all shards of a hub.
#[derive(Default)]
pub(super) struct Wakeups(Mutex<Vec<Arc<Wakeup>>>);

impl Wakeups {
    /// Adds the wakeup of one more shard, with the next number.
    pub(super) fn add(&self) -> Arc<Wakeup> {
        let mut wakeups = self.0.lock();
        let wakeup = Arc::new(Wakeup::new(wakeups.len()));
        wakeups.push(wakeup.clone());
        wakeup
    }

    /// Notifies the shards with subscribers of a channel.
    pub(super) fn notify_subscribed(&self, channel: &Arc<Channel>) {
        for wakeup in self.0.lock().iter() {
            if channel.signals.is_subscribed(wakeup.bit()) {
                wakeup.push_channel(channel);
            }
        }
    }

    pub(super) fn wake_all(&self) {
        self.0.lock().iter().for_each(|wakeup| wakeup.wake());
    }

    /// Waits until every shard has had another turn.
    pub(super) async fn next_turn(&self) {
        let turn_of = |wakeup: &Arc<Wakeup>| (wakeup.clone(), wakeup.turns());
        let mut pending: Vec<_> = self.0.lock().iter().map(turn_of).collect();
        self.wake_all();
        while !pending.is_empty() {
            sleep(TURN_CHECK_INTERVAL).await;
            pending.retain(|(wakeup, turns)| wakeup.turns() == *turns);
        }
    }
}

/// Wakes one shard, also from other threads, and records what for.
pub(crate) struct Wakeup {
    /// The shard's number, from 0 in each service.
    pub(crate) number: usize,
    signal: Notify,
    /// Channels with news, and the time of the first message since their last fan-out.
    channels: Mutex<Vec<(Arc<Channel>, Instant)>>,
    /// How many turns the shard has had.
    turns: AtomicU64,
}

impl Wakeup {
    fn new(number: usize) -> Self {
        assert!(number < MAX_WORKERS, "at most {MAX_WORKERS} workers");
        Self {
            number,
            signal: Notify::new(),
            channels: Mutex::default(),
            turns: AtomicU64::new(0),
        }
    }

    /// Returns the shard's bit in every channel.
    pub(crate) fn bit(&self) -> u64 {
        1 << self.number
    }

    fn push_channel(&self, channel: &Arc<Channel>) {
        if channel.signals.set_notified(self.bit()) {
            self.channels.lock().push((channel.clone(), Instant::now()));
            self.wake();
        }
    }

    /// Wakes the shard for something that it finds by itself: a timer, a drain.
    pub(crate) fn wake(&self) {
        self.signal.notify_one();
    }

    /// Waits until the shard is woken.
    pub(crate) async fn woken(&self) {
        self.signal.notified().await;
    }

    pub(crate) fn record_turn(&self) {
        self.turns.fetch_add(1, Ordering::Relaxed);
    }

    fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    pub(crate) fn take_channels(&self) -> Vec<(Arc<Channel>, Instant)> {
        mem::take(&mut self.channels.lock())
    }

    pub(crate) fn has_channels(&self) -> bool {
        !self.channels.lock().is_empty()
    }
}
