//! What the kernel says of processes and of the machine.

use rustix::param::clock_ticks_per_second;
use std::{fs, time::Duration};

/// CPU time of a process so far, in its own code and in the kernel's; counted in ticks, usually of 10 ms.
pub(super) fn cpu(pid: u32) -> Option<Duration> {
    process_ticks(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?).map(time)
}

/// CPU time of everybody on this machine so far.
pub(super) fn cpu_of_all() -> Option<Duration> {
    machine_ticks(&fs::read_to_string("/proc/stat").ok()?).map(time)
}

fn time(ticks: u64) -> Duration {
    Duration::from_secs_f64(ticks as f64 / clock_ticks_per_second() as f64)
}

/// `utime` and `stime` of proc_pid_stat(5); the name before them may hold anything but ends with the last parenthesis.
fn process_ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut times = rest.split_whitespace().skip(11).map(|field| field.parse::<u64>().ok());
    Some(times.next()?? + times.next()??)
}

/// All of the first line of proc_stat(5) but `idle` and `iowait`; guests are in `user` already.
fn machine_ticks(stat: &str) -> Option<u64> {
    let fields = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
    let ticks: Option<Vec<u64>> = fields.map(|field| field.parse().ok()).collect();
    Some(ticks?.iter().take(8).enumerate().filter(|(at, _)| !matches!(at, 3 | 4)).map(|(_, ticks)| ticks).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 100 0 0 0 12 30 0 0 20 0 1 0 5 1000 50 18446744073709551615";
        assert_eq!(process_ticks(stat), Some(42));
        assert_eq!(process_ticks("7"), None);
        assert_eq!(machine_ticks("cpu  1 2 3 1000 2000 4 5 6 100 100\ncpu0 0"), Some(21));
    }

    #[test]
    fn this_process_is_known() {
        assert!(cpu(std::process::id()).is_some() && cpu_of_all() > Some(Duration::ZERO));
    }
}
