//! The report of a process with subscribers: one line of JSON.

use crate::load::counters::Counters;
use serde::{Deserialize, Serialize};
use support::histogram::Histogram;

/// Counts since the previous report.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Counts {
    /// Messages, once for each subscriber that received them.
    pub(super) received: u64,
    pub(super) duplicated: u64,
    pub(super) resets: u64,
    /// Connections that the server ended.
    pub(super) ended: u64,
    pub(super) latency: Histogram,
    /// CPU time of the process so far, in seconds.
    pub(super) cpu_seconds: f64,
}

impl Counts {
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

    /// Adds the counts of another report.
    pub(super) fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.duplicated += other.duplicated;
        self.resets += other.resets;
        self.ended += other.ended;
        self.cpu_seconds += other.cpu_seconds;
        self.latency.merge(&other.latency);
    }
}
