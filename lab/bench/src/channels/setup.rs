//! The services of a measurement, and the load on them.

use crate::load::{engine::Engine, publisher::Via, target::Target};
use anyhow::Result;
use client::Transport;
use servers::{
    keyspace::Keyspace,
    spawned::{Layout, SpawnedService},
};
use std::{ops::Range, time::Duration};

/// Size of a message's text in bytes.
const SIZE: usize = 100;
/// Bytes of histories that a channel may have, so that none is trimmed for others.
const HISTORY_BYTES: u64 = 16 * 1024;
/// The same for all channels together, at least.
const LEAST_HISTORY_BYTES: u64 = 1 << 28;

/// What all measurements of a run share.
pub(super) struct Setup {
    /// The table of its facts.
    pub(super) topic: String,
    /// One worker, with the broker that is measured.
    pub(super) layout: Layout,
    /// The broker.
    pub(super) url: String,
    /// Streams for each number of channels.
    pub(super) streams: usize,
    /// Length of the phase with messages.
    pub(super) time: Duration,
}

impl Setup {
    /// Starts a service with one worker that may have `channels` beside `main`, which keep their
    /// messages for this time.
    pub(super) fn start(&self, channels: u64, age: Duration) -> Result<SpawnedService> {
        let max_channels = (channels + 1).to_string();
        let age = format!("{}s", age.as_secs());
        let total = (channels * HISTORY_BYTES).max(LEAST_HISTORY_BYTES);
        let settings = [
            "--max-channels",
            &max_channels,
            "--new-channels",
            "0",
            "--history-age",
            &age,
            "--history-total",
            &total.to_string(),
        ];
        let keys = Keyspace::new(self.url.clone());
        let service = SpawnedService::start(self.layout, Transport::Sse, &keys, &settings)?;
        Ok(service)
    }
}

/// Returns a load whose streams and messages take the channels with these numbers in turn.
pub(super) fn load(service: &SpawnedService, channels: Range<u64>) -> Result<Engine> {
    let base = format!("http://{}", service.address);
    let mut target = Target::ours(Transport::Sse, &base, "bench")?;
    target.channels = Some(channels);
    Engine::of_publishers(target, SIZE, Via::Post)
}
