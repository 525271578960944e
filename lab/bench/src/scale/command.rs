//! The arguments of `bench scale`, and the measurement: connect, idle, publish, count.

use super::{counts::Counts, subscribers::SubscriberProcesses};
use crate::environment::{Environment, Settings};
use crate::{
    facts::{Facts, Figure},
    load::{clock, engine::Engine, pace::Pace, target::Target},
    output::Output,
    run::command::length,
};
use anyhow::{Context, Error, Result};
use clap::Args;
use client::Transport;
use common::server::raise_open_files;
use servers::spawned::{Layout, SpawnedService, procfs};
use servers::{keyspace::Keyspace, redis::RedisServer};
use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    thread,
    time::{Duration, Instant},
};
use support::units::count;

const CHANNEL: &str = "bench";
const IDLE: &str = "idle";
const BROADCAST: &str = "a message every second";
/// Size of a message's text in bytes.
const SIZE: usize = 100;
/// Messages per second.
const RATE: f64 = 1.0;
/// Share of the open-files limit that the connections of a serving process may use. The kernel
/// distributes them randomly, not evenly.
const SERVING_SHARE: f64 = 0.85;
/// The same for a process with subscribers, whose connections are counted exactly.
const SUBSCRIBING_SHARE: f64 = 0.97;
/// Without a delivery for this long, missing messages count as lost.
const LOST_AFTER: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(100);

/// The arguments of `lab bench scale`.
#[derive(Args)]
pub(crate) struct Scale {
    /// Connections on each transport; the transports are measured one after another
    #[arg(long, value_name = "N", default_value = "100000")]
    readers: NonZeroUsize,

    /// Transports to measure, separated by commas [default: all]
    #[arg(long, value_name = "NAME", value_enum, value_delimiter = ',')]
    transport: Vec<Transport>,

    /// Processes of the service [default: enough for the limit of open files]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    processes: Option<u8>,

    /// Length of the idle phase, and of the phase with messages, such as 5, 5s or 500ms
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = length())]
    seconds: Duration,

    #[command(flatten)]
    output: Output,
}

/// The measurement of one transport.
struct TransportScale<'a> {
    facts: &'a mut Facts,
    transport: Transport,
    readers: usize,
    processes: usize,
}

impl Scale {
    pub(crate) fn run(&self) -> Result<()> {
        let files = raise_open_files() as f64;
        let readers = self.readers.get();
        let needed = readers.div_ceil((files * SERVING_SHARE) as usize).min(64);
        let processes = self.processes.map_or(needed, usize::from);
        let environment = Environment::here(Settings {
            workers: processes as u32,
            nodelay: true,
            pinning: None,
        });
        let redis =
            RedisServer::start().context("processes share a Redis (apt install redis-server)")?;
        let mut facts = Facts::default();
        let all = [Transport::Longpoll, Transport::Sse, Transport::Ws];
        for transport in if self.transport.is_empty() {
            &all[..]
        } else {
            &self.transport
        } {
            let mut scale = TransportScale {
                facts: &mut facts,
                transport: *transport,
                readers,
                processes,
            };
            let measured =
                scale.measure(&redis, (files * SUBSCRIBING_SHARE) as usize, self.seconds);
            measured.context(transport.name())?;
        }
        let warnings = environment.warnings();
        let run = facts.into_run(environment, warnings);
        let held = format!(
            "Held {} on each transport.",
            count(readers as u64, "connection")
        );
        self.output.write(&run, &held)
    }
}

