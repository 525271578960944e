//! What a supervisor does with the messages of a process.

use super::{
    child_handle::ChildHandle,
    control::{FromProcess, Messages, ToProcess},
    process_table::ProcessTable,
};
use std::rc::Rc;
use tokio::sync::watch;

impl ChildHandle {
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
}
