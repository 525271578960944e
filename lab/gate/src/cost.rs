//! The cost of the gate itself: how late it delivers, and its CPU time. Every measurement through
//! the gate includes both.

use super::amounts::{bytes, micros};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};
use support::{histogram::Histogram, units::count};

/// The cost of a gate since it started.
#[derive(Clone, Debug, Default)]
pub struct Cost {
    /// CPU time of the gate's thread.
    pub cpu: Duration,
    /// Delivered segments: the bytes of one read, usually.
    pub chunks: u64,
    /// Delivered bytes.
    pub bytes: u64,
    /// How late segments were delivered. The time for which a receiver does not read is not
    /// included.
    pub late: Histogram,
}

impl Cost {
    pub(super) fn delivered(&mut self, late: Duration) {
        self.chunks += 1;
        self.late.record(late);
    }

    /// Adds the CPU time of the current thread, which must be the gate's.
    pub(super) fn with_cpu(&self) -> Self {
        Self {
            cpu: thread_cpu(),
            ..self.clone()
        }
    }

    /// Returns the cost since an earlier time.
    pub fn since(mut self, earlier: &Self) -> Self {
        self.late.subtract(&earlier.late);
        let cpu = self.cpu - earlier.cpu;
        Self {
            cpu,
            chunks: self.chunks - earlier.chunks,
            bytes: self.bytes - earlier.bytes,
            ..self
        }
    }

    /// Returns the figures that the API and the terminal show.
    pub(super) fn summary(&self) -> CostSummary {
        let cpu = self.cpu.as_secs_f64() * 1e6;
        let each = |amount: u64, unit: f64| (amount > 0).then(|| cpu * unit / amount as f64);
        CostSummary {
            chunks: self.chunks,
            bytes: self.bytes,
            cpu: self.cpu.as_micros() as u64,
            cpu_per_megabyte: each(self.bytes, 1e6),
            cpu_per_1000_chunks: each(self.chunks, 1e3),
            late: Percentiles::of(&self.late),
        }
    }
}

/// The figures of a cost. Times are in microseconds.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct CostSummary {
    chunks: u64,
    bytes: u64,
    cpu: u64,
    /// `None` before the first byte.
    cpu_per_megabyte: Option<f64>,
    cpu_per_1000_chunks: Option<f64>,
    /// How late segments were delivered.
    late: Percentiles,
}

/// Percentiles of times in microseconds.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Percentiles {
    p50: u64,
    p99: u64,
    max: u64,
}

impl Percentiles {
    pub(super) fn of(times: &Histogram) -> Self {
        let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| times.quantile(share));
        Self { p50, p99, max }
    }
}

impl fmt::Display for Percentiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p99, max] = [self.p50, self.p99, self.max].map(micros);
        write!(f, "p50 {p50}, p99 {p99}, at most {max}")
    }
}

impl fmt::Display for CostSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, {}; later than scheduled by {}; CPU {}",
            count(self.chunks, "chunk"),
            bytes(self.bytes),
            self.late,
            micros(self.cpu)
        )?;
        if let (Some(megabyte), Some(thousand)) = (self.cpu_per_megabyte, self.cpu_per_1000_chunks)
        {
            let [megabyte, thousand] = [megabyte, thousand].map(|cost| micros(cost as u64));
            write!(
                f,
                ", {megabyte} for a megabyte, {thousand} for 1,000 chunks"
            )?;
        }
        Ok(())
    }
}

fn thread_cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    )
}
