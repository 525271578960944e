//! The cost of the gate itself: how late it delivers, and its CPU time. Every measurement through
//! the gate includes both.

use super::amounts::{bytes, micros, time};
use rustix::time::{ClockId, clock_gettime};
use std::{fmt, time::Duration};
use support::{histogram::Histogram, units::count};

/// The cost of a gate since it started.
#[derive(Clone, Debug)]
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
    pub(super) fn new() -> Self {
        Self {
            cpu: Duration::ZERO,
            chunks: 0,
            bytes: 0,
            late: Histogram::default(),
        }
    }

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

    /// CPU time for each megabyte, in microseconds. `None` before the first byte.
    pub fn cpu_per_megabyte(&self) -> Option<f64> {
        (self.bytes > 0).then(|| self.cpu.as_secs_f64() * 1e12 / self.bytes as f64)
    }

    /// CPU time for each thousand segments, in microseconds. `None` before the first one.
    pub fn cpu_per_thousand(&self) -> Option<f64> {
        (self.chunks > 0).then(|| self.cpu.as_secs_f64() * 1e9 / self.chunks as f64)
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| micros(self.late.quantile(share)));
        write!(
            f,
            "delivered {}, {}; later than scheduled by p50 {p50}, p99 {p99}, at most {max}; CPU {}",
            count(self.chunks, "chunk"),
            bytes(self.bytes),
            time(self.cpu)
        )?;
        if let (Some(megabyte), Some(thousand)) = (self.cpu_per_megabyte(), self.cpu_per_thousand())
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
