//! A process as its supervisor sees it.

use super::{
    child_handle::ChildHandle,
    control::{ToProcess, connect},
    member::SLOT,
    process_table::ProcessTable,
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    future::pending,
    io,
    net::TcpListener,
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::{self, ExitStatus},
    rc::Rc,
    time::Duration,
};
use tokio::{process::Command, sync::watch, time::sleep};

/// How long a process may take until it serves.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a process does not serve.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotReady {
    /// It ended.
    #[error("it ended ({0}) before it served")]
    Ended(ExitStatus),
    /// It took too long.
    #[error("it did not serve within {START_TIMEOUT:?}")]
    TooSlow,
    /// It could not be started or waited for.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A process. Dropping it kills the process.
pub(super) struct Child {
    process: tokio::process::Child,
    handle: ChildHandle,
    is_ready: watch::Receiver<bool>,
}

impl Child {
    /// Starts this program for a slot, with the same arguments.
    ///
    /// # Errors
    ///
    /// If the system starts no process, or has no files for its connection.
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
        let handle = ChildHandle::new(pid, control);
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
    pub(super) async fn ready(&mut self) -> Result<(), NotReady> {
        let ready = async {
            if self.is_ready.wait_for(|is_ready| *is_ready).await.is_err() {
                pending::<()>().await;
            }
        };
        tokio::select! {
            () = ready => Ok(()),
            status = self.process.wait() => Err(match status {
                Ok(status) => NotReady::Ended(status),
                Err(error) => error.into(),
            }),
            () = sleep(START_TIMEOUT) => Err(NotReady::TooSlow),
        }
    }

    /// Waits for the end of the process. Returns its status and how long it has run.
    pub(super) async fn ended(&mut self) -> (io::Result<ExitStatus>, Duration) {
        (self.process.wait().await, self.handle.uptime())
    }

    /// Asks the process to end, since another one serves in its place.
    pub(super) fn retire(&self) {
        self.handle.send(ToProcess::Retire);
    }

    /// Asks the process to end, since all processes end.
    pub(super) fn terminate(&self) {
        self.handle.send(ToProcess::Last);
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
