//! The gate: a TCP proxy in front of any HTTP server, to see and to break its traffic.
//! docs/gate.md is its reference. It has no TLS, simulates no packet loss, which TCP hides from
//! programs, and generates no load.
//!
//! Each route of the gate has a port, an upstream and a link. The gate counts the bytes and
//! requests that pass, adds delay, jitter and a bandwidth limit, and injects faults.
//!
//! The gate runs on its own thread with its own runtime, so it shares no event loop with the
//! services it measures. All of its state lives on that thread, in cells without locks.
//! [`Gate`] is a handle that sends jobs to the thread.
//!
//! ```ignore
//! let gate = Gate::before(service.address(), Link::delayed(Duration::from_millis(50)))?;
//! let (before, cost) = (gate.counters().await, gate.cost().await);
//! run_load(gate.address()).await;
//! let (used, cost) = (gate.counters().await - before, gate.cost().await.since(&cost));
//! ```

mod accept;
mod amounts;
pub mod api;
pub mod args;
mod bad_gateway;
mod capture;
pub mod command_args;
pub mod commands;
mod cost;
mod counters;
mod delay_line;
mod fault;
mod fault_request;
mod gate_connection;
mod gate_thread;
mod harmless_headers;
mod http_tracker;
mod link;
mod link_request;
pub mod measure;
mod parameters;
pub mod ports;
mod recorder;
mod relay;
mod request;
mod reverse_proxy;
mod route;
mod show;
pub mod standalone;
mod state;
mod task_timer;
#[cfg(test)]
mod tests;
mod timers;
mod upstreams;

pub use cost::Cost;
pub use counters::Counters;
pub use link::Link;

use common::net::listen;
use fault::Fault;
use gate_thread::GateThread;
use route::Route;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    rc::Rc,
    thread::{Builder, JoinHandle},
    time::Instant,
};
use tokio::{
    runtime,
    sync::{mpsc, oneshot},
    task::{LocalSet, spawn_local},
};

/// Configuration of one route.
pub struct RouteConfig {
    /// Name of the route in the API.
    pub name: &'static str,
    /// Where clients connect.
    pub listener: TcpListener,
    /// Where their traffic goes.
    pub upstream: Upstream,
    /// Whether the route keeps the last bytes for `GET /gate/capture`.
    pub captured: bool,
}

/// The server side of a route.
#[derive(Clone, Debug)]
pub enum Upstream {
    /// `HOST:PORT` of one service.
    Service(String),
    /// All three services, behind one origin.
    Services(reverse_proxy::ServiceAddresses),
}

