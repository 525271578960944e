//! The topology: one WebSocket service in processes of its own, which the page may start, kill and end. So a visitor sees what
//! threads and processes are to the readers of a service. docs/topology.md is for its users.
//!
//! All of it lives on one thread, [`Topology`] is a handle that sends jobs there. The kernel ends what a thread has started when
//! that thread ends (`lab serve --with-parent`), so a lab that is killed leaves nothing running.

pub(crate) mod api;
mod args;
mod service;
mod wish;

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

/// What may be started, and what is. All of it ends when this is dropped.
pub(crate) struct Topology {
    port: u16,
    /// None only while it is dropped.
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    _reserved: Socket,
}

type Job = Box<dyn FnOnce(&mut Owner) + Send>;

impl Topology {
    /// Keeps this port for what may be started, or a free one for 0. Several processes share this broker, or else a Redis that
    /// is started for them. What runs ends when nobody has asked for `forgotten_after`: whoever started it is gone.
    ///
    /// Fails if the port is taken, or if there can be no further thread.
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
            .spawn(move || serve(owner, &received, forgotten_after))?;
        Ok(Self {
            port,
            jobs: Some(jobs),
            thread: Some(thread),
            _reserved: reserved,
        })
    }

    /// Where it listens while it runs.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Does a job on the thread that owns the processes, and gives what came of it.
    async fn ask<T: Send + 'static>(
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
        answered.await.expect("the thread does what it is asked")
    }
}

impl Drop for Topology {
    fn drop(&mut self) {
        drop(self.jobs.take());
        // Afterwards nothing of it runs. If it panicked, that was said when it did.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn serve(mut owner: Owner, jobs: &Receiver<Job>, forgotten_after: Duration) {
    loop {
        match jobs.recv_timeout(forgotten_after) {
            Ok(job) => job(&mut owner),
            Err(RecvTimeoutError::Timeout) => owner.stop(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// The page's policy names the port before anything listens there. Who is bound and does not listen keeps it from being given
/// away, and lets those listen who set the same options, as services do.
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
