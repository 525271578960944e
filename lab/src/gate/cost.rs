//! What the gate itself adds: how much later than scheduled it delivers, and what CPU time it takes. Both are in every
//! measurement that is made through it.

use crate::histogram::Histogram;
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// What was measured since the gate began.
#[derive(Clone, Debug)]
pub(crate) struct Cost {
    /// CPU time of the gate's thread.
    pub(crate) cpu: Duration,
    /// Chunks that were delivered: what was read at once, usually.
    pub(crate) chunks: u64,
    /// Bytes that were delivered.
    pub(crate) bytes: u64,
    /// By how much chunks were delivered later than scheduled. What a receiver did not take at once is not
    /// the gate's delay.
    pub(crate) late: Histogram,
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

    /// The same with the CPU time of the thread that asks, which is the gate's.
    pub(super) fn with_cpu(&self) -> Self {
        Self {
            cpu: thread_cpu(),
            ..self.clone()
        }
    }

    /// What came after an earlier moment.
    pub(crate) fn since(mut self, earlier: &Self) -> Self {
        self.late.subtract(&earlier.late);
        let cpu = self.cpu - earlier.cpu;
        Self {
            cpu,
            chunks: self.chunks - earlier.chunks,
            bytes: self.bytes - earlier.bytes,
            ..self
        }
    }

    /// CPU time for a megabyte, in microseconds; none before the first byte.
    pub(crate) fn cpu_per_megabyte(&self) -> Option<f64> {
        (self.bytes > 0).then(|| self.cpu.as_secs_f64() * 1e12 / self.bytes as f64)
    }

    /// CPU time for a thousand chunks, in microseconds; none before the first.
    pub(crate) fn cpu_per_thousand(&self) -> Option<f64> {
        (self.chunks > 0).then(|| self.cpu.as_secs_f64() * 1e9 / self.chunks as f64)
    }
}

fn thread_cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    )
}
