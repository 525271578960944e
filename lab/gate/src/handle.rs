//! The handle of a running gate, which sends jobs to the gate's thread.

use super::{
    Cost, Counters, Link, RouteConfig, Upstream,
    fault::Fault,
    route::Route,
    routes::{Routes, serve},
};
use net::listen;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    rc::Rc,
    sync::mpsc::channel,
    time::Instant,
};
use support::job_thread::JobThread;

/// A running gate. Dropping it closes its connections and ends its thread.
pub struct Gate {
    addresses: Vec<(&'static str, SocketAddr)>,
    thread: JobThread<Routes>,
}

impl Gate {
    /// Starts a gate with one route to `service`, on a free port, with `link` in both directions.
    ///
    /// # Errors
    ///
    /// If no port is free, or the gate cannot start.
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
    ///
    /// # Errors
    ///
    /// If the system has no more sockets or threads.
    pub fn start(entries: Vec<RouteConfig>, link: Link) -> io::Result<Self> {
        let address = |entry: &RouteConfig| Ok((entry.name, entry.listener.local_addr()?));
        let addresses = entries
            .iter()
            .map(address)
            .collect::<io::Result<Vec<_>>>()?;
        let (ready, started) = channel();
        let thread = JobThread::start("gate", move |jobs| {
            if let Err(error) = serve(entries, link, jobs, &ready) {
                // If the gate was ready already, the receiver is gone and the error has no reader.
                let _ = ready.send(Err(error));
            }
        })?;
        started.recv().map_err(io::Error::other)??;
        Ok(Self { addresses, thread })
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
    pub(super) async fn with_routes<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Routes) -> T + Send + 'static,
    ) -> T {
        self.thread.run(|routes| job(routes)).await
    }
}