impl TransportScale<'_> {
    fn measure(&mut self, redis: &RedisServer, each: usize, time: Duration) -> Result<()> {
        // Reachable at every loopback address.
        let anywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let layout = Layout::Processes(self.processes);
        let service = SpawnedService::start_at(
            anywhere,
            layout,
            self.transport,
            &Keyspace::new(redis.url()),
            &[],
        )
        .map_err(Error::msg)?;
        let (user, kernel, began) = (service.memory(), procfs::kernel_memory(), Instant::now());
        let mut subscribers = SubscriberProcesses::connect(
            self.transport,
            service.address.port(),
            CHANNEL,
            self.readers,
            each,
        )?;
        self.add(IDLE, ("connections", ""), self.readers as f64);
        self.add(IDLE, ("processes that serve", ""), self.processes as f64);
        self.add(
            IDLE,
            ("processes that read", ""),
            subscribers.processes() as f64,
        );
        self.add(IDLE, ("opened in", "s"), began.elapsed().as_secs_f64());
        self.idle(&service, time);
        let held = |now: u64, before: u64| now.saturating_sub(before) as f64 / self.readers as f64;
        let (user, kernel) = (
            held(service.memory(), user),
            procfs::kernel_memory()
                .zip(kernel)
                .map(|(now, before)| held(now, before)),
        );
        self.add(IDLE, ("memory in all", "MB"), service.memory() as f64 / 1e6);
        self.add(IDLE, ("memory of a connection", "B"), user);
        kernel
            .into_iter()
            .for_each(|kernel| self.add(IDLE, ("in the kernel, both ends", "B"), kernel));
        self.broadcast(&service, &mut subscribers, time)
    }

    fn idle(&mut self, service: &SpawnedService, time: Duration) {
        let before = service.cpu();
        thread::sleep(time);
        let share = service.cpu().saturating_sub(before).as_secs_f64() / time.as_secs_f64();
        self.add(IDLE, ("CPU while idle", "% of a core"), share * 100.0);
    }

    fn broadcast(
        &mut self,
        service: &SpawnedService,
        subscribers: &mut SubscriberProcesses,
        time: Duration,
    ) -> Result<()> {
        let base = format!("http://127.0.0.1:{}", service.address.port());
        let mut publisher = Engine::new(Target::ours(self.transport, &base, CHANNEL)?, SIZE)?;
        let (before, cpu) = (subscribers.counts()?, service.cpu());
        publisher.run(&mut Pace::open(RATE, clock::now()), time)?;
        let expected = publisher.published() * self.readers as u64;
        let counted = wait_for_deliveries(subscribers, expected)?;
        let used = service.cpu().saturating_sub(cpu).as_secs_f64();
        let each = |seconds: f64| seconds * 1e6 / counted.received.max(1) as f64;
        self.add(BROADCAST, ("messages", ""), publisher.published() as f64);
        self.add(BROADCAST, ("deliveries", ""), counted.received as f64);
        self.add(
            BROADCAST,
            ("lost", ""),
            expected.saturating_sub(counted.received) as f64,
        );
        self.add(BROADCAST, ("duplicated", ""), counted.duplicated as f64);
        self.add(
            BROADCAST,
            ("connections ended", ""),
            (before.ended + counted.ended) as f64,
        );
        for (figure, share) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
            self.add(
                BROADCAST,
                (figure, "ms"),
                counted.latency.quantile(share) as f64 / 1e3,
            );
        }
        self.add(
            BROADCAST,
            ("CPU of the service for a delivery", "µs"),
            each(used),
        );
        self.add(
            BROADCAST,
            ("CPU of the readers for a delivery", "µs"),
            each(counted.cpu_seconds - before.cpu_seconds),
        );
        Ok(())
    }

    fn add(&mut self, doing: &str, figure: Figure, value: f64) {
        self.facts.add(
            &format!("{} connections, {doing}", self.readers),
            &self.transport.name(),
            figure,
            value,
        );
    }
}

/// Waits until `expected` messages have arrived, or none arrives for a while.
fn wait_for_deliveries(subscribers: &mut SubscriberProcesses, expected: u64) -> Result<Counts> {
    let (mut counted, mut progress) = (Counts::default(), Instant::now());
    while counted.received < expected && progress.elapsed() < LOST_AFTER {
        let more = subscribers.counts()?;
        if more.received > 0 {
            progress = Instant::now();
        }
        counted.add(&more);
        counted.cpu_seconds = more.cpu_seconds;
        thread::sleep(STEP);
    }
    Ok(counted)
}
