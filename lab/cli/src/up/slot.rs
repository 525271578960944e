//! The slot of one service, with its current instance.

use super::reachable;
use broker::Broker;
use client::http;
use net::listen;
use service::{
    Config,
    http::Problem,
    server::{Running, TransportService, start},
};
use std::{
    cell::{Cell, RefCell},
    io,
    net::{SocketAddr, TcpListener},
    rc::Rc,
    time::{Duration, Instant},
};
use support::transports::LANES;
use tokio::sync::Mutex;

/// How often to check whether a new service is ready.
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// How long a new service may take until it is ready.
const READY_WITHIN: Duration = Duration::from_secs(5);

/// The slot of one service.
pub(super) struct ServiceSlot {
    pub(super) name: &'static str,
    pub(super) address: SocketAddr,
    pub(super) start: Box<dyn Fn(TcpListener) -> io::Result<Running>>,
    /// The instance that serves, or the last one.
    latest: RefCell<Rc<Running>>,
    serves: Cell<bool>,
    /// Locked while the instance is stopped or replaced.
    pub(super) restart_lock: Mutex<()>,
}

impl ServiceSlot {
    pub(super) fn start<T: TransportService>(
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
            latest: RefCell::new(running.into()),
            serves: true.into(),
            restart_lock: Mutex::default(),
        })
    }

    pub(super) fn latest(&self) -> Rc<Running> {
        self.latest.borrow().clone()
    }

    pub(super) fn readers(&self) -> i64 {
        if self.serves.get() {
            self.latest().service().hub.metrics().subscribers.get()
        } else {
            0
        }
    }

    /// Drains the instance. Does nothing if it is stopped already.
    pub(super) async fn stop(&self) {
        if self.serves.get() {
            self.latest().stop().await;
            self.serves.set(false);
        }
    }

    /// Starts a new instance on the same port. The old one is dropped afterwards: the new one
    /// copies its history, as with a broker that outlives it.
    pub(super) fn replace(&self) -> io::Result<()> {
        self.latest
            .replace((self.start)(listen(self.address)?)?.into());
        self.serves.set(true);
        Ok(())
    }

    /// Waits until the instance is ready.
    pub(super) async fn ready(&self) -> Result<(), Problem> {
        let client = http::client();
        let url = format!("http://{}/health/ready", reachable(self.address));
        let began = Instant::now();
        while !client
            .get(&url)
            .send()
            .await
            .is_ok_and(|response| response.status().is_success())
        {
            if began.elapsed() > READY_WITHIN {
                let why = "the service has started, but is not ready";
                return Err(Problem::new(503, "not-started", why).retry_after(1));
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Ok(())
    }

    /// Returns the problem for a second restart during one.
    pub(super) fn restarting(&self) -> Problem {
        let why = format_args!(
            "{} is already being restarted: wait until that has ended",
            self.name
        );
        Problem::new(409, "restarting", why)
    }
}
