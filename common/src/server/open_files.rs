//! How many connections the limit of open files allows.

use crate::Config;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{io, num::NonZeroUsize};

/// Open files that are not connections: listeners, the runtime's own, log and metrics.
const RESERVE: u64 = 64;
/// Open files of a worker thread: its own epoll, and what wakes it.
const FILES_OF_WORKER: usize = 4;
/// Fewer connections than this are hardly what somebody wants who names no number.
const FEW: usize = 256;
/// What most systems allow at least.
const USUAL_FILES: usize = 1024;

/// As many as the settings say, if the limit of open files allows that.
pub(super) fn most_connections(config: &Config) -> io::Result<usize> {
    let files = files_for_connections(config);
    let wanted = config.max_connections.map_or(files, NonZeroUsize::get);
    if files == 0 {
        let why = format!(
            "the limit of open files leaves none for connections: `ulimit -n {USUAL_FILES}` raises it"
        );
        return Err(io::Error::other(why));
    }
    if wanted > files {
        log::warn!(
            "at most {files} connections, not {wanted}: the limit of open files allows no more"
        );
    } else if config.max_connections.is_none() && files < FEW {
        log::warn!(
            "at most {files} connections: `ulimit -n {USUAL_FILES}` raises the limit of open files"
        );
    }
    Ok(wanted.min(files))
}

/// How many connections the limit of open files allows.
pub(super) fn files_for_connections(config: &Config) -> usize {
    raise_open_files().saturating_sub(FILES_OF_WORKER * config.workers())
}

/// Raises the soft limit of open files to the hard one and says how many connections fit into it.
pub fn raise_open_files() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    // A system without a limit has memory for a million before it has none for files.
    let files = current.unwrap_or(1_000_000).saturating_sub(RESERVE);
    usize::try_from(files).unwrap_or(usize::MAX)
}
