//! How long threads wait for a processor, from `/proc`.

use super::client::WorkerThread;
use std::{fs, time::Duration};

/// Returns how long this worker has been ready to run without a processor so far. `None` if the
/// kernel does not count that.
pub fn waited(worker: WorkerThread) -> Option<Duration> {
    let WorkerThread { pid, thread } = worker;
    read(&format!("/proc/{pid}/task/{thread}/schedstat"))
}

/// Returns the same for the calling thread.
pub fn this_thread_waited() -> Option<Duration> {
    read("/proc/thread-self/schedstat")
}

fn read(file: &str) -> Option<Duration> {
    parse(&fs::read_to_string(file).ok()?)
}

/// Parses the second field of schedstat: nanoseconds in a run queue. The first are those on a
/// processor, the third is a number of time slices.
fn parse(schedstat: &str) -> Option<Duration> {
    let waited = schedstat.split_whitespace().nth(1)?.parse();
    waited.ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_the_second_field() {
        let waited = Some(Duration::from_nanos(45_378));
        assert_eq!(parse("1200 45378 1\n"), waited);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn the_wait_of_this_thread_is_known_wherever_the_kernel_counts_it() {
        let is_counted = fs::exists("/proc/self/schedstat").unwrap();
        assert_eq!(this_thread_waited().is_some(), is_counted);
    }
}
