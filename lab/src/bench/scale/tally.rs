//! What a crowd says of itself: one line of JSON.

use crate::{histogram::Histogram, load::counters::Counters};
use serde::{Deserialize, Serialize};

/// What happened since the last one.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    /// Messages, once for each reader that got them.
    pub(super) received: u64,
    pub(super) duplicated: u64,
    pub(super) resets: u64,
    /// Connections that the server ended.
    pub(super) ended: u64,
    pub(super) latency: Histogram,
    /// CPU time of the crowd so far.
    pub(super) cpu_seconds: f64,
}

impl Tally {
    pub(super) fn of(counters: Counters, cpu_seconds: f64) -> Self {
        let Counters {
            received,
            duplicated,
            resets,
            ended,
            latency,
            ..
        } = counters;
        Self {
            received,
            duplicated,
            resets,
            ended,
            latency,
            cpu_seconds,
        }
    }

    /// Adds what another crowd says.
    pub(super) fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.duplicated += other.duplicated;
        self.resets += other.resets;
        self.ended += other.ended;
        self.cpu_seconds += other.cpu_seconds;
        self.latency.merge(&other.latency);
    }
}
