//! The processes that hold the subscribers. Each connects to its own loopback address, because the
//! local ports limit the connections between two addresses.

use super::subscriber_process::Report;
use anyhow::{Context, Result};
use client::Transport;
use servers::spawned::process::this_program;
use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Stdio},
};

/// All processes with subscribers.
pub(super) struct SubscriberProcesses(Vec<SubscriberProcess>);

struct SubscriberProcess {
    child: Child,
    requests: ChildStdin,
    reports: BufReader<ChildStdout>,
}

impl SubscriberProcesses {
    /// Connects `total` subscribers, at most `most` in a process.
    pub(super) fn connect(
        transport: Transport,
        port: u16,
        total: usize,
        most: usize,
    ) -> Result<Self> {
        let sizes = shares(total, most);
        let start = |(number, size): (usize, &usize)| {
            let url = format!("http://127.0.0.{}:{port}", number + 1);
            SubscriberProcess::start(&[
                "--transport",
                transport.name(),
                "--url",
                &url,
                "--subscribers",
                &size.to_string(),
            ])
        };
        let all = sizes.iter().enumerate().map(start);
        let mut all = Self(all.collect::<Result<_>>()?);
        for process in &mut all.0 {
            process.read_report()?;
        }
        Ok(all)
    }

    /// Returns the reports of all processes, added up.
    pub(super) fn report(&mut self) -> Result<Report> {
        for process in &mut self.0 {
            process
                .requests
                .write_all(b"\n")
                .context("a process with subscribers has ended")?;
        }
        let mut all = Report::default();
        for process in &mut self.0 {
            let report = process.read_report()?;
            all.counters.add(&report.counters);
            all.cpu_seconds += report.cpu_seconds;
        }
        Ok(all)
    }

    pub(super) fn processes(&self) -> usize {
        self.0.len()
    }
}

impl SubscriberProcess {
    fn start(arguments: &[&str]) -> Result<Self> {
        let mut command = this_program(&[&["bench", "crowd"], arguments].concat())?;
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.context("starting a process with subscribers")?;
        let (requests, reports) = (child.stdin.take(), child.stdout.take());
        let (requests, reports) = requests.zip(reports).expect("both are pipes");
        Ok(Self {
            child,
            requests,
            reports: BufReader::new(reports),
        })
    }

    fn read_report(&mut self) -> Result<Report> {
        let mut line = String::new();
        self.reports.read_line(&mut line)?;
        serde_json::from_str(&line)
            .context("a process with subscribers has ended; see its error above")
    }
}

impl Drop for SubscriberProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Divides `all` into the fewest equal shares of at most `most`.
fn shares(all: usize, most: usize) -> Vec<usize> {
    let count = all.div_ceil(most);
    (0..count)
        .map(|at| all / count + usize::from(at < all % count))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_equal_and_few() {
        assert_eq!(shares(100, 40), [34, 33, 33]);
        assert_eq!(shares(80, 40), [40, 40]);
        assert_eq!(shares(1, 40), [1]);
    }
}
