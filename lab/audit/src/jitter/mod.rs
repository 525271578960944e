//! The profile `jitter`: clients lose their connection every few seconds and are offline for a
//! while. Counts what naive and robust clients get, and how late, on each transport.
//!
//! All rows have the same offline windows, which follow from the seed. The publisher has a thread
//! and a connection of its own, which is never cut.
//!
//! - [`args`]: the arguments
//! - [`plan`]: when each client is cut
//! - [`subscriber`], [`publisher`]: the clients of one row
//! - [`row`]: one row from its first connection to its last message
//! - [`report`]: the result as JSON and as text

mod args;
mod plan;
mod publisher;
mod report;
mod row;
mod subscriber;

pub(super) use args::JitterArgs;
pub(super) use report::JitterReport;

use super::{args::Audit, deployment::Deployment};
use anyhow::{Result, ensure};
use args::Jitter;
use client::backoff::random_bits;
use plan::Plan;
use serde::Serialize;
use service::server::raise_open_files;
use std::rc::Rc;
use support::transports::LANES;

/// Open files of this process beside the connections.
const SPARE_FILES: usize = 500;

/// How a client resumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Manner {
    /// It forgets its cursor with its connection, and continues with what comes next.
    Naive,
    /// It continues after the last message that it has.
    Robust,
}

impl Manner {
    fn name(self) -> &'static str {
        match self {
            Self::Naive => "naive",
            Self::Robust => "robust",
        }
    }
}

/// Measures all rows, one after the other.
///
/// # Errors
///
/// Fails if the machine cannot hold the clients, or if a service refuses them.
pub(super) async fn run(audit: &Audit, seed: u64) -> Result<JitterReport> {
    let args = &Jitter::new(audit)?;
    let subscribers = args.subscribers as usize;
    let most = most_subscribers(raise_open_files(), audit.others.is_none());
    ensure!(
        subscribers <= most,
        "this machine holds {most} subscribers, not {subscribers}: raise the limit of open files (ulimit -n)"
    );
    let deployment = Deployment::new(audit, &format!("jitter-{:016x}", random_bits()))?;
    let plan = Rc::new(Plan::new(args, seed));
    let mut rows = Vec::new();
    for manner in [Manner::Naive, Manner::Robust] {
        for lane in deployment.transports() {
            let name = LANES[lane].name;
            eprintln!("{name}, {}: {}", manner.name(), args.length());
            rows.push(row::run(&deployment, lane, manner, args, &plan).await?);
        }
    }
    Ok(JitterReport::new(args, seed, rows))
}

/// Returns how many subscribers this number of open files allows. The services of the audit are in
/// this process, so each connection has both its sockets here.
fn most_subscribers(files: usize, is_own: bool) -> usize {
    let sockets = if is_own { 2 } else { 1 };
    files.saturating_sub(SPARE_FILES) / sockets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sockets_of_a_connection_count_if_both_are_here() {
        assert_eq!(most_subscribers(20_000, true), 9750);
        assert_eq!(most_subscribers(10_500, false), 10_000);
        assert_eq!(most_subscribers(256, true), 0);
    }
}
