//! A process as the tasks of its supervisor use it.

use super::{
    control::ToProcess,
    liveness::{CHECK_INTERVAL, Liveness},
    pending_requests::PendingRequests,
};
use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

/// How long a process may take to report its metrics. A stuck one must not hold up the metrics of
/// the others.
const REPORT_TIMEOUT: Duration = Duration::from_millis(500);

/// A process as other tasks use it. Cloning copies a reference.
#[derive(Clone)]
pub(super) struct ChildHandle {
    /// The process id.
    pub(super) pid: u32,
    started: Instant,
    control: mpsc::Sender<ToProcess>,
    pub(super) reports: Rc<PendingRequests<String>>,
    /// The number of its signs of life.
    signs_of_life: Rc<Cell<u64>>,
}

impl ChildHandle {
    /// Creates the handle of a process that was just started.
    pub(super) fn new(pid: u32, control: mpsc::Sender<ToProcess>) -> Self {
        Self {
            pid,
            started: Instant::now(),
            control,
            reports: Rc::default(),
            signs_of_life: Rc::default(),
        }
    }

    /// Sends a message. It is dropped if too many wait, or if the process has ended.
    pub(super) fn send(&self, message: ToProcess) {
        let _ = self.control.try_send(message);
    }

    /// Returns how long the process has run.
    pub(super) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Waits until the process is stuck.
    pub(super) async fn stuck(&self) {
        let mut liveness = Liveness::default();
        loop {
            self.send(ToProcess::IsAlive);
            sleep(CHECK_INTERVAL).await;
            if liveness.record_check(self.signs_of_life.get()) {
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

    pub(super) fn record_sign_of_life(&self) {
        self.signs_of_life.set(self.signs_of_life.get() + 1);
    }
}
