//! How many connections the limit of open files allows.

use crate::Config;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{io, num::NonZeroUsize};

/// Open files that are not connections: listeners, the runtime's own, log and metrics.
const RESERVED: u64 = 64;
/// Open files of a worker thread: three of its runtime, its share of the signals, and the two of its
/// shard.
const FILES_PER_WORKER: usize = 6;
/// Fewer connections than this are worth a warning, unless the settings ask for them.
const FEW_CONNECTIONS: usize = 256;
/// The limit of open files that most systems have.
const USUAL_LIMIT: usize = 1024;
/// The number of open files assumed on a system without a limit.
const WITHOUT_LIMIT: u64 = 1_000_000;

/// Returns the configured number of connections, or as many as the limit of open files allows.
///
/// # Errors
///
/// Returns an error if the limit allows no connections.
pub(super) fn max_connections(config: &Config) -> io::Result<usize> {
    let available = available_connections(config);
    if available == 0 {
        return Err(io::Error::other(format!(
            "the limit of open files leaves none for connections: \
             `ulimit -n {USUAL_LIMIT}` raises it"
        )));
    }
    let Some(configured) = config.server.max_connections.map(NonZeroUsize::get) else {
        if available < FEW_CONNECTIONS {
            log::warn!(
                "at most {available} connections: \
                 `ulimit -n {USUAL_LIMIT}` raises the limit of open files"
            );
        }
        return Ok(available);
    };
    if configured > available {
        log::warn!(
            "at most {available} connections, not {configured}: \
             the limit of open files allows no more"
        );
    }
    Ok(configured.min(available))
}

/// Returns how many connections the limit of open files allows beside the worker threads.
pub(super) fn available_connections(config: &Config) -> usize {
    raise_open_files().saturating_sub(FILES_PER_WORKER * config.server.workers())
}

/// Raises the soft limit of open files to the hard limit. Returns how many files are available for
/// connections.
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
    let files = current.unwrap_or(WITHOUT_LIMIT).saturating_sub(RESERVED);
    usize::try_from(files).unwrap_or(usize::MAX)
}