/// A running gate. Dropping it closes its connections and ends its thread.
pub struct Gate {
    addresses: Vec<(&'static str, SocketAddr)>,
    /// `None` only during the drop.
    jobs: Option<mpsc::UnboundedSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

type Job = Box<dyn FnOnce(&Routes) + Send>;

/// The routes, on the gate's thread.
struct Routes {
    thread: Rc<GateThread>,
    all: Vec<Rc<Route>>,
}

impl Gate {
    /// Starts a gate with one route to `service`, on a free port, with `link` in both directions.
    pub fn before(service: SocketAddr, link: Link) -> io::Result<Self> {
        let listener = listen((Ipv4Addr::LOCALHOST, 0).into())?;
        Self::start(
            vec![RouteConfig {
                name: "route",
                listener,
                upstream: Upstream::Service(service.to_string()),
                captured: false,
            }],
            link,
        )
    }

    /// Starts a gate with these routes, each with `link` in both directions.
    pub fn start(entries: Vec<RouteConfig>, link: Link) -> io::Result<Self> {
        let address = |entry: &RouteConfig| Ok((entry.name, entry.listener.local_addr()?));
        let addresses = entries
            .iter()
            .map(address)
            .collect::<io::Result<Vec<_>>>()?;
        let (jobs, received) = mpsc::unbounded_channel();
        let (ready, started) = std::sync::mpsc::channel();
        let run = move || {
            if let Err(error) = serve(entries, link, received, &ready) {
                // If the gate was ready already, the receiver is gone and the error has no reader.
                let _ = ready.send(Err(error));
            }
        };
        let thread = Some(Builder::new().name("gate".to_owned()).spawn(run)?);
        let gate = Self {
            addresses,
            jobs: Some(jobs),
            thread,
        };
        started.recv().map_err(io::Error::other)??;
        Ok(gate)
    }

    /// Returns the name and the address of each route.
    pub fn addresses(&self) -> &[(&'static str, SocketAddr)] {
        &self.addresses
    }

    /// Returns the address of the route with this name.
    pub fn lane_address(&self, name: &str) -> Option<SocketAddr> {
        let mut addresses = self.addresses.iter();
        let (_, address) = addresses.find(|(lane, _)| *lane == name)?;
        Some(*address)
    }

    /// Returns the address of the first route.
    pub fn address(&self) -> SocketAddr {
        self.addresses[0].1
    }

    /// Returns the sum of the counters of all routes since the gate started.
    pub async fn counters(&self) -> Counters {
        self.with_routes(|routes| {
            let mut all = Counters::default();
            routes
                .all
                .iter()
                .for_each(|route| all += route.tally.borrow().counters);
            all
        })
        .await
    }

    /// Returns the gate's own cost since it started.
    pub async fn cost(&self) -> Cost {
        self.with_routes(|routes| routes.thread.cost.borrow().with_cpu())
            .await
    }

    /// Resets all open connections of the route with this name. Returns when.
    pub async fn cut(&self, name: &'static str) -> Instant {
        self.with_routes(move |routes| {
            let now = Instant::now();
            for route in routes.named(Some(name)) {
                route.begin_fault(Fault::Cut, None);
            }
            now
        })
        .await
    }

    /// Returns when the gate accepted the connection from `peer`, if it is open.
    pub async fn accepted(&self, peer: SocketAddr) -> Option<Instant> {
        self.with_routes(move |routes| {
            let opened = |route: &Rc<Route>| {
                let connections = route.connections.borrow();
                let mut connections = connections.values();
                connections
                    .find(|connection| connection.peer == peer)
                    .map(|connection| connection.opened)
            };
            routes.named(None).find_map(opened)
        })
        .await
    }

    /// Runs a job on the gate's thread and returns its result.
    async fn with_routes<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Routes) -> T + Send + 'static,
    ) -> T {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |routes| drop(answer.send(job(routes))));
        let sent = self
            .jobs
            .as_ref()
            .is_some_and(|jobs| jobs.send(job).is_ok());
        assert!(sent, "the gate's thread lives as long as its handle");
        answered
            .await
            .expect("the gate's thread does what it is asked")
    }
}

impl Routes {
    /// Returns the route with this name, or all routes.
    fn named(&self, name: Option<&str>) -> impl Iterator<Item = &Rc<Route>> {
        self.all
            .iter()
            .filter(move |route| name.is_none_or(|name| route.name == name))
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        drop(self.jobs.take());
        // Waiting for the thread closes its sockets. A panic of the thread was printed already.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Runs the gate's thread: starts the routes, reports `ready`, then runs jobs until the
/// handle drops.
fn serve(
    entries: Vec<RouteConfig>,
    link: Link,
    mut jobs: mpsc::UnboundedReceiver<Job>,
    ready: &std::sync::mpsc::Sender<io::Result<()>>,
) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    LocalSet::new().block_on(&runtime, async {
        let thread = Rc::new(GateThread::new()?);
        let all = entries
            .into_iter()
            .map(|entry| open(&thread, entry, link))
            .collect::<io::Result<_>>()?;
        let routes = Routes {
            thread: thread.clone(),
            all,
        };
        spawn_local(async move { thread.timers.run().await });
        // The receiver is gone if the handle was dropped already.
        let _ = ready.send(Ok(()));
        while let Some(job) = jobs.recv().await {
            job(&routes);
        }
        Ok(())
    })
}

fn open(thread: &Rc<GateThread>, entry: RouteConfig, link: Link) -> io::Result<Rc<Route>> {
    let route = Rc::new(Route::new(
        thread.clone(),
        &entry,
        entry.listener.local_addr()?,
        link,
    ));
    let listener = tokio::net::TcpListener::from_std(entry.listener)?;
    spawn_local(route.clone().serve(listener));
    Ok(route)
}
