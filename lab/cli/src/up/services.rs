//! The three services. Each can be restarted while the others run.

use super::slot::ServiceSlot;
use crate::page::{RestartReport, RestartRequest, draining};
use broker::Broker;
use futures_util::future::join_all;
use longpoll_svc::LongPoll;
use service::{Config, http::Problem};
use sse_svc::Sse;
use std::{cell::Cell, io, net::TcpListener, rc::Rc, time::Instant};
use tokio::sync::mpsc;
use ws_svc::Ws;

/// The three services of the lab.
pub(super) struct RunningServices {
    /// In the order of the lanes.
    slots: [ServiceSlot; 3],
    /// Whether the lab is stopping: restarts are refused.
    ending: Cell<bool>,
}

impl RunningServices {
    /// Starts the services with one broker.
    pub(super) fn start(
        [longpoll_at, sse_at, ws]: [TcpListener; 3],
        longpoll: LongPoll,
        sse: Sse,
        config: &Config,
    ) -> io::Result<Self> {
        let broker = Broker::try_from(config)?;
        let slots = [
            ServiceSlot::start(0, longpoll_at, longpoll, config, &broker)?,
            ServiceSlot::start(1, sse_at, sse, config, &broker)?,
            ServiceSlot::start(2, ws, Ws, config, &broker)?,
        ];
        Ok(Self {
            slots,
            ending: false.into(),
        })
    }

    /// Returns the number of subscribers of all services.
    pub(super) fn readers(&self) -> i64 {
        self.slots.iter().map(ServiceSlot::readers).sum()
    }

    /// Handles restart requests, of several services concurrently.
    pub(super) async fn handle_restarts(
        self: Rc<Self>,
        mut requests: mpsc::UnboundedReceiver<RestartRequest>,
    ) {
        while let Some(RestartRequest { lane, answer }) = requests.recv().await {
            let services = self.clone();
            actix_web::rt::spawn(async move {
                // The client may have disconnected.
                let _ = answer.send(services.restart(lane).await);
            });
        }
    }

    /// Drains all services. Restarts are refused from now on.
    pub(super) async fn stop(&self) {
        self.ending.set(true);
        join_all(self.slots.iter().map(async |slot| {
            let _lock = slot.restart_lock.lock().await;
            slot.stop().await;
        }))
        .await;
    }

    /// Ends all services at once, even those that drain. Restarts are refused from now on.
    pub(super) async fn kill(&self) {
        self.ending.set(true);
        join_all(self.slots.iter().map(|slot| slot.latest().kill())).await;
    }

    /// Restarts a service as a deployment does: drains it, frees its port, and starts another one
    /// there. In between, connections are refused.
    async fn restart(&self, lane: usize) -> Result<RestartReport, Problem> {
        let slot = &self.slots[lane];
        let _lock = slot
            .restart_lock
            .try_lock()
            .map_err(|_| slot.restarting())?;
        self.may_start()?;
        let (began, readers) = (Instant::now(), slot.readers());
        log::info!(
            "{}: restarting: disconnecting {readers} subscribers",
            slot.name
        );
        slot.stop().await;
        let stopped = millis(began);
        self.may_start()?;
        slot.replace()
            .map_err(|error| Problem::new(503, "not-started", error).retry_after(1))?;
        slot.ready().await?;
        let serving = millis(began);
        log::info!("{}: restarted after {serving} ms", slot.name);
        Ok(RestartReport {
            lane: slot.name,
            readers,
            stopped,
            serving,
        })
    }

    fn may_start(&self) -> Result<(), Problem> {
        if self.ending.get() {
            Err(draining())
        } else {
            Ok(())
        }
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use net::listen;
    use std::{net::Ipv4Addr, net::TcpStream};

    fn services() -> RunningServices {
        let free = [(); 3].map(|()| listen((Ipv4Addr::LOCALHOST, 0).into()).unwrap());
        RunningServices::start(
            free,
            LongPoll::default(),
            Sse::default(),
            &Config::from_flags(&["--workers", "1"]),
        )
        .unwrap()
    }

    fn assert_stopped(services: &RunningServices) {
        assert!(
            services
                .slots
                .iter()
                .all(|slot| TcpStream::connect(slot.address).is_err())
        );
    }

    #[actix_web::test]
    async fn a_restart_after_the_end_is_refused() {
        let services = Rc::new(services());
        let (requests, received) = mpsc::unbounded_channel();
        let (answer, answered) = tokio::sync::oneshot::channel();
        services.stop().await;
        requests
            .send(RestartRequest { lane: 1, answer })
            .ok()
            .unwrap();
        drop(requests);
        services.clone().handle_restarts(received).await;
        assert_eq!(answered.await.unwrap().unwrap_err().name(), "draining");
        assert_stopped(&services);
    }

    #[actix_web::test]
    async fn a_kill_ends_a_service_that_is_being_restarted() {
        let services = services();
        let at_once = async {
            services.kill().await;
            assert_stopped(&services);
        };
        // `join!` polls the restart first.
        let (restarted, ()) = tokio::join!(services.restart(0), at_once);
        assert_eq!(restarted.unwrap_err().name(), "draining");
        assert_stopped(&services);
    }

    #[actix_web::test]
    async fn a_failed_restart_can_be_repeated() {
        let mut services = services();
        let start = std::mem::replace(
            &mut services.slots[2].start,
            Box::new(|_| Err(io::Error::other("not now"))),
        );
        assert_eq!(services.restart(2).await.unwrap_err().name(), "not-started");
        assert!(TcpStream::connect(services.slots[2].address).is_err());
        services.slots[2].start = start;
        assert_eq!(services.restart(2).await.unwrap().lane, "ws");
        assert!(TcpStream::connect(services.slots[2].address).is_ok());
        services.stop().await;
        assert_stopped(&services);
    }
}
