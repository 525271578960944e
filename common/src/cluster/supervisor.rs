//! The parent of all processes: begins them, passes signals on, and ends when they have.

use super::{
    process_table::ProcessTable,
    slot::{Reload, Slot},
};
use crate::net::signals::{Signals, cluster_shut_down_signal};
use actix_rt::task::JoinHandle;
use futures_util::future::{join_all, try_join_all};
use std::{io, net::TcpListener, rc::Rc, time::Duration};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::{mpsc, oneshot, watch},
};

/// The slots while they are kept filled. Whoever drops it kills all.
struct Slots {
    tasks: Vec<JoinHandle<()>>,
    reloads: Vec<mpsc::Sender<Reload>>,
    stopping: watch::Sender<bool>,
}

/// Keeps a process of this program on each of these sockets, which share a port, until SIGTERM or SIGINT lets them drain; a second one kills
/// them. SIGHUP replaces each by a new one. A process that is replaced may take `leaves_within` to end.
pub(crate) async fn supervise(
    name: &'static str,
    listeners: Vec<TcpListener>,
    leaves_within: Duration,
) -> io::Result<()> {
    let mut signals = cluster_shut_down_signal()?;
    let mut reloads = signal(SignalKind::hangup())?;
    let (address, processes) = (listeners[0].local_addr()?, listeners.len());
    let table = Rc::new(ProcessTable::new(processes)?);
    let slots = listeners.into_iter().zip(1..);
    let slots: io::Result<Vec<_>> = slots
        .map(|(listener, number)| Slot::new(number, name, listener, table.clone(), leaves_within))
        .collect();
    let mut slots = slots?;
    tokio::select! {
        begun = try_join_all(slots.iter_mut().map(Slot::begin)) => drop(begun?),
        () = signals.recv() => return Ok(()),
    }
    log::info!("{name}: listening on http://{address} with {processes} processes");
    let mut slots = Slots::run(slots);
    slots.until_stopped(name, &mut signals, &mut reloads).await;
    log::info!("{name}: stopping all processes");
    tokio::select! {
        () = slots.stop() => log::info!("{name}: stopped"),
        () = signals.recv() => log::warn!("{name}: stopped at once by a second signal"),
    }
    Ok(())
}

impl Slots {
    fn run(slots: Vec<Slot>) -> Self {
        let (stopping, stopped) = watch::channel(false);
        let run = |slot: Slot| {
            let (reload, reloads) = mpsc::channel(1);
            (actix_rt::spawn(slot.run(reloads, stopped.clone())), reload)
        };
        let (tasks, reloads) = slots.into_iter().map(run).unzip();
        Self {
            tasks,
            reloads,
            stopping,
        }
    }

    async fn until_stopped(&self, name: &str, signals: &mut Signals, reloads: &mut Signal) {
        loop {
            tokio::select! {
                () = signals.recv() => return,
                Some(()) = reloads.recv() => {}
            }
            tokio::select! {
                () = signals.recv() => return,
                reloaded = self.reload() => log::info!("{name}: reloaded {reloaded} of {} processes", self.tasks.len()),
            }
        }
    }

    /// One after the other, so that the machine has never more than one process too many. Ends with the first that
    /// cannot be replaced: the others could not either. How many were.
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
