//! `lab bench scale`: holds many connections to one port, over several processes on both sides.
//! Open files limit a process, and local ports limit an address.
//!
//! - [`subscriber_process`]: a process with subscribers, `lab bench crowd`
//! - [`subscribers`]: all of them, as the measurement sees them

mod subscriber_process;
mod subscribers;

pub(super) use subscriber_process::SubscribersArgs;

use crate::{
    load::{CHANNEL, SIZE, clock, engine::Engine, pace::Pace, target::Target},
    run::command::length,
    service_benchmark::{Description, Facts, Figure, MAX, P50, P99, ServiceBenchmark, quantiles},
};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use client::Transport;
use servers::spawned::{Layout, SpawnedService, procfs};
use servers::{keyspace::Keyspace, redis::RedisServer};
use service::server::raise_open_files;
use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    thread,
    time::{Duration, Instant},
};
use subscriber_process::Report;
use subscribers::SubscriberProcesses;
use support::units::{at_least_one, count};

const IDLE: &str = "idle";
const BROADCAST: &str = "a message every second";
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
    /// Subscribers on each transport; the transports are measured one after another
    #[arg(long, value_name = "N", default_value = "100000", value_parser = at_least_one::<NonZeroUsize>)]
    subscribers: NonZeroUsize,

    /// Transports to measure, separated by commas [default: all]
    #[arg(long, value_name = "NAME", value_enum, value_delimiter = ',')]
    transport: Vec<Transport>,

    /// Processes of the service [default: enough for the limit of open files]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    processes: Option<u8>,

    /// How long the idle phase takes, and the phase with messages, such as 5, 5s or 500ms
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = length())]
    duration: Duration,

    #[command(flatten)]
    benchmark: ServiceBenchmark<1>,
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
        let readers = self.subscribers.get();
        let needed = readers.div_ceil((files * SERVING_SHARE) as usize).min(64);
        let processes = self.processes.map_or(needed, usize::from);
        let redis =
            RedisServer::start().context("processes share a Redis (apt install redis-server)")?;
        let transports = match &self.transport[..] {
            [] => Transport::value_variants(),
            some => some,
        };
        let held = count(readers as u64, "connection");
        let description = Description {
            workers: processes as u32,
            closing: format!("Held {held} on each transport."),
            ..Description::default()
        };
        self.benchmark.run(description, |facts| {
            for transport in transports {
                let mut scale = TransportScale {
                    facts,
                    transport: *transport,
                    readers,
                    processes,
                };
                let each = (files * SUBSCRIBING_SHARE) as usize;
                let measured = scale.measure(&redis, each, self.duration);
                measured.context(transport.name())?;
            }
            Ok(())
        })
    }
}

impl TransportScale<'_> {
    fn measure(&mut self, redis: &RedisServer, each: usize, time: Duration) -> Result<()> {
        // Reachable at every loopback address.
        let anywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let layout = Layout::Processes(self.processes);
        let keys = Keyspace::new(redis.url());
        let service = SpawnedService::start_at(anywhere, layout, self.transport, &keys, &[])?;
        let (user, kernel, began) = (service.memory(), procfs::kernel_memory(), Instant::now());
        let mut subscribers = SubscriberProcesses::connect(
            self.transport,
            service.address.port(),
            self.readers,
            each,
        )?;
        self.add(
            IDLE,
            [
                (("connections", ""), self.readers as f64),
                (("processes that serve", ""), self.processes as f64),
                (("processes that read", ""), subscribers.processes() as f64),
                (("opened in", "s"), began.elapsed().as_secs_f64()),
            ],
        );
        self.idle(&service, time);
        let held = |now: u64, before: u64| now.saturating_sub(before) as f64 / self.readers as f64;
        let now = service.memory();
        let memory = [
            (("memory in all", "MB"), now as f64 / 1e6),
            (("memory of a connection", "B"), held(now, user)),
        ];
        let kernel = procfs::kernel_memory().zip(kernel);
        let kernel =
            kernel.map(|(now, before)| (("in the kernel, both ends", "B"), held(now, before)));
        self.add(IDLE, memory.into_iter().chain(kernel));
        self.broadcast(&service, &mut subscribers, time)
    }

    fn idle(&mut self, service: &SpawnedService, time: Duration) {
        let before = service.cpu();
        thread::sleep(time);
        let share = service.cpu().saturating_sub(before).as_secs_f64() / time.as_secs_f64();
        self.add(IDLE, [(("CPU while idle", "% of a core"), share * 100.0)]);
    }

    fn broadcast(
        &mut self,
        service: &SpawnedService,
        subscribers: &mut SubscriberProcesses,
        time: Duration,
    ) -> Result<()> {
        let base = format!("http://127.0.0.1:{}", service.address.port());
        let mut publisher = Engine::new(Target::ours(self.transport, &base, CHANNEL)?, SIZE)?;
        let (before, cpu) = (subscribers.report()?, service.cpu());
        publisher.run(&mut Pace::open(RATE, clock::now()), time)?;
        let expected = publisher.published() * self.readers as u64;
        let Report {
            counters: counted,
            cpu_seconds,
        } = wait_for_deliveries(subscribers, expected)?;
        let used = service.cpu().saturating_sub(cpu).as_secs_f64();
        let each = |seconds: f64| seconds * 1e6 / counted.received.max(1) as f64;
        let lost = expected.saturating_sub(counted.received);
        let ended = before.counters.ended + counted.ended;
        let read = cpu_seconds - before.cpu_seconds;
        let counts = [
            (("messages", ""), publisher.published() as f64),
            (("deliveries", ""), counted.received as f64),
            (("lost", ""), lost as f64),
            (("duplicated", ""), counted.duplicated as f64),
            (("connections ended", ""), ended as f64),
        ];
        let latency = quantiles(&counted.latency, "ms", [P50, P99, MAX]);
        let cpu = [
            (("CPU of the service for a delivery", "µs"), each(used)),
            (("CPU of the readers for a delivery", "µs"), each(read)),
        ];
        self.add(BROADCAST, counts.into_iter().chain(latency).chain(cpu));
        Ok(())
    }

    fn add(&mut self, doing: &str, figures: impl IntoIterator<Item = (Figure, f64)>) {
        let topic = format!("{} connections, {doing}", self.readers);
        self.facts.add(&topic, &self.transport.name(), figures);
    }
}

/// Waits until `expected` messages have arrived, or none arrives for a while.
fn wait_for_deliveries(subscribers: &mut SubscriberProcesses, expected: u64) -> Result<Report> {
    let (mut all, mut progress) = (Report::default(), Instant::now());
    while all.counters.received < expected && progress.elapsed() < LOST_AFTER {
        let more = subscribers.report()?;
        if more.counters.received > 0 {
            progress = Instant::now();
        }
        all.counters.add(&more.counters);
        all.cpu_seconds = more.cpu_seconds;
        thread::sleep(STEP);
    }
    Ok(all)
}
