//! One slot: its socket, and the processes that come and go there.

use super::{
    child::{Child, ChildHandle},
    process_table::ProcessTable,
    restart_policy::RestartPolicy,
};
use crate::net::listener::listen_shared;
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
    time::sleep,
};

/// What is told when a reload is over: whether another process serves.
pub(super) type Reload = oneshot::Sender<bool>;

/// One slot of a supervisor.
pub(super) struct Slot {
    number: usize,
    name: &'static str,
    address: SocketAddr,
    /// None while it has given up its share of the connections.
    listener: Option<TcpListener>,
    table: Rc<ProcessTable>,
    restarts: RestartPolicy,
    /// Serves.
    current: Option<Child>,
    /// Will serve in the place of the other.
    coming: Option<Child>,
    /// Served before the last reload, and finishes what it has begun.
    leaving: Option<(Child, Reload)>,
    /// How long that may take.
    leaves_within: Duration,
}

impl Slot {
    /// A slot with nobody in it.
    pub(super) fn new(
        number: usize,
        name: &'static str,
        listener: TcpListener,
        table: Rc<ProcessTable>,
        leaves_within: Duration,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (listener, restarts) = (Some(listener), RestartPolicy::default());
        Ok(Self {
            number,
            name,
            address,
            listener,
            table,
            restarts,
            current: None,
            coming: None,
            leaving: None,
            leaves_within,
        })
    }

    /// Starts its first process, and waits until that serves.
    pub(super) async fn begin(&mut self) -> io::Result<()> {
        self.spawn()?;
        let first = self.current.as_mut().expect("it was just started");
        let ready = first.ready().await;
        ready.map_err(|why| {
            io::Error::other(format!("process {} did not start: {why}", self.number))
        })
    }

    /// Keeps a process there, until all are to end; then waits for their ends.
    pub(super) async fn run(
        mut self,
        mut reloads: mpsc::Receiver<Reload>,
        mut stopping: watch::Receiver<bool>,
    ) {
        tokio::select! {
            never = self.live(&mut reloads) => match never {},
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
        let leaving = self.leaving.map(|(child, _)| child);
        let mut all: Vec<_> = [self.current, self.coming, leaving]
            .into_iter()
            .flatten()
            .collect();
        all.iter().for_each(Child::terminate);
        for child in &mut all {
            let _ = child.ended().await;
        }
    }

    async fn live(&mut self, reloads: &mut mpsc::Receiver<Reload>) -> Infallible {
        loop {
            let serves = self.current.as_ref().map(|child| child.link().clone());
            tokio::select! {
                () = stuck(serves) => self.kill_stuck(),
                (status, life) = ended(&mut self.current) => self.replace(status, life).await,
                () = left(&mut self.leaving, self.leaves_within) => {
                    let (_, reload) = self.leaving.take().expect("it has just left");
                    let _ = reload.send(true);
                }
                Some(reload) = reloads.recv(), if self.leaving.is_none() => self.reload(reload).await,
            }
        }
    }

    /// After a death: another process, sooner or later.
    async fn replace(&mut self, status: io::Result<ExitStatus>, mut life: Duration) {
        self.current = None;
        self.table.leave(self.number);
        let how = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        log::error!(
            "{}: process {} is dead ({how}) after {:.1} s",
            self.name,
            self.number,
            life.as_secs_f64()
        );
        loop {
            let backoff = self.restarts.after(life);
            if !backoff.with_socket && self.listener.take().is_some() {
                log::error!(
                    "{}: process {} dies too often: the others take its connections",
                    self.name,
                    self.number
                );
            }
            sleep(backoff.jittered()).await;
            match self.spawn() {
                Ok(()) => return,
                Err(error) => log::error!(
                    "{}: process {} cannot be started: {error}",
                    self.name,
                    self.number
                ),
            }
            life = Duration::ZERO;
        }
    }

    /// It serves nobody, and its death makes room for another.
    fn kill_stuck(&mut self) {
        if let Some(child) = &mut self.current {
            let pid = child.link().pid;
            log::error!(
                "{}: process {} (pid {pid}) does not answer and is killed",
                self.name,
                self.number
            );
            child.kill();
        }
    }

    /// Another process on the same socket, and then none of before. If it does not start, that of before goes on.
    async fn reload(&mut self, reload: Reload) {
        let coming = self.start();
        match self.is_ready(coming).await {
            Ok(()) => {
                let coming = self.coming.take().expect("it serves");
                self.table.enter(self.number, coming.link());
                if let Some(old) = self.current.replace(coming) {
                    old.retire();
                    self.leaving = Some((old, reload));
                } else {
                    let _ = reload.send(true);
                }
            }
            Err(why) => {
                self.coming = None;
                log::error!(
                    "{}: process {} was not reloaded: {why}",
                    self.name,
                    self.number
                );
                let _ = reload.send(false);
            }
        }
    }

    async fn is_ready(&mut self, coming: io::Result<Child>) -> Result<(), String> {
        self.coming
            .insert(coming.map_err(|error| error.to_string())?)
            .ready()
            .await
    }

    fn spawn(&mut self) -> io::Result<()> {
        let child = self.start()?;
        self.table.enter(self.number, child.link());
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
}

/// Comes when who serves, if somebody does, is stuck.
async fn stuck(serves: Option<ChildHandle>) {
    match serves {
        Some(link) => link.stuck().await,
        None => pending().await,
    }
}

/// The end of who serves, if somebody does.
async fn ended(current: &mut Option<Child>) -> (io::Result<ExitStatus>, Duration) {
    match current {
        Some(child) => child.ended().await,
        None => pending().await,
    }
}

/// The end of who leaves, if somebody does; forced if it takes too long.
async fn left(leaving: &mut Option<(Child, Reload)>, within: Duration) {
    let Some((child, _)) = leaving else {
        return pending().await;
    };
    if tokio::time::timeout(within, child.ended()).await.is_err() {
        log::warn!(
            "process {} has had {within:?} to leave and is killed",
            child.link().pid
        );
        child.kill();
        let _ = child.ended().await;
    }
}
