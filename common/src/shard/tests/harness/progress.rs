//! The clock of a shard, and what its subscribers were sent meanwhile.

use super::Harness;
use crate::timers::ticks;
use std::{sync::atomic::Ordering, time::Duration};

impl Harness {
    /// Advances the clock and fires timers, as a shard does.
    pub(in crate::shard::tests) fn advance(&mut self, time: Duration) {
        for _ in 0..ticks(time) {
            self.transport.now.fetch_add(1, Ordering::Relaxed);
            self.subscribers.fire_timers();
        }
    }

    /// Advances the clock without firing timers.
    pub(in crate::shard::tests) fn advance_silently(&self, time: Duration) {
        self.transport.now.fetch_add(ticks(time), Ordering::Relaxed);
    }

    /// Suspends the machine.
    pub(in crate::shard::tests) fn suspend(&self, time: Duration) {
        self.transport
            .wall_ahead
            .fetch_add(tenths(time), Ordering::Relaxed);
    }

    /// Sets the wall clock back.
    pub(in crate::shard::tests) fn set_back(&self, time: Duration) {
        self.transport
            .wall_ahead
            .fetch_sub(tenths(time), Ordering::Relaxed);
    }

    /// Returns when disconnected subscribers are to reconnect, from the start of the test.
    pub(in crate::shard::tests) fn reconnects(&self) -> Vec<Duration> {
        self.transport.reconnects.lock().clone()
    }

    /// Returns what was encoded, and when in tenths of a second: `m` for messages, `h` for a
    /// heartbeat, `d` for a disconnect, `r` for a reset, `e` for an empty response.
    pub(in crate::shard::tests) fn written(&self) -> Vec<(char, u32)> {
        self.transport.written.lock().clone()
    }

    /// Returns the letters of [`Harness::written`].
    pub(in crate::shard::tests) fn letters(&self) -> String {
        self.written().iter().map(|(letter, _)| letter).collect()
    }
}

fn tenths(time: Duration) -> i64 {
    i64::try_from(time.as_millis() / 100).expect("a time of a test")
}
