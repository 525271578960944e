//! `lab` as users run it: processes with their input, output and signals.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod alone;
mod gate;
mod publish_and_listen;
mod up;

use system_tests::process::{self, Lab, Process};

const TRANSPORTS: [&str; 3] = ["longpoll", "sse", "ws"];

/// Starts a connected `lab listen` for each transport.
fn listen_everywhere(lab: &Lab, more: &str) -> Vec<Process> {
    let start = |transport| {
        let url = lab.address(transport);
        let listen = format!("listen --transport {transport} --url {url} {more}");
        let listener = Process::start(&listen, "");
        listener.wait_for_line("open: ");
        listener
    };
    TRANSPORTS.into_iter().map(start).collect()
}
