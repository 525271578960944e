//! A process as its supervisor sees it.

use super::{
    control::{FromProcess, Messages, ToProcess, connect},
    liveness::{CHECK_INTERVAL, Liveness},
    member::SLOT,
    pending_requests::PendingRequests,
    process_table::ProcessTable,
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    cell::Cell,
    future::pending,
    io,
    net::TcpListener,
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::{self, ExitStatus},
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{
    process::Command,
    sync::{mpsc, watch},
    time::{sleep, timeout},
};

/// How long a process may take until it serves.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a process may take to report its metrics. A stuck one must not hold up the metrics of
/// the others.
const REPORT_TIMEOUT: Duration = Duration::from_millis(500);

/// A process. Dropping it kills the process.
pub(super) struct Child {
    process: tokio::process::Child,
    handle: ChildHandle,
    is_ready: watch::Receiver<bool>,
}

/// A process as other tasks use it. Cloning copies a reference.
#[derive(Clone)]
pub(super) struct ChildHandle {
    pub(super) pid: u32,
    started: Instant,
    control: mpsc::Sender<ToProcess>,
    reports: Rc<PendingRequests<String>>,
    /// The number of its signs of life.
    signs_of_life: Rc<Cell<u64>>,
}

impl Child {
    /// Starts this program for a slot, with the same arguments.
    pub(super) fn spawn(
        slot: usize,
        listener: &TcpListener,
        table: &Rc<ProcessTable>,
    ) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        let process = Command::new(&table.program)
            .args(&table.arguments)
            .env(SLOT, format!("{slot} of {}", process::id()))
            .stdin(OwnedFd::from(listener.try_clone()?))
            .stdout(OwnedFd::from(theirs))
            // Signals of a terminal go to the supervisor only.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let pid = process.id().ok_or(io::ErrorKind::NotFound)?;
        let (messages, control) = connect(ours)?;
        let handle = ChildHandle {
            pid,
            started: Instant::now(),
            control,
            reports: Rc::default(),
            signs_of_life: Rc::default(),
        };
        let (ready, is_ready) = watch::channel(false);
        actix_rt::spawn(handle.clone().receive(messages, ready, table.clone()));
        Ok(Self {
            process,
            handle,
            is_ready,
        })
    }

    /// Waits until the process serves.
    ///
    /// # Errors
    ///
    /// Returns the reason if it does not.
    pub(super) async fn ready(&mut self) -> Result<(), String> {
        let ready = async {
            if self.is_ready.wait_for(|is_ready| *is_ready).await.is_err() {
                pending().await
            }
        };
        tokio::select! {
            () = ready => Ok(()),
            status = self.process.wait() => Err(match status {
                Ok(status) => format!("it ended ({status}) before it served"),
                Err(error) => error.to_string(),
            }),
            () = sleep(START_TIMEOUT) => Err(format!("it did not serve within {START_TIMEOUT:?}")),
        }
    }

    /// Waits for the end of the process. Returns its status and how long it has run.
    pub(super) async fn ended(&mut self) -> (io::Result<ExitStatus>, Duration) {
        (self.process.wait().await, self.handle.uptime())
    }

    /// Asks the process to end, since another one serves in its place.
    pub(super) fn retire(&self) {
        let _ = self.handle.control.try_send(ToProcess::Retire);
    }

    /// Asks the process to end, since all processes end.
    pub(super) fn terminate(&self) {
        let _ = self.handle.control.try_send(ToProcess::Last);
        // A process that has been reaped has no id any more.
        let pid = self
            .process
            .id()
            .and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
        if let Some(pid) = pid {
            let _ = kill_process(pid, Signal::TERM);
        }
    }

    /// Kills the process.
    pub(super) fn kill(&mut self) {
        let _ = self.process.start_kill();
    }

    /// Returns the handle of this process.
    pub(super) fn handle(&self) -> &ChildHandle {
        &self.handle
    }
}

impl ChildHandle {
    /// Returns how long the process has run.
    pub(super) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Waits until the process is stuck.
    pub(super) async fn stuck(&self) {
        let mut liveness = Liveness::default();
        loop {
            let _ = self.control.try_send(ToProcess::IsAlive);
            sleep(CHECK_INTERVAL).await;
            if liveness.is_stuck(self.signs_of_life.get()) {
                return;
            }
        }
    }

    /// Returns the process's metrics. Returns `None` if it does not report them in time.
    pub(super) async fn report(&self) -> Option<String> {
        let (request, response) = self.reports.begin();
        self.control
            .try_send(ToProcess::GetReport { request })
            .ok()?;
        timeout(REPORT_TIMEOUT, response).await.ok()?.ok()
    }

    /// Handles the messages of the process until it ends.
    async fn receive(
        self,
        mut messages: Messages<FromProcess>,
        ready: watch::Sender<bool>,
        table: Rc<ProcessTable>,
    ) {
        while let Some(message) = messages.next().await {
            match message {
                FromProcess::Alive => self.record_sign_of_life(),
                FromProcess::Ready => {
                    // From now on it has the time of a running process, not of a starting one.
                    self.record_sign_of_life();
                    ready.send_replace(true);
                }
                FromProcess::Report { request, metrics } => self.reports.complete(request, metrics),
                FromProcess::GetOverview { request } => {
                    let table = table.clone();
                    let control = self.control.clone();
                    actix_rt::spawn(async move {
                        let slots = table.overview().await;
                        let _ = control.try_send(ToProcess::Overview { request, slots });
                    });
                }
            }
        }
    }

    fn record_sign_of_life(&self) {
        self.signs_of_life.set(self.signs_of_life.get() + 1);
    }
}
