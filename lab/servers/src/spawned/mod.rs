//! A service in processes of its own: one process with threads, or several under a supervisor.

pub mod client;
pub mod process;
pub mod procfs;
pub mod run_queue;

use crate::keyspace::Keyspace;
use ::client::Transport;
use anyhow::{Context, Result};
use client::BlockingClient;
use process::ServerProcess;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fmt,
    iter::Sum,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

/// The threads and processes of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One process with this many worker threads, and a memory broker.
    Threads(usize),
    /// This many processes with one worker thread each, and a Redis.
    Processes(usize),
}

/// A running service. Dropping it ends all its processes.
pub struct SpawnedService {
    /// The service, or its supervisor.
    process: ServerProcess,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its threads and processes.
    pub layout: Layout,
}

impl Layout {
    /// Returns the number of worker threads in all processes.
    pub fn workers(self) -> usize {
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
    /// Starts a service on a free port, and waits until all its processes listen. Several processes
    /// share the Redis of `keys`.
    ///
    /// # Errors
    /// Returns an error if a process cannot be started, or does not listen in time.
    pub fn start(
        layout: Layout,
        transport: Transport,
        keys: &Keyspace,
        more: &[&str],
    ) -> Result<Self> {
        Self::start_at(
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            layout,
            transport,
            keys,
            more,
        )
    }

    /// Starts a service with one worker thread and a broker in memory.
    ///
    /// # Errors
    /// Returns an error if the process cannot be started, or does not listen in time.
    pub fn start_alone(transport: Transport, more: &[&str]) -> Result<Self> {
        let unused = Keyspace::new("memory".to_owned());
        Self::start(Layout::Threads(1), transport, &unused, more)
    }

    /// Starts a service on this port.
    ///
    /// # Errors
    /// Returns an error if a process cannot be started, or does not listen in time.
    pub fn start_at(
        at: SocketAddr,
        layout: Layout,
        transport: Transport,
        keys: &Keyspace,
        more: &[&str],
    ) -> Result<Self> {
        let host = at.ip().to_string();
        let port = at.port().to_string();
        let workers = layout.workers().to_string();
        let (broker, layout_flags) = match layout {
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
            ServerProcess::listening(&[&usual[..], &layout_flags, more].concat(), broker)?;
        let address = base
            .strip_prefix("http://")
            .and_then(|address| address.parse().ok())
            .with_context(|| format!("{base} is not an address"))?;
        Ok(Self {
            process,
            address,
            layout,
        })
    }

    /// Opens a new connection. The kernel or the service chooses its worker.
    ///
    /// # Errors
    /// Returns an error if the service does not accept the connection.
    pub fn client(&self) -> Result<BlockingClient> {
        BlockingClient::connect(self.address)
    }

    /// Returns the serving processes.
    pub fn serving(&self) -> Vec<u32> {
        match self.layout {
            Layout::Processes(2..) => procfs::children(self.process.pid()),
            _ => vec![self.process.pid()],
        }
    }

    /// Returns the serving processes that run. Returns none if the service or its supervisor has
    /// ended.
    pub fn alive(&mut self) -> Vec<u32> {
        if self.process.has_ended() {
            Vec::new()
        } else {
            self.serving()
        }
    }

    /// Returns the CPU time of all its processes so far.
    pub fn cpu(&self) -> Duration {
        self.sum(procfs::cpu)
    }

    /// Returns the proportional set size of all its processes, in bytes.
    pub fn memory(&self) -> u64 {
        self.sum(procfs::memory)
    }

    fn sum<T: Sum>(&self, of: fn(u32) -> Option<T>) -> T {
        let pids = procfs::tree(self.process.pid());
        pids.into_iter().filter_map(of).sum()
    }
}

impl Drop for SpawnedService {
    fn drop(&mut self) {
        let others = procfs::tree(self.process.pid()).into_iter().skip(1);
        // The supervisor ends first, because it would replace the others.
        self.process.kill();
        others.for_each(kill);
    }
}

/// Kills a process, like a crash.
pub fn kill(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    // The process may have ended already.
    let _ = pid.map(|pid| kill_process(pid, Signal::KILL));
}
