//! A process's side: who it is, what it was given, and what the supervisor tells it.

use super::control::{FromProcess, Messages, PendingRequests, ProcessState, ToProcess, connect};
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

/// The variable by which a process learns which slot it is for, and whose: `2 of 4711`.
pub(super) const SLOT: &str = "TRILANE_SLOT";

/// How long the supervisor may take to ask everybody.
const PATIENCE: Duration = Duration::from_secs(2);

/// One of several processes. Cloning copies a reference.
#[derive(Clone)]
pub(crate) struct ClusterMember {
    slot: usize,
    say: mpsc::Sender<FromProcess>,
    is_last: Arc<AtomicBool>,
    overviews: Arc<PendingRequests<Vec<ProcessState>>>,
}

/// What the supervisor says to it.
pub(crate) struct ControlChannel(Messages<ToProcess>);

impl ClusterMember {
    /// What the supervisor gave to this process: its place, the socket of its slot and a connection. None if there is no
    /// supervisor.
    pub(crate) fn inherited() -> io::Result<Option<(Self, TcpListener, ControlChannel)>> {
        let Ok(text) = env::var(SLOT) else {
            return Ok(None);
        };
        let slot = own_slot(&text).ok_or_else(|| {
            io::Error::other(format!(
                "{SLOT}={text:?}: only a supervisor that lives sets this"
            ))
        })?;
        let listener = TcpListener::from(io::stdin().as_fd().try_clone_to_owned()?);
        let control = UnixStream::from(io::stdout().as_fd().try_clone_to_owned()?);
        // The socket must close when it is closed here.
        let null = File::options().read(true).write(true).open("/dev/null")?;
        dup2_stdin(&null)?;
        dup2_stdout(&null)?;
        let (incoming, say) = connect(control)?;
        Ok(Some((
            Self {
                slot,
                say,
                is_last: Arc::default(),
                overviews: Arc::default(),
            },
            listener,
            ControlChannel(incoming),
        )))
    }

    /// The number of its slot, from 1 on.
    pub(crate) fn slot(&self) -> usize {
        self.slot
    }

    /// Whether nobody will serve in its slot after it.
    pub(crate) fn is_last(&self) -> bool {
        self.is_last.load(Ordering::Relaxed)
    }

    /// Tells the supervisor that it serves.
    pub(crate) fn ready(&self) {
        let _ = self.say.try_send(FromProcess::Ready);
    }

    /// How all processes are. None if the supervisor does not say so in time.
    pub(crate) async fn overview(&self) -> Option<Vec<ProcessState>> {
        let (ask, answered) = self.overviews.ask();
        self.say.try_send(FromProcess::Ask { ask }).ok()?;
        timeout(PATIENCE, answered).await.ok()?.ok()
    }
}

impl ControlChannel {
    /// Answers the supervisor until that wants this process to end. `report` renders the process's metrics; the future of
    /// `alive` ends when each worker thread has had a turn.
    pub(crate) async fn obey<F>(
        mut self,
        member: ClusterMember,
        report: impl Fn() -> String,
        alive: impl Fn() -> F,
    ) where
        F: Future<Output = ()> + 'static,
    {
        while let Some(message) = self.0.next().await {
            match message {
                ToProcess::Retire => return,
                ToProcess::Last => member.is_last.store(true, Ordering::Relaxed),
                ToProcess::IsAlive => drop(actix_rt::spawn(tell_alive(member.clone(), alive()))),
                ToProcess::Report { ask } => {
                    let _ = member.say.try_send(FromProcess::Report {
                        ask,
                        metrics: report(),
                    });
                }
                ToProcess::Overview { ask, slots } => member.overviews.answer(ask, slots),
            }
        }
        // The supervisor is gone, and the signal that its death sends is on its way.
        member.is_last.store(true, Ordering::Relaxed);
        pending().await
    }
}

/// Reports that the process is alive, once it is: a thread that is stuck serves nobody.
async fn tell_alive(member: ClusterMember, alive: impl Future<Output = ()>) {
    alive.await;
    let _ = member.say.try_send(FromProcess::Alive);
}

/// The slot that a living parent has given to us. From now on its death, however it comes, is a SIGTERM.
fn own_slot(text: &str) -> Option<usize> {
    let (slot, supervisor) = text.split_once(" of ")?;
    set_parent_process_death_signal(Some(Signal::TERM)).ok()?;
    // It may have died before that.
    let parent = getppid()?.as_raw_nonzero().to_string();
    slot.parse().ok().filter(|_| parent == supervisor)
}
