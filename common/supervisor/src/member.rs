//! A process under a supervisor: its slot, its socket, and the supervisor's requests.

use super::{
    control::{FromProcess, Messages, ProcessState, ToProcess, connect},
    pending_requests::PendingRequests,
};
use rustix::{
    process::{Signal, getppid, set_parent_process_death_signal},
    stdio::{dup2_stdin, dup2_stdout},
};
use std::{
    env,
    fs::File,
    future::pending,
    io,
    net::TcpListener,
    os::{fd::AsFd, unix::net::UnixStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{sync::mpsc, time::timeout};

/// The variable with a process's slot and the process id of its supervisor: `2 of 4711`.
pub(super) const SLOT: &str = "TRILANE_SLOT";

/// How long the supervisor may take to collect the states of all processes.
const OVERVIEW_TIMEOUT: Duration = Duration::from_secs(2);

/// One of several processes. Cloning copies a reference.
#[derive(Clone)]
pub struct ClusterMember {
    slot: usize,
    control: mpsc::Sender<FromProcess>,
    is_last: Arc<AtomicBool>,
    overviews: Arc<PendingRequests<Vec<ProcessState>>>,
}

/// The supervisor's messages to a process.
pub struct ControlChannel(Messages<ToProcess>);

impl ClusterMember {
    /// Returns what the supervisor gave to this process: its slot, the slot's socket and the
    /// control channel. Returns `None` without a supervisor.
    ///
    /// # Errors
    ///
    /// Returns an error if the variable is set, but not by the parent of this process.
    pub fn inherited() -> io::Result<Option<(Self, TcpListener, ControlChannel)>> {
        let Ok(text) = env::var(SLOT) else {
            return Ok(None);
        };
        let slot = parse_slot(&text).ok_or_else(|| {
            io::Error::other(format!(
                "{SLOT}={text:?}: only a running supervisor sets this"
            ))
        })?;
        let listener = TcpListener::from(io::stdin().as_fd().try_clone_to_owned()?);
        let control = UnixStream::from(io::stdout().as_fd().try_clone_to_owned()?);
        // The duplicates above are then the only ones, so closing them closes the sockets.
        let null = File::options().read(true).write(true).open("/dev/null")?;
        dup2_stdin(&null)?;
        dup2_stdout(&null)?;
        let (messages, control) = connect(control)?;
        let member = Self {
            slot,
            control,
            is_last: Arc::default(),
            overviews: Arc::default(),
        };
        Ok(Some((member, listener, ControlChannel(messages))))
    }

    /// Returns the number of the slot, from 1.
    pub fn slot(&self) -> usize {
        self.slot
    }

    /// Returns whether no other process will serve in this slot.
    pub fn is_last(&self) -> bool {
        self.is_last.load(Ordering::Relaxed)
    }

    /// Reports to the supervisor that this process serves.
    pub fn report_ready(&self) {
        let _ = self.control.try_send(FromProcess::Ready);
    }

    /// Returns the states of all processes. Returns `None` if the supervisor does not report them
    /// in time.
    pub async fn overview(&self) -> Option<Vec<ProcessState>> {
        let (request, response) = self.overviews.begin();
        self.control
            .try_send(FromProcess::GetOverview { request })
            .ok()?;
        timeout(OVERVIEW_TIMEOUT, response).await.ok()?.ok()
    }
}

impl ControlChannel {
    /// Handles the supervisor's messages until it retires this process.
    ///
    /// `report` renders the process's metrics. The future of `is_alive` ends when each worker
    /// thread has had a turn.
    pub async fn serve<F>(
        mut self,
        member: ClusterMember,
        report: impl Fn() -> String,
        is_alive: impl Fn() -> F,
    ) where
        F: Future<Output = ()> + 'static,
    {
        while let Some(message) = self.0.next().await {
            match message {
                ToProcess::Retire => return,
                ToProcess::Last => member.is_last.store(true, Ordering::Relaxed),
                ToProcess::IsAlive => {
                    actix_rt::spawn(report_alive(member.clone(), is_alive()));
                }
                ToProcess::GetReport { request } => {
                    let metrics = report();
                    let _ = member
                        .control
                        .try_send(FromProcess::Report { request, metrics });
                }
                ToProcess::Overview { request, slots } => member.overviews.complete(request, slots),
            }
        }
        // The supervisor has died. Its death also sends a signal, which ends this process.
        member.is_last.store(true, Ordering::Relaxed);
        pending::<()>().await;
    }
}

/// Reports a sign of life once all worker threads have had a turn.
async fn report_alive(member: ClusterMember, all_threads: impl Future<Output = ()>) {
    all_threads.await;
    let _ = member.control.try_send(FromProcess::Alive);
}

/// Returns the slot in the variable's text if the supervisor in it is our parent. From now on the
/// supervisor's death sends SIGTERM to this process.
fn parse_slot(text: &str) -> Option<usize> {
    let (slot, supervisor) = text.split_once(" of ")?;
    set_parent_process_death_signal(Some(Signal::TERM)).ok()?;
    // The supervisor may have died before that.
    let parent = getppid()?.as_raw_nonzero().to_string();
    slot.parse().ok().filter(|_| parent == supervisor)
}
