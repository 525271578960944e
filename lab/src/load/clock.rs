//! The clock of a machine's monotonic time: the same in all of its processes, so that a message can carry a moment.

use rustix::time::{ClockId, Timespec, clock_gettime};
use std::time::Duration;

/// Time since some moment before now that is the same for everybody on this machine.
pub(crate) fn now() -> Duration {
    duration(clock_gettime(ClockId::Monotonic))
}

/// CPU time of this thread.
pub(crate) fn thread_cpu() -> Duration {
    duration(clock_gettime(ClockId::ThreadCPUTime))
}

fn duration(time: Timespec) -> Duration {
    // These clocks are not negative, and nanoseconds are below a thousand million.
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
