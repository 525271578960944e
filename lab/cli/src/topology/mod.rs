//! The topology: one WebSocket service in its own processes, which the page may start, kill and
//! end. It shows the effect of threads and processes on the subscribers of a service. See
//! docs/topology.md.
//!
//! One thread owns the processes. The kernel ends them when that thread ends (`lab serve
//! --with-parent`), so a killed lab leaves none behind.

pub(crate) mod api;
mod args;
mod request;
mod service;

pub(crate) use args::TopologyArgs;

use service::Owner;
use socket2::{Domain, Socket, Type};
use std::{io, net::SocketAddr, time::Duration};
use support::job_thread::{Job, JobThread};
use tokio::{runtime::Builder, sync::mpsc::UnboundedReceiver, time::timeout};

/// The processes, on the thread that owns them. Dropping it ends all of them.
pub(crate) struct Topology {
    port: u16,
    thread: JobThread<Owner>,
    _reserved: Socket,
}

impl Topology {
    /// Reserves a port, or a free one for 0, and starts the owning thread.
    ///
    /// Several processes share `broker`, or a Redis that is started for them. The service ends
    /// after `forgotten_after` without a request: the page that started it is closed.
    ///
    /// # Errors
    /// Returns an error if the port is in use or no thread can be started.
    fn open(at: SocketAddr, broker: Option<String>, forgotten_after: Duration) -> io::Result<Self> {
        let reserved = reserve(at)?;
        let port = reserved
            .local_addr()?
            .as_socket()
            .map_or(at.port(), |address| address.port());
        let owner = Owner::new(SocketAddr::new(at.ip(), port), broker);
        let runtime = Builder::new_current_thread().enable_time().build()?;
        let serve = move |jobs| runtime.block_on(run_jobs(owner, jobs, forgotten_after));
        Ok(Self {
            port,
            thread: JobThread::start("topology", serve)?,
            _reserved: reserved,
        })
    }

    /// Returns the port of the service.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

async fn run_jobs(
    mut owner: Owner,
    mut jobs: UnboundedReceiver<Job<Owner>>,
    forgotten_after: Duration,
) {
    loop {
        match timeout(forgotten_after, jobs.recv()).await {
            Ok(Some(job)) => job(&mut owner),
            Ok(None) => return,
            Err(_) => owner.stop(),
        }
    }
}

/// Binds a socket that does not listen, because the page's policy names the port before the service
/// starts. It reserves the port, while services with the same socket options can still listen on
/// it.
fn reserve(at: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(at), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    let taken = |error: io::Error| {
        io::Error::new(
            error.kind(),
            format!("{at}: {error}; --topology-port moves it"),
        )
    };
    socket.bind(&at.into()).map_err(taken)?;
    Ok(socket)
}
