//! The place of one service, which one after the other takes.

use super::reachable;
use crate::{client::http, lanes::LANES};
use common::{
    Config,
    broker::Broker,
    http::Problem,
    net::listen,
    server::{Running, Transport, start},
};
use std::{
    cell::{Cell, RefCell},
    io,
    net::{SocketAddr, TcpListener},
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// How often a service that begins is asked whether it is ready, and for how long.
const ASK_EVERY: Duration = Duration::from_millis(10);
const READY_WITHIN: Duration = Duration::from_secs(5);

/// The place of one service.
pub(super) struct Slot {
    pub(super) name: &'static str,
    pub(super) address: SocketAddr,
    pub(super) start: Box<dyn Fn(TcpListener) -> io::Result<Running>>,
    /// The one that serves, or did last.
    last: RefCell<Rc<Running>>,
    serves: Cell<bool>,
    /// Locked while it is being stopped or replaced.
    pub(super) turn: Mutex<()>,
}

impl Slot {
    pub(super) fn start<T: Transport>(
        lane: usize,
        listener: TcpListener,
        transport: T,
        config: &Config,
        broker: &Broker,
    ) -> io::Result<Self> {
        let (config, broker) = (config.clone(), broker.clone());
        let start =
            move |listener| start(listener, transport.clone(), config.clone(), broker.clone());
        let running = start(listener)?;
        Ok(Self {
            name: LANES[lane].name,
            address: running.address(),
            start: Box::new(start),
            last: RefCell::new(running.into()),
            serves: true.into(),
            turn: Mutex::default(),
        })
    }

    pub(super) fn last(&self) -> Rc<Running> {
        self.last.borrow().clone()
    }

    pub(super) fn readers(&self) -> i64 {
        if self.serves.get() {
            self.last().service().hub.metrics().subscribers.get()
        } else {
            0
        }
    }

    /// Nothing, if it was stopped and not replaced.
    pub(super) async fn stop(&self) {
        if self.serves.get() {
            self.last().stop().await;
            self.serves.set(false);
        }
    }

    /// The old one is kept until the new one has its log: the broker is in this process and goes on, as a Redis would.
    pub(super) fn replace(&self) -> io::Result<()> {
        self.last
            .replace((self.start)(listen(self.address)?)?.into());
        self.serves.set(true);
        Ok(())
    }

    pub(super) async fn ready(&self) -> Result<(), Problem> {
        let (client, url) = (
            http::client(),
            format!("http://{}/health/ready", reachable(self.address)),
        );
        let began = Instant::now();
        while !client
            .get(&url)
            .send()
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            if began.elapsed() > READY_WITHIN {
                let why = "the service has begun, but is not ready";
                return Err(Problem::new(503, "not-started", why).retry_after(1));
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
        Ok(())
    }

    pub(super) fn under_way(&self) -> Problem {
        let why = format_args!(
            "{} is being restarted already: wait until it serves again",
            self.name
        );
        Problem::new(409, "restarting", why)
    }
}
