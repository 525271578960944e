//! The three services, each of which can be deployed anew while the rest goes on.

use super::reachable;
use crate::{
    client::http,
    lanes::LANES,
    page::{Order, Restarted},
};
use common::{
    Config,
    broker::Broker,
    http::Problem,
    server::{Running, Transport, listen, start},
};
use longpoll_svc::LongPoll;
use sse_svc::Sse;
use std::{
    io,
    net::{SocketAddr, TcpListener},
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::sync::{Mutex, MutexGuard, mpsc};
use ws_svc::Ws;

/// How often a service that begins is asked whether it is ready, and for how long.
const ASK_EVERY: Duration = Duration::from_millis(10);
const READY_WITHIN: Duration = Duration::from_secs(5);

/// In the order of the lanes.
pub(super) struct Services([Slot; 3]);

/// The place of one service.
struct Slot {
    name: &'static str,
    address: SocketAddr,
    start: Box<dyn Fn(TcpListener) -> io::Result<Running>>,
    /// Locked while it is being replaced.
    running: Mutex<Running>,
}

impl Services {
    /// Starts them with one broker.
    pub(super) fn start([longpoll, sse_at, ws]: [TcpListener; 3], sse: Sse, config: &Config) -> io::Result<Self> {
        let broker = Broker::from(config);
        Ok(Self([
            Slot::start(0, longpoll, LongPoll::default(), config, &broker)?,
            Slot::start(1, sse_at, sse, config, &broker)?,
            Slot::start(2, ws, Ws, config, &broker)?,
        ]))
    }

    /// Open streams and held polls of those that are not being replaced.
    pub(super) fn readers(&self) -> i64 {
        self.0.iter().filter_map(|slot| slot.running.try_lock().ok()).map(|running| readers(&running)).sum()
    }

    /// Carries orders out as they come, several services at a time.
    pub(super) async fn obey(self: Rc<Self>, mut orders: mpsc::UnboundedReceiver<Order>) {
        while let Some(Order { lane, answer }) = orders.recv().await {
            let services = self.clone();
            actix_web::rt::spawn(async move {
                // Who gave it may have gone.
                let _ = answer.send(services.0[lane].restart().await);
            });
        }
    }

    /// Ends all of them in peace.
    pub(super) async fn stop(&self) {
        let [longpoll, sse, ws] = self.0.each_ref().map(async |slot: &Slot| slot.running.lock().await.stop().await);
        tokio::join!(longpoll, sse, ws);
    }

    /// Ends at once those that are not being replaced.
    pub(super) async fn kill(&self) {
        for running in self.0.iter().filter_map(|slot| slot.running.try_lock().ok()) {
            running.kill().await;
        }
    }
}

impl Slot {
    fn start<T: Transport>(
        lane: usize,
        listener: TcpListener,
        transport: T,
        config: &Config,
        broker: &Broker,
    ) -> io::Result<Self> {
        let (config, broker) = (config.clone(), broker.clone());
        let start = move |listener| start(listener, transport.clone(), config.clone(), broker.clone());
        let running = start(listener)?;
        Ok(Self { name: LANES[lane].name, address: running.address(), start: Box::new(start), running: running.into() })
    }

    /// What a deployment does: the one that runs tells its readers to go, finishes and leaves the port; then another one
    /// takes it. In between, connections are refused.
    async fn restart(&self) -> Result<Restarted, Problem> {
        let running = self.running.try_lock().map_err(|_| self.under_way())?;
        let (began, readers) = (Instant::now(), readers(&running));
        log::info!("{}: restarting; {readers} readers are told to go", self.name);
        running.stop().await;
        let stopped = millis(began);
        self.replace(running).map_err(|error| Problem::new(503, "not-started", error).retry_after(1))?;
        self.ready().await?;
        let serving = millis(began);
        log::info!("{}: serves again after {serving} ms", self.name);
        Ok(Restarted { lane: self.name, readers, stopped, serving })
    }

    /// The old one lives until the new one has its log: the broker is in this process and goes on, as a Redis would.
    fn replace(&self, mut running: MutexGuard<'_, Running>) -> io::Result<()> {
        *running = (self.start)(listen(self.address)?)?;
        Ok(())
    }

    async fn ready(&self) -> Result<(), Problem> {
        let (client, url) = (http::client(), format!("http://{}/health/ready", reachable(self.address)));
        let began = Instant::now();
        while !client.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
            if began.elapsed() > READY_WITHIN {
                let why = "the service has begun, but is not ready";
                return Err(Problem::new(503, "not-started", why).retry_after(1));
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
        Ok(())
    }

    fn under_way(&self) -> Problem {
        let why = format_args!("{} is being restarted already: wait until it serves again", self.name);
        Problem::new(409, "restarting", why)
    }
}

fn readers(running: &Running) -> i64 {
    running.service().hub.metrics().readers.get()
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
