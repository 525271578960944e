//! The parent of all processes: starts them, passes signals on, and ends after them.

use super::{
    process_table::ProcessTable,
    slot::{Reload, Slot},
};
use actix_rt::task::JoinHandle;
use futures_util::future::{join_all, try_join_all};
use net::{Signals, cluster_shut_down_signal};
use std::{io, net::TcpListener, rc::Rc, time::Duration};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::{mpsc, oneshot, watch},
};

/// The running slots. Dropping them kills all processes.
struct Slots {
    tasks: Vec<JoinHandle<()>>,
    reloads: Vec<mpsc::Sender<Reload>>,
    stopping: watch::Sender<bool>,
}

/// Keeps a process of this program on each of these sockets, which share a port.
///
/// SIGTERM or SIGINT drains all processes; a second one kills them. SIGHUP replaces each process by
/// a new one. A replaced process may take `retires_within` to end.
///
/// # Errors
///
/// Returns an error if a process does not start.
pub async fn supervise(
    service: &'static str,
    listeners: Vec<TcpListener>,
    retires_within: Duration,
) -> io::Result<()> {
    let mut signals = cluster_shut_down_signal()?;
    let mut reloads = signal(SignalKind::hangup())?;
    let address = listeners[0].local_addr()?;
    let processes = listeners.len();
    let table = Rc::new(ProcessTable::new(processes)?);
    let mut slots = listeners
        .into_iter()
        .zip(1..)
        .map(|(listener, number)| {
            Slot::new(number, service, listener, table.clone(), retires_within)
        })
        .collect::<io::Result<Vec<_>>>()?;
    tokio::select! {
        started = try_join_all(slots.iter_mut().map(Slot::start_first)) => drop(started?),
        () = signals.recv() => return Ok(()),
    }
    log::info!("{service}: listening on http://{address} with {processes} processes");
    let mut slots = Slots::run(slots);
    slots
        .reload_until_stopped(service, &mut signals, &mut reloads)
        .await;
    log::info!("{service}: stopping all processes");
    tokio::select! {
        () = slots.stop() => log::info!("{service}: stopped"),
        () = signals.recv() => log::warn!("{service}: stopped at once by a second signal"),
    }
    Ok(())
}

impl Slots {
    fn run(slots: Vec<Slot>) -> Self {
        let (stopping, is_stopping) = watch::channel(false);
        let run = |slot: Slot| {
            let (reload, reloads) = mpsc::channel(1);
            let task = actix_rt::spawn(slot.run(reloads, is_stopping.clone()));
            (task, reload)
        };
        let (tasks, reloads) = slots.into_iter().map(run).unzip();
        Self {
            tasks,
            reloads,
            stopping,
        }
    }

    /// Reloads all processes with each signal for that, until a signal stops them.
    async fn reload_until_stopped(
        &self,
        service: &str,
        signals: &mut Signals,
        reloads: &mut Signal,
    ) {
        let processes = self.tasks.len();
        loop {
            tokio::select! {
                () = signals.recv() => return,
                Some(()) = reloads.recv() => {}
            }
            tokio::select! {
                () = signals.recv() => return,
                reloaded = self.reload() => {
                    log::info!("{service}: reloaded {reloaded} of {processes} processes");
                }
            }
        }
    }

    /// Reloads one slot after the other, so that there is never more than one additional process.
    /// Returns how many were reloaded.
    ///
    /// Stops at the first slot that cannot be reloaded, since the others could not either.
    async fn reload(&self) -> usize {
        for (done, slot) in self.reloads.iter().enumerate() {
            let (reload, reloaded) = oneshot::channel();
            let _ = slot.send(reload).await;
            if reloaded.await != Ok(true) {
                return done;
            }
        }
        self.reloads.len()
    }

    async fn stop(&mut self) {
        self.stopping.send_replace(true);
        join_all(&mut self.tasks).await;
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}
