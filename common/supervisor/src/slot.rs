//! One slot: its socket, and the processes that serve there one after the other.

use super::{
    child::{Child, NotReady},
    child_handle::ChildHandle,
    process_table::ProcessTable,
    restart_policy::RestartPolicy,
};
use net::listener::listen_shared;
use std::{
    convert::Infallible,
    future::pending,
    io,
    net::{SocketAddr, TcpListener},
    process::ExitStatus,
    rc::Rc,
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{sleep, timeout},
};

/// Requests a reload. Receives whether another process serves, once the reload is over.
pub(super) type Reload = oneshot::Sender<bool>;

/// One slot of a supervisor.
pub(super) struct Slot {
    number: usize,
    /// The service's name, for the log.
    service: &'static str,
    address: SocketAddr,
    /// `None` while the slot has given up its share of the connections.
    listener: Option<TcpListener>,
    table: Rc<ProcessTable>,
    restarts: RestartPolicy,
    /// The process that serves.
    current: Option<Child>,
    /// The process that will replace the current one.
    starting: Option<Child>,
    /// The process that the last reload has replaced, until it ends.
    retiring: Option<(Child, Reload)>,
    /// How long a retiring process may take to end.
    retires_within: Duration,
}

impl Slot {
    /// Creates an empty slot.
    ///
    /// # Errors
    ///
    /// If the socket has no address.
    pub(super) fn new(
        number: usize,
        service: &'static str,
        listener: TcpListener,
        table: Rc<ProcessTable>,
        retires_within: Duration,
    ) -> io::Result<Self> {
        Ok(Self {
            number,
            service,
            address: listener.local_addr()?,
            listener: Some(listener),
            table,
            restarts: RestartPolicy::default(),
            current: None,
            starting: None,
            retiring: None,
            retires_within,
        })
    }

    /// Starts the first process, and waits until it serves.
    ///
    /// # Errors
    ///
    /// Returns an error if it does not.
    pub(super) async fn start_first(&mut self) -> io::Result<()> {
        self.start_current()?;
        let first = self.current.as_mut().expect("`start_current` sets it");
        let ready = first.ready().await;
        ready.map_err(|why| {
            io::Error::other(format!("process {} did not start: {why}", self.number))
        })
    }

    /// Keeps a process in the slot until `stopping` is true. Then ends all of its processes.
    pub(super) async fn run(
        mut self,
        mut reloads: mpsc::Receiver<Reload>,
        mut stopping: watch::Receiver<bool>,
    ) {
        tokio::select! {
            never = self.keep_filled(&mut reloads) => match never {},
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
        let retiring = self.retiring.map(|(child, _)| child);
        let mut all: Vec<_> = [self.current, self.starting, retiring]
            .into_iter()
            .flatten()
            .collect();
        all.iter().for_each(Child::terminate);
        for child in &mut all {
            let _ = child.ended().await;
        }
    }

    async fn keep_filled(&mut self, reloads: &mut mpsc::Receiver<Reload>) -> Infallible {
        loop {
            let current = self.current.as_ref().map(|child| child.handle().clone());
            tokio::select! {
                () = stuck(current) => self.kill_stuck(),
                (status, uptime) = ended(&mut self.current) => self.replace(status, uptime).await,
                () = retired(&mut self.retiring, self.retires_within) => {
                    let (_, reload) = self.retiring.take().expect("only a retiring process retires");
                    let _ = reload.send(true);
                }
                Some(reload) = reloads.recv(), if self.retiring.is_none() => {
                    self.reload(reload).await;
                }
            }
        }
    }

    /// Starts another process after a death, if necessary after several attempts.
    async fn replace(&mut self, status: io::Result<ExitStatus>, mut uptime: Duration) {
        self.current = None;
        self.table.record_death(self.number);
        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        self.log_error(format_args!(
            "died ({status}) after {:.1} s",
            uptime.as_secs_f64()
        ));
        loop {
            let backoff = self.restarts.after_death(uptime);
            if !backoff.keeps_socket && self.listener.take().is_some() {
                self.log_error(format_args!(
                    "dies too often: the other processes get its connections"
                ));
            }
            sleep(backoff.jittered()).await;
            match self.start_current() {
                Ok(()) => return,
                Err(error) => self.log_error(format_args!("cannot be started: {error}")),
            }
            uptime = Duration::ZERO;
        }
    }

    /// Kills a stuck process. Its death starts another one.
    fn kill_stuck(&mut self) {
        let Some(mut child) = self.current.take() else {
            return;
        };
        let pid = child.handle().pid;
        self.log_error(format_args!("(pid {pid}) does not answer and is killed"));
        child.kill();
        self.current = Some(child);
    }

    /// Starts another process on the same socket, and retires the current one once the other
    /// serves. If it does not, the current one continues.
    async fn reload(&mut self, reload: Reload) {
        let started = self.start();
        if let Err(why) = self.wait_until_ready(started).await {
            self.starting = None;
            self.log_error(format_args!("was not reloaded: {why}"));
            let _ = reload.send(false);
            return;
        }
        let new = self
            .starting
            .take()
            .expect("a process that became ready was starting");
        self.table.enter(self.number, new.handle());
        match self.current.replace(new) {
            Some(old) => {
                old.retire();
                self.retiring = Some((old, reload));
            }
            None => {
                let _ = reload.send(true);
            }
        }
    }

    async fn wait_until_ready(&mut self, started: io::Result<Child>) -> Result<(), NotReady> {
        self.starting.insert(started?).ready().await
    }

    fn start_current(&mut self) -> io::Result<()> {
        let child = self.start()?;
        self.table.enter(self.number, child.handle());
        self.current = Some(child);
        Ok(())
    }

    fn start(&mut self) -> io::Result<Child> {
        let listener = match self.listener.take() {
            Some(listener) => listener,
            None => listen_shared(self.address)?,
        };
        Child::spawn(self.number, self.listener.insert(listener), &self.table)
    }

    fn log_error(&self, text: std::fmt::Arguments<'_>) {
        log::error!("{}: process {} {text}", self.service, self.number);
    }
}

/// Waits until the process is stuck, forever without one.
async fn stuck(process: Option<ChildHandle>) {
    match process {
        Some(process) => process.stuck().await,
        None => pending().await,
    }
}

/// Waits for the end of the process, forever without one.
async fn ended(process: &mut Option<Child>) -> (io::Result<ExitStatus>, Duration) {
    match process {
        Some(child) => child.ended().await,
        None => pending().await,
    }
}

/// Waits for the end of a retiring process, forever without one. Kills it if it takes too long.
async fn retired(retiring: &mut Option<(Child, Reload)>, within: Duration) {
    let Some((child, _)) = retiring else {
        return pending().await;
    };
    if timeout(within, child.ended()).await.is_err() {
        log::warn!(
            "process (pid {}) did not retire within {within:?} and is killed",
            child.handle().pid
        );
        child.kill();
        let _ = child.ended().await;
    }
}
