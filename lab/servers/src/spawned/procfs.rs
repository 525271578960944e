//! CPU time and memory of processes and of the machine, from `/proc`.

use rustix::param::{clock_ticks_per_second, page_size};
use std::{fs, time::Duration};

/// The slabs of a connection that epoll waits for.
const SOCKETS: [&str; 5] = ["TCP", "TCPv6", "sock_inode_cache", "filp", "eventpoll_epi"];

/// Returns the CPU time of a process so far, in user and kernel mode. Its resolution is one tick,
/// usually 10 ms.
pub fn cpu(pid: u32) -> Option<Duration> {
    process_ticks(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?).map(time)
}

/// Returns the running children of a process.
pub fn children(parent: u32) -> Vec<u32> {
    let pids = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid| {
        is_child(
            &fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default(),
            parent,
        )
    })
    .collect()
}

/// Returns a process and all that descend from it and run.
pub fn tree(root: u32) -> Vec<u32> {
    let mut pids = vec![root];
    let mut next = 0;
    while let Some(parent) = pids.get(next).copied() {
        pids.extend(children(parent));
        next += 1;
    }
    pids
}

/// Returns the CPU time of all processes of this machine so far.
pub fn cpu_of_all() -> Option<Duration> {
    machine_ticks(&fs::read_to_string("/proc/stat").ok()?).map(time)
}

/// Returns the proportional set size of a process, in bytes.
pub fn memory(pid: u32) -> Option<u64> {
    proportional(&fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?)
}

/// Returns the kernel memory of all sockets of this machine, in bytes: structures and buffers. Only
/// root can read it.
pub fn kernel_memory() -> Option<u64> {
    let structures = structures(&fs::read_to_string("/proc/slabinfo").ok()?);
    let pages = buffered_pages(&fs::read_to_string("/proc/net/sockstat").ok()?)?;
    Some(structures + pages * page_size() as u64)
}

/// Parses `Pss` of proc_pid_smaps(5).
fn proportional(rollup: &str) -> Option<u64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

/// Parses slabinfo(5): the name, the objects in use, all objects, and the bytes of each.
fn structures(slabs: &str) -> u64 {
    let bytes = |line: &str| {
        let mut fields = line.split_whitespace();
        SOCKETS.contains(&fields.next()?).then_some(())?;
        let (used, _, size) = (fields.next()?, fields.next()?, fields.next()?);
        Some(used.parse::<u64>().ok()? * size.parse::<u64>().ok()?)
    };
    slabs.lines().filter_map(bytes).sum()
}

/// Parses `mem` of `TCP:` in `/proc/net/sockstat`.
fn buffered_pages(sockstat: &str) -> Option<u64> {
    let line = sockstat
        .lines()
        .find_map(|line| line.strip_prefix("TCP:"))?;
    line.split_once(" mem ")?
        .1
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

fn time(ticks: u64) -> Duration {
    Duration::from_secs_f64(ticks as f64 / clock_ticks_per_second() as f64)
}

/// Parses `state` and `ppid` of proc_pid_stat(5). A zombie does not count.
fn is_child(stat: &str, parent: u32) -> bool {
    let Some((_, rest)) = stat.rsplit_once(')') else {
        return false;
    };
    let mut fields = rest.split_whitespace();
    fields.next() != Some("Z") && fields.next().and_then(|field| field.parse().ok()) == Some(parent)
}

/// Parses `utime` and `stime` of proc_pid_stat(5). The name before them may contain anything, and
/// ends with the last parenthesis.
fn process_ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut times = rest
        .split_whitespace()
        .skip(11)
        .map(|field| field.parse::<u64>().ok());
    Some(times.next()?? + times.next()??)
}

/// Parses the first line of proc_stat(5), without `idle` and `iowait`. `user` includes guests.
fn machine_ticks(stat: &str) -> Option<u64> {
    let fields = stat
        .lines()
        .next()?
        .strip_prefix("cpu ")?
        .split_whitespace();
    let ticks: Option<Vec<u64>> = fields.map(|field| field.parse().ok()).collect();
    Some(
        ticks?
            .iter()
            .take(8)
            .enumerate()
            .filter(|(at, _)| !matches!(at, 3 | 4))
            .map(|(_, ticks)| ticks)
            .sum(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{BufRead, BufReader},
        process::{Command, Stdio},
    };

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 100 0 0 0 12 30 0 0 20 0 1 0 5 1000 50 18446744073709551615";
        assert_eq!(process_ticks(stat), Some(42));
        assert_eq!(process_ticks("7"), None);
        assert_eq!([1, 7].map(|parent| is_child(stat, parent)), [true, false]);
        assert!(!is_child("7 (a) Z 1 7", 1) && !is_child("", 0));
        assert_eq!(
            machine_ticks("cpu  1 2 3 1000 2000 4 5 6 100 100\ncpu0 0"),
            Some(21)
        );
    }

    #[test]
    fn memory_is_found() {
        assert_eq!(
            proportional(
                "5591-7ffe ---p [rollup]\nRss: 9 kB\nPss:                 226 kB\nPss_Dirty: 1 kB\n"
            ),
            Some(231_424)
        );
        assert_eq!(
            structures(
                "slabinfo - version: 2.1\nTCP 10 13 2368 13 8 : x\nTCPv6 1 2 100 1\ndentry 9 9 9\n"
            ),
            23_780
        );
        assert_eq!(
            buffered_pages("sockets: used 33\nTCP: inuse 5 orphan 0 tw 2 alloc 5 mem 7\n"),
            Some(7)
        );
        assert!(memory(std::process::id()) > Some(0));
    }

    #[test]
    fn a_tree_has_children_and_their_children() {
        let script = "sh -c 'sleep 60 & echo started; wait' & wait";
        let mut shell = Command::new("sh")
            .args(["-c", script])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = shell.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let tree = tree(shell.id());
        tree.iter().copied().for_each(crate::spawned::kill);
        shell.wait().unwrap();
        assert_eq!((tree.len(), tree[0]), (3, shell.id()), "{line}{tree:?}");
    }

    #[test]
    fn this_process_is_known() {
        assert!(cpu(std::process::id()).is_some() && cpu_of_all() > Some(Duration::ZERO));
    }
}
