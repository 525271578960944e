//! The three services, each of which can be deployed anew while the rest goes on.

use super::slot::Slot;
use crate::page::{Order, Restarted, ending};
use common::{Config, broker::Broker, http::Problem};
use futures_util::future::join_all;
use longpoll_svc::LongPoll;
use sse_svc::Sse;
use std::{cell::Cell, io, net::TcpListener, rc::Rc, time::Instant};
use tokio::sync::mpsc;
use ws_svc::Ws;

pub(super) struct Services {
    /// In the order of the lanes.
    slots: [Slot; 3],
    /// Nothing is started any more.
    ending: Cell<bool>,
}

impl Services {
    /// Starts them with one broker.
    pub(super) fn start(
        [longpoll, sse_at, ws]: [TcpListener; 3],
        sse: Sse,
        config: &Config,
    ) -> io::Result<Self> {
        let broker = Broker::from(config);
        let slots = [
            Slot::start(0, longpoll, LongPoll::default(), config, &broker)?,
            Slot::start(1, sse_at, sse, config, &broker)?,
            Slot::start(2, ws, Ws, config, &broker)?,
        ];
        Ok(Self {
            slots,
            ending: false.into(),
        })
    }

    /// Open streams and held polls of those that serve.
    pub(super) fn readers(&self) -> i64 {
        self.slots.iter().map(Slot::readers).sum()
    }

    /// Carries orders out as they come, several services at a time.
    pub(super) async fn obey(self: Rc<Self>, mut orders: mpsc::UnboundedReceiver<Order>) {
        while let Some(Order { lane, answer }) = orders.recv().await {
            let services = self.clone();
            actix_web::rt::spawn(async move {
                // Who gave it may have gone.
                let _ = answer.send(services.restart(lane).await);
            });
        }
    }

    /// Ends all of them in peace. Orders are refused from now on.
    pub(super) async fn stop(&self) {
        self.ending.set(true);
        join_all(self.slots.iter().map(async |slot| {
            let _turn = slot.turn.lock().await;
            slot.stop().await;
        }))
        .await;
    }

    /// Ends all of them at once, also those that are being stopped. Orders are refused from now on.
    pub(super) async fn kill(&self) {
        self.ending.set(true);
        join_all(self.slots.iter().map(|slot| slot.last().kill())).await;
    }

    /// What a deployment does: the one that runs tells its readers to go, finishes and leaves the port; then another one
    /// takes it. In between, connections are refused.
    async fn restart(&self, lane: usize) -> Result<Restarted, Problem> {
        let slot = &self.slots[lane];
        let _turn = slot.turn.try_lock().map_err(|_| slot.under_way())?;
        self.may_start()?;
        let (began, readers) = (Instant::now(), slot.readers());
        log::info!(
            "{}: restarting; {readers} readers are told to go",
            slot.name
        );
        slot.stop().await;
        let stopped = millis(began);
        self.may_start()?;
        slot.replace()
            .map_err(|error| Problem::new(503, "not-started", error).retry_after(1))?;
        slot.ready().await?;
        let serving = millis(began);
        log::info!("{}: serves again after {serving} ms", slot.name);
        Ok(Restarted {
            lane: slot.name,
            readers,
            stopped,
            serving,
        })
    }

    fn may_start(&self) -> Result<(), Problem> {
        if self.ending.get() {
            Err(ending())
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
    use common::net::listen;
    use std::{net::Ipv4Addr, net::TcpStream};

    fn services() -> Services {
        let free = [(); 3].map(|()| listen((Ipv4Addr::LOCALHOST, 0).into()).unwrap());
        Services::start(
            free,
            Sse::default(),
            &Config::from_flags(&["--workers", "1"]),
        )
        .unwrap()
    }

    fn nobody_listens(services: &Services) {
        assert!(
            services
                .slots
                .iter()
                .all(|slot| TcpStream::connect(slot.address).is_err())
        );
    }

    #[actix_web::test]
    async fn after_the_end_an_order_starts_nothing() {
        let services = Rc::new(services());
        let (orders, received) = mpsc::unbounded_channel();
        let (answer, answered) = tokio::sync::oneshot::channel();
        services.stop().await;
        orders.send(Order { lane: 1, answer }).ok().unwrap();
        drop(orders);
        services.clone().obey(received).await;
        assert_eq!(answered.await.unwrap().unwrap_err().name(), "draining");
        nobody_listens(&services);
    }

    #[actix_web::test]
    async fn at_once_also_ends_those_that_are_being_restarted() {
        let services = services();
        let at_once = async {
            services.kill().await;
            nobody_listens(&services);
        };
        // They are begun in this order.
        let (restarted, ()) = tokio::join!(services.restart(0), at_once);
        assert_eq!(restarted.unwrap_err().name(), "draining");
        nobody_listens(&services);
    }

    #[actix_web::test]
    async fn one_that_could_not_be_replaced_is_started_by_the_next_order() {
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
        nobody_listens(&services);
    }
}
