//! A service as a whole: one process with threads, or several under a supervisor.

pub(crate) mod client;
pub(crate) mod process;
pub(crate) mod procfs;

use crate::{client::Transport, keyspace::Keyspace};
use client::BlockingClient;
use process::ServerProcess;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

/// How a service is spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// So many worker threads in one process, with messages in its memory.
    Threads(usize),
    /// So many processes of one worker thread each, with messages in a Redis.
    Processes(usize),
}

/// A running service; all of it ends when this is dropped.
pub(crate) struct SpawnedService {
    /// The service, or its supervisor.
    process: ServerProcess,
    pub(crate) address: SocketAddr,
    layout: Layout,
}

impl Layout {
    pub(crate) fn workers(self) -> usize {
        let (Self::Threads(workers) | Self::Processes(workers)) = self;
        workers
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Threads(1) => f.write_str("1 process, 1 thread"),
            Self::Threads(threads) => write!(f, "1 process, {threads} threads"),
            Self::Processes(1) => f.write_str("1 process with a broker"),
            Self::Processes(processes) => write!(f, "{processes} processes"),
        }
    }
}

impl SpawnedService {
    /// Starts it on a free port, and waits until it listens: of several processes, until all of them do. Several have their
    /// messages in `keys`.
    pub(crate) fn start(
        layout: Layout,
        transport: Transport,
        keys: &Keyspace,
        more: &[&str],
    ) -> Result<Self, String> {
        Self::start_at(
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            layout,
            transport,
            keys,
            more,
        )
    }

    /// The same on this port.
    pub(crate) fn start_at(
        at: SocketAddr,
        layout: Layout,
        transport: Transport,
        keys: &Keyspace,
        more: &[&str],
    ) -> Result<Self, String> {
        let (host, port) = (at.ip().to_string(), at.port().to_string());
        let workers = layout.workers().to_string();
        let (broker, spread) = match layout {
            Layout::Threads(_) => (None, vec!["--workers", &workers]),
            Layout::Processes(_) => (
                Some(&*keys.url),
                vec![
                    "--workers",
                    "1",
                    "--processes",
                    &workers,
                    "--broker-prefix",
                    &keys.prefix,
                ],
            ),
        };
        let usual = [
            "serve",
            "--with-parent",
            transport.name(),
            "--host",
            &host,
            "--port",
            &port,
            "--drain",
            "0",
        ];
        let (process, base) =
            ServerProcess::listening(&[&usual[..], &spread, more].concat(), broker)?;
        let address = base
            .strip_prefix("http://")
            .and_then(|address| address.parse().ok());
        let address = address.ok_or_else(|| format!("{base} is no address"))?;
        Ok(Self {
            process,
            address,
            layout,
        })
    }

    /// A new connection; the kernel, or the service, chooses whose it is.
    pub(crate) fn client(&self) -> Result<BlockingClient, String> {
        BlockingClient::connect(self.address)
    }

    /// The processes that serve.
    pub(crate) fn serving(&self) -> Vec<u32> {
        match self.layout {
            Layout::Processes(2..) => procfs::children(self.process.pid()),
            _ => vec![self.process.pid()],
        }
    }

    /// Those of them that run; none if nobody is there to replace them.
    pub(crate) fn alive(&mut self) -> Vec<u32> {
        if self.process.has_ended() {
            Vec::new()
        } else {
            self.serving()
        }
    }

    /// All of its processes, the supervisor too.
    fn pids(&self) -> Vec<u32> {
        let mut pids = self.serving();
        if !pids.contains(&self.process.pid()) {
            pids.push(self.process.pid());
        }
        pids
    }

    /// CPU time so far of all of its processes.
    pub(crate) fn cpu(&self) -> Duration {
        self.pids().into_iter().filter_map(procfs::cpu).sum()
    }

    /// Proportional set size of all of its processes, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        self.pids().into_iter().filter_map(procfs::memory).sum()
    }
}

impl Drop for SpawnedService {
    fn drop(&mut self) {
        let serving = self.serving();
        // The supervisor first, or it would replace the others.
        self.process.kill();
        serving
            .into_iter()
            .filter(|pid| *pid != self.process.pid())
            .for_each(kill);
    }
}

/// Ends a process at once, as a crash would.
pub(crate) fn kill(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    // It may have ended by itself.
    let _ = pid.map(|pid| kill_process(pid, Signal::KILL));
}
