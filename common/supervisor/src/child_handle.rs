//! A process as the tasks of its supervisor use it.

use super::{
    control::{FromProcess, Messages, ToProcess},
    liveness::{CHECK_INTERVAL, Liveness},
    pending_requests::PendingRequests,
    process_table::ProcessTable,
};
use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{mpsc, watch},
    time::{sleep, timeout},
};

/// How long a process may take to report its metrics. A stuck one must not hold up the metrics of
/// the others.
const REPORT_TIMEOUT: Duration = Duration::from_millis(500);

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

    /// Handles the messages of the process until it ends.
    pub(super) async fn receive(
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
                    let process = self.clone();
                    actix_rt::spawn(async move {
                        let slots = table.overview().await;
                        process.send(ToProcess::Overview { request, slots });
                    });
                }
            }
        }
    }

    fn record_sign_of_life(&self) {
        self.signs_of_life.set(self.signs_of_life.get() + 1);
    }
}
