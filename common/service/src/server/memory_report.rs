//! Reports at the start how much memory a service takes at most, and whether its control group
//! allows that.

use super::open_files::available_connections;
use crate::Config;
use std::{fs, num::NonZeroUsize};

/// Logs how much memory these processes take at most. Warns if their control group allows less.
pub(super) fn report_memory(name: &str, config: &Config, processes: usize) {
    let available = available_connections(config);
    let connections = config
        .server
        .max_connections
        .map_or(available, NonZeroUsize::get)
        .min(available);
    let max = config.max_memory(connections);
    if processes == 1 {
        log::info!("{name}: takes {max}");
    } else {
        log::info!("{name}: takes {max}, in each of {processes} processes");
    }
    let total = max.total().saturating_mul(processes) as u64;
    if let Some(limit) = control_group_limit()
        && limit < total
    {
        log::warn!(
            "{name}: its control group allows {} MiB, less than {}: lower MAX_CONNECTIONS, \
             HISTORY_TOTAL, MAX_CHANNELS, HISTORY, BUFFERS or MAX_BODY, or the kernel may kill it",
            limit >> 20,
            total >> 20
        );
    }
}

/// Returns the memory limit of this process's control group, in bytes. Returns `None` if it has
/// none, or none that can be read.
fn control_group_limit() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    groups
        .lines()
        .filter_map(limit_files)
        .flatten()
        .filter_map(|file| fs::read_to_string(file).ok()?.trim().parse().ok())
        .min()
}

/// Returns the files that may hold the limit of a group, given as `hierarchy:controllers:path`
/// (cgroups(7)).
///
/// The second file is at the root: a container sees its own group there.
fn limit_files(group: &str) -> Option<[String; 2]> {
    let mut fields = group.splitn(3, ':').skip(1);
    let controllers = fields.next()?;
    let path = fields.next()?.trim_end_matches('/');
    let (root, file) = if controllers.is_empty() {
        ("/sys/fs/cgroup", "memory.max")
    } else if controllers.split(',').any(|name| name == "memory") {
        ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
    } else {
        return None;
    };
    Some([format!("{root}{path}/{file}"), format!("{root}/{file}")])
}

#[cfg(test)]
mod tests {
    use super::limit_files;

    #[test]
    fn the_limit_is_read_where_the_group_is() {
        for (group, file) in [
            ("0::/a/b", Some("/sys/fs/cgroup/a/b/memory.max")),
            ("0::/", Some("/sys/fs/cgroup/memory.max")),
            (
                "9:memory:/a",
                Some("/sys/fs/cgroup/memory/a/memory.limit_in_bytes"),
            ),
            ("4:cpu,cpuacct:/a", None),
        ] {
            let files = limit_files(group);
            assert_eq!(files.as_ref().map(|files| &*files[0]), file, "{group}");
        }
    }
}
