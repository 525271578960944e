//! A process as its supervisor sees it.

use super::{
    control::{FromProcess, Messages, PendingRequests, ToProcess, connect},
    liveness::{EVERY, Liveness},
    member::SLOT,
    process_table::ProcessTable,
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    cell::Cell,
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
pub(super) const STARTS_WITHIN: Duration = Duration::from_secs(30);
/// How long a process may take to say how it is: one that is stuck must not hold up the others' metrics.
const ANSWERS_WITHIN: Duration = Duration::from_millis(500);

/// A process. Dropping it kills it.
pub(super) struct Child {
    process: tokio::process::Child,
    link: ChildHandle,
    ready: watch::Receiver<bool>,
}

/// What others may ask of it. Cloning copies a reference.
#[derive(Clone)]
pub(super) struct ChildHandle {
    pub(super) pid: u32,
    began: Instant,
    say: mpsc::Sender<ToProcess>,
    reports: Rc<PendingRequests<String>>,
    /// How often it has said that it is alive.
    alive: Rc<Cell<u64>>,
}

impl Child {
    /// Starts this very program with the same arguments for a slot.
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
            // What is typed at a terminal is for the supervisor.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let pid = process.id().ok_or(io::ErrorKind::NotFound)?;
        let (incoming, say) = connect(ours)?;
        let link = ChildHandle {
            pid,
            began: Instant::now(),
            say,
            reports: Rc::default(),
            alive: Rc::default(),
        };
        let (serves, ready) = watch::channel(false);
        actix_rt::spawn(link.clone().listen(incoming, serves, table.clone()));
        Ok(Self {
            process,
            link,
            ready,
        })
    }

    /// Waits until it serves. An error says why it does not.
    pub(super) async fn ready(&mut self) -> Result<(), String> {
        let ready = async {
            if self.ready.wait_for(|ready| *ready).await.is_err() {
                std::future::pending().await
            }
        };
        tokio::select! {
            () = ready => Ok(()),
            status = self.process.wait() => Err(match status {
                Ok(status) => format!("it ended ({status}) before it served"),
                Err(error) => error.to_string(),
            }),
            () = sleep(STARTS_WITHIN) => Err(format!("it did not serve within {STARTS_WITHIN:?}")),
        }
    }

    /// Waits for its end; how it ended, and after how long.
    pub(super) async fn ended(&mut self) -> (io::Result<ExitStatus>, Duration) {
        (self.process.wait().await, self.link.began.elapsed())
    }

    /// Asks it to end, since another serves in its place.
    pub(super) fn retire(&self) {
        let _ = self.link.say.try_send(ToProcess::Retire);
    }

    /// Asks it to end, since all do.
    pub(super) fn terminate(&self) {
        let _ = self.link.say.try_send(ToProcess::Last);
        // Not reaped yet, or there would be no id.
        let pid = self
            .process
            .id()
            .and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
        pid.map(|pid| kill_process(pid, Signal::TERM));
    }

    /// Ends it at once.
    pub(super) fn kill(&mut self) {
        let _ = self.process.start_kill();
    }

    pub(super) fn link(&self) -> &ChildHandle {
        &self.link
    }
}

impl ChildHandle {
    /// For how long it has been there.
    pub(super) fn uptime(&self) -> Duration {
        self.began.elapsed()
    }

    /// Waits until it is stuck.
    pub(super) async fn stuck(&self) {
        let mut liveness = Liveness::default();
        loop {
            let _ = self.say.try_send(ToProcess::IsAlive);
            sleep(EVERY).await;
            if liveness.is_stuck(self.alive.get()) {
                return;
            }
        }
    }

    /// Its metrics, if it says so in time.
    pub(super) async fn report(&self) -> Option<String> {
        let (ask, answered) = self.reports.ask();
        self.say.try_send(ToProcess::Report { ask }).ok()?;
        timeout(ANSWERS_WITHIN, answered).await.ok()?.ok()
    }

    /// Hears what it says, until it is gone.
    async fn listen(
        self,
        mut incoming: Messages<FromProcess>,
        serves: watch::Sender<bool>,
        table: Rc<ProcessTable>,
    ) {
        while let Some(message) = incoming.next().await {
            match message {
                FromProcess::Alive => self.alive.set(self.alive.get() + 1),
                FromProcess::Ready => {
                    // A sign of life as well: it has started, and has no more time than any other.
                    self.alive.set(self.alive.get() + 1);
                    serves.send_replace(true);
                }
                FromProcess::Report { ask, metrics } => self.reports.answer(ask, metrics),
                FromProcess::Ask { ask } => {
                    let (table, say) = (table.clone(), self.say.clone());
                    actix_rt::spawn(async move {
                        let slots = table.overview().await;
                        let _ = say.try_send(ToProcess::Overview { ask, slots });
                    });
                }
            }
        }
    }
}
