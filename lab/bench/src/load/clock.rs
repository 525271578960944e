//! Monotonic time, which is the same in all processes of a machine, so that messages can carry it.

use rustix::time::{ClockId, Timespec, clock_gettime};
use std::time::Duration;

/// Returns the monotonic time (CLOCK_MONOTONIC).
pub(crate) fn now() -> Duration {
    duration(clock_gettime(ClockId::Monotonic))
}

/// Returns the CPU time of this thread.
pub(crate) fn thread_cpu() -> Duration {
    duration(clock_gettime(ClockId::ThreadCPUTime))
}

fn duration(time: Timespec) -> Duration {
    // These clocks are never negative, and nanoseconds are below 1e9.
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
