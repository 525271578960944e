//! The topology: one WebSocket service in its own processes, which the page may start, kill and
//! end. It shows the effect of threads and processes on the subscribers of a service. See
//! docs/topology.md.
//!
//! One thread owns the processes, and [`Topology`] is a handle that sends jobs to it. The kernel
//! ends the processes when the thread that started them ends (`lab serve --with-parent`), so a
//! killed lab leaves none behind.

pub(crate) mod api;
mod args;
mod request;
mod service;

pub(crate) use args::TopologyArgs;

use service::Owner;
use socket2::{Domain, Socket, Type};
use std::{
    io,
    net::SocketAddr,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread::{Builder, JoinHandle},
    time::Duration,
};
use tokio::sync::oneshot;

/// A handle of the thread that owns the processes. Dropping it ends all of them.
pub(crate) struct Topology {
    port: u16,
    /// `None` only during the drop.
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    _reserved: Socket,
}

type Job = Box<dyn FnOnce(&mut Owner) + Send>;

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
        let (jobs, received) = channel();
        let owner = Owner::new(SocketAddr::new(at.ip(), port), broker);
        let thread = Builder::new()
            .name("topology".to_owned())
            .spawn(move || run_jobs(owner, &received, forgotten_after))?;
        Ok(Self {
            port,
            jobs: Some(jobs),
            thread: Some(thread),
            _reserved: reserved,
        })
    }

    /// Returns the port of the service.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Runs a job on the owning thread, and returns its result.
    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Owner) -> T + Send + 'static,
    ) -> T {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |owner| drop(answer.send(job(owner))));
        let sent = self
            .jobs
            .as_ref()
            .is_some_and(|jobs| jobs.send(job).is_ok());
        assert!(sent, "the thread lives as long as its handle");
        answered.await.expect("the thread runs every job")
    }
}

impl Drop for Topology {
    fn drop(&mut self) {
        drop(self.jobs.take());
        // A panic of the thread was reported when it occurred.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn run_jobs(mut owner: Owner, jobs: &Receiver<Job>, forgotten_after: Duration) {
    loop {
        match jobs.recv_timeout(forgotten_after) {
            Ok(job) => job(&mut owner),
            Err(RecvTimeoutError::Timeout) => owner.stop(),
            Err(RecvTimeoutError::Disconnected) => return,
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
