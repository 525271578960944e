//! The gate: a TCP proxy in front of the services, one port for each lane. It counts what is on the wire, adds a link with
//! delay and bandwidth, and breaks things, so that what passes through it can be measured and seen. docs/gate.md is for
//! its users.
//!
//! It has a thread and a runtime of its own and shares no event loop with what it measures. Everything it knows lives on
//! that thread, in cells without locks; [`Gate`] is a handle that sends jobs there.
//!
//! ```ignore
//! let gate = Gate::before(service.address(), Link::delayed(Duration::from_millis(50)))?;
//! let (before, cost) = (gate.counters().await, gate.cost().await);
//! run_load(gate.address()).await;
//! let (used, cost) = (gate.counters().await - before, gate.cost().await.since(&cost));
//! ```

mod accept;
mod alarm;
mod alone;
pub(crate) mod api;
pub(crate) mod args;
mod bad_gateway;
mod capture;
mod carrier;
mod clock;
pub(crate) mod commands;
mod connection;
mod cost;
mod counters;
mod delay_line;
mod dialog;
mod fault;
mod framing;
mod head;
mod headers;
mod lane;
mod link;
mod measure;
mod redact;
mod router;
mod show;
mod state;
mod storm;
#[cfg(test)]
mod tests;
mod thread;
mod wish;

pub(crate) use cost::Cost;
pub(crate) use counters::Counters;
pub(crate) use link::Link;

use common::net::listen;
use lane::Lane;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    rc::Rc,
    thread::{Builder, JoinHandle},
};
use thread::Thread;
use tokio::{
    runtime,
    sync::{Mutex, mpsc, oneshot},
    task::{LocalSet, spawn_local},
};

/// Where a lane begins and where it leads.
pub(crate) struct Entry {
    /// By which it is asked for.
    pub(crate) name: &'static str,
    pub(crate) listener: TcpListener,
    pub(crate) upstream: Upstream,
    /// Whether the last bytes are kept to be looked at.
    pub(crate) captured: bool,
}

/// What is behind a lane.
#[derive(Clone, Debug)]
pub(crate) enum Upstream {
    /// `HOST:PORT` of one service.
    Service(String),
    /// All three, as one origin.
    Services(router::Services),
}

/// A running gate. It ends, with all its connections, when this is dropped.
pub(crate) struct Gate {
    addresses: Vec<(&'static str, SocketAddr)>,
    /// None only while it is dropped.
    jobs: Option<mpsc::UnboundedSender<Job>>,
    thread: Option<JoinHandle<()>>,
    /// Locked while a storm is under way: another one would cut its clients, and be told of none of its own.
    storming: Mutex<()>,
}

type Job = Box<dyn FnOnce(&Lanes) + Send>;

/// What lives on the thread.
struct Lanes {
    thread: Rc<Thread>,
    all: Vec<Rc<Lane>>,
}

impl Gate {
    /// One lane with this link in both directions, on a free port in front of this address.
    pub(crate) fn before(service: SocketAddr, link: Link) -> io::Result<Self> {
        let listener = listen((Ipv4Addr::LOCALHOST, 0).into())?;
        Self::start(
            vec![Entry {
                name: "lane",
                listener,
                upstream: Upstream::Service(service.to_string()),
                captured: false,
            }],
            link,
        )
    }

    /// Any number of lanes, all with this link in both directions.
    pub(crate) fn start(entries: Vec<Entry>, link: Link) -> io::Result<Self> {
        let address = |entry: &Entry| Ok((entry.name, entry.listener.local_addr()?));
        let addresses = entries
            .iter()
            .map(address)
            .collect::<io::Result<Vec<_>>>()?;
        let (jobs, received) = mpsc::unbounded_channel();
        let (ready, started) = std::sync::mpsc::channel();
        let run = move || {
            if let Err(error) = serve(entries, link, received, &ready) {
                // Whoever started it has heard already, or else it ran.
                let _ = ready.send(Err(error));
            }
        };
        let thread = Some(Builder::new().name("gate".to_owned()).spawn(run)?);
        let gate = Self {
            addresses,
            jobs: Some(jobs),
            thread,
            storming: Mutex::default(),
        };
        started.recv().map_err(io::Error::other)??;
        Ok(gate)
    }

    /// The lanes, and where they listen.
    pub(crate) fn addresses(&self) -> &[(&'static str, SocketAddr)] {
        &self.addresses
    }

    /// Where the first lane listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.addresses[0].1
    }

    /// What all lanes have carried since the gate began.
    pub(crate) async fn counters(&self) -> Counters {
        self.ask(|lanes| {
            let mut all = Counters::default();
            lanes
                .all
                .iter()
                .for_each(|lane| all += lane.tally.borrow().counters);
            all
        })
        .await
    }

    /// What the gate itself has added and used since it began.
    pub(crate) async fn cost(&self) -> Cost {
        self.ask(|lanes| lanes.thread.cost.borrow().with_cpu())
            .await
    }

    /// Does a job on the gate's thread and gives what came of it.
    async fn ask<T: Send + 'static>(&self, job: impl FnOnce(&Lanes) -> T + Send + 'static) -> T {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |lanes| drop(answer.send(job(lanes))));
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

impl Lanes {
    /// The lane of this name, or all.
    fn named(&self, name: Option<&str>) -> impl Iterator<Item = &Rc<Lane>> {
        self.all
            .iter()
            .filter(move |lane| name.is_none_or(|name| lane.name == name))
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        drop(self.jobs.take());
        // Afterwards no socket of it is open. If it panicked, that was said when it did.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// The thread: everything is set up, `ready` is told, and jobs are done until nobody can send one.
fn serve(
    entries: Vec<Entry>,
    link: Link,
    mut jobs: mpsc::UnboundedReceiver<Job>,
    ready: &std::sync::mpsc::Sender<io::Result<()>>,
) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    LocalSet::new().block_on(&runtime, async {
        let thread = Rc::new(Thread::new()?);
        let all = entries
            .into_iter()
            .map(|entry| open(&thread, entry, link))
            .collect::<io::Result<_>>()?;
        let lanes = Lanes {
            thread: thread.clone(),
            all,
        };
        spawn_local(async move { thread.clock.run().await });
        // Nobody waits any more: the handle was dropped at once.
        let _ = ready.send(Ok(()));
        while let Some(job) = jobs.recv().await {
            job(&lanes);
        }
        Ok(())
    })
}

fn open(thread: &Rc<Thread>, entry: Entry, link: Link) -> io::Result<Rc<Lane>> {
    let lane = Rc::new(Lane::new(
        thread.clone(),
        &entry,
        entry.listener.local_addr()?,
        link,
    ));
    let listener = tokio::net::TcpListener::from_std(entry.listener)?;
    spawn_local(lane.clone().serve(listener));
    Ok(lane)
}
