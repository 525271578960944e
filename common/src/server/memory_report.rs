//! What a service takes at most, said when it starts, beside what its control group allows.

use super::open_files::files_for_connections;
use crate::Config;
use std::fs;

/// Says how much memory so many processes take at most, and warns if that is more than they may.
pub(super) fn tell(name: &str, config: &Config, processes: usize) {
    let files = files_for_connections(config);
    let most = config.most_memory(
        config
            .max_connections
            .map_or(files, |connections| connections.get().min(files)),
    );
    match processes {
        1 => log::info!("{name}: takes {most}"),
        _ => log::info!("{name}: takes {most}, in each of {processes} processes"),
    }
    let all = most.all().saturating_mul(processes) as u64;
    if let Some(limit) = limit().filter(|limit| *limit < all) {
        let (all, limit) = (all >> 20, limit >> 20);
        log::warn!(
            "{name}: its control group allows {limit} MiB, less than {all}: lower MAX_CONNECTIONS, HISTORY_TOTAL, \
             MAX_CHANNELS, HISTORY, BUFFERS or MAX_BODY, or it may be killed under load"
        );
    }
}

/// How many bytes the control group of this process allows; none if that cannot be found out.
fn limit() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    // The second: a container sees its own group as the root.
    let files = groups.lines().filter_map(files).flatten();
    files
        .filter_map(|file| fs::read_to_string(file).ok()?.trim().parse().ok())
        .min()
}

/// Where a group's limit may be read, of both versions of control groups: `hierarchy:controllers:path`.
fn files(group: &str) -> Option<[String; 2]> {
    let mut fields = group.splitn(3, ':').skip(1);
    let (controllers, path) = (fields.next()?, fields.next()?.trim_end_matches('/'));
    let (root, file) = match controllers {
        "" => ("/sys/fs/cgroup", "memory.max"),
        controllers if controllers.split(',').any(|name| name == "memory") => {
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
        }
        _ => return None,
    };
    Some([format!("{root}{path}/{file}"), format!("{root}/{file}")])
}

#[cfg(test)]
mod tests {
    use super::files;

    #[test]
    fn a_limit_is_looked_for_where_the_group_is() {
        let first = |group| files(group).map(|files| files[0].clone());
        assert_eq!(
            first("0::/a/b").as_deref(),
            Some("/sys/fs/cgroup/a/b/memory.max")
        );
        assert_eq!(first("0::/").as_deref(), Some("/sys/fs/cgroup/memory.max"));
        assert_eq!(
            first("9:memory:/a").as_deref(),
            Some("/sys/fs/cgroup/memory/a/memory.limit_in_bytes")
        );
        assert_eq!(first("4:cpu,cpuacct:/a"), None);
    }
}
