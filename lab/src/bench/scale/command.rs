//! The arguments, and the measurement: connect, wait, publish, count.

use super::{crowds::Crowds, tally::Tally};
use crate::environment::{Environment, Settings};
use crate::spawned::{Layout, SpawnedService, procfs};
use crate::{
    bench::{
        code,
        output::Output,
        processes::notes::{Figure, Notes},
        result::{FORMAT, Run},
        run::command::seconds,
    },
    client::Transport,
    keyspace::Keyspace,
    load::{clock, engine::Engine, pace::Pace, target::Target},
    redis::RedisServer,
};
use clap::Args;
use common::server::raise_open_files;
use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    thread,
    time::{Duration, Instant},
};

const CHANNEL: &str = "bench";
const IDLE: &str = "idle";
const BROADCAST: &str = "a message every second";
/// Bytes of a message's text.
const SIZE: usize = 100;
/// Messages a second.
const RATE: f64 = 1.0;
/// A process gets this part of the connections that its limit of open files allows: the kernel spreads by chance, not evenly.
const ROOM: f64 = 0.85;
/// A crowd needs fewer, as it is told how many it has.
const CROWD: f64 = 0.97;
/// So long nothing arrives before the rest counts as lost.
const LOST: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(100);

#[derive(Args)]
pub(crate) struct Scale {
    /// Connections on each transport, one transport after the other
    #[arg(long, value_name = "N", default_value = "100000")]
    readers: NonZeroUsize,

    /// Only these transports, separated by commas [default: all three]
    #[arg(long, value_name = "NAME", value_enum, value_delimiter = ',')]
    transport: Vec<Transport>,

    /// Processes of the service [default: as many as the limit of open files asks for]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    processes: Option<u8>,

    /// Seconds that all are idle, and as many with a message every second
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    seconds: f64,

    #[command(flatten)]
    output: Output,
}

/// What a measurement of one transport is about.
struct Subject<'a> {
    notes: &'a mut Notes,
    transport: Transport,
    readers: usize,
    processes: usize,
}

impl Scale {
    pub(crate) fn run(&self) -> Result<(), String> {
        let files = raise_open_files() as f64;
        let readers = self.readers.get();
        let needed = readers.div_ceil((files * ROOM) as usize).min(64);
        let processes = self.processes.map_or(needed, usize::from);
        let environment = Environment::here(Settings {
            workers: processes as u32,
            nodelay: true,
            pinning: None,
        });
        let redis = RedisServer::start()
            .map_err(|error| format!("{error}; processes share one (apt install redis-server)"))?;
        let mut notes = Notes::default();
        let all = [Transport::Longpoll, Transport::Sse, Transport::Ws];
        for transport in if self.transport.is_empty() {
            &all[..]
        } else {
            &self.transport
        } {
            let mut subject = Subject {
                notes: &mut notes,
                transport: *transport,
                readers,
                processes,
            };
            let measured = subject.measure(
                &redis,
                (files * CROWD) as usize,
                Duration::from_secs_f64(self.seconds),
            );
            measured.map_err(|error| format!("{}: {error}", transport.name()))?;
        }
        let (warnings, facts) = (environment.warnings(), notes.facts());
        self.output.tell(&Run {
            format: FORMAT,
            environment,
            series: Vec::new(),
            facts,
            code: code::count(),
            warnings,
        })
    }
}

impl Subject<'_> {
    fn measure(&mut self, redis: &RedisServer, each: usize, time: Duration) -> Result<(), String> {
        // All loopback addresses lead to it.
        let anywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let layout = Layout::Processes(self.processes);
        let service = SpawnedService::start_at(
            anywhere,
            layout,
            self.transport,
            &Keyspace::new(redis.url()),
            &[],
        )?;
        let (user, kernel, began) = (service.memory(), procfs::kernel_memory(), Instant::now());
        let mut crowds = Crowds::connect(
            self.transport,
            service.address.port(),
            CHANNEL,
            self.readers,
            each,
        )?;
        self.note(IDLE, ("connections", ""), self.readers as f64);
        self.note(IDLE, ("processes that serve", ""), self.processes as f64);
        self.note(IDLE, ("processes that read", ""), crowds.processes() as f64);
        self.note(IDLE, ("opened in", "s"), began.elapsed().as_secs_f64());
        self.idle(&service, time);
        let held = |now: u64, before: u64| now.saturating_sub(before) as f64 / self.readers as f64;
        let (user, kernel) = (
            held(service.memory(), user),
            procfs::kernel_memory()
                .zip(kernel)
                .map(|(now, before)| held(now, before)),
        );
        self.note(IDLE, ("memory in all", "MB"), service.memory() as f64 / 1e6);
        self.note(IDLE, ("memory of a connection", "B"), user);
        kernel
            .into_iter()
            .for_each(|kernel| self.note(IDLE, ("in the kernel, both ends", "B"), kernel));
        self.broadcast(&service, &mut crowds, time)
    }

    fn idle(&mut self, service: &SpawnedService, time: Duration) {
        let before = service.cpu();
        thread::sleep(time);
        let share = service.cpu().saturating_sub(before).as_secs_f64() / time.as_secs_f64();
        self.note(IDLE, ("CPU while idle", "% of a core"), share * 100.0);
    }

    fn broadcast(
        &mut self,
        service: &SpawnedService,
        crowds: &mut Crowds,
        time: Duration,
    ) -> Result<(), String> {
        let base = format!("http://127.0.0.1:{}", service.address.port());
        let mut publisher = Engine::new(Target::ours(self.transport, &base, CHANNEL)?, SIZE)?;
        let (before, cpu) = (crowds.tally()?, service.cpu());
        publisher.run(&mut Pace::open(RATE, clock::now()), time)?;
        let expected = publisher.published() * self.readers as u64;
        let counted = arrive(crowds, expected)?;
        let used = service.cpu().saturating_sub(cpu).as_secs_f64();
        let each = |seconds: f64| seconds * 1e6 / counted.received.max(1) as f64;
        self.note(BROADCAST, ("messages", ""), publisher.published() as f64);
        self.note(BROADCAST, ("deliveries", ""), counted.received as f64);
        self.note(
            BROADCAST,
            ("lost", ""),
            expected.saturating_sub(counted.received) as f64,
        );
        self.note(BROADCAST, ("duplicated", ""), counted.duplicated as f64);
        self.note(
            BROADCAST,
            ("connections ended", ""),
            (before.ended + counted.ended) as f64,
        );
        for (figure, share) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
            self.note(
                BROADCAST,
                (figure, "ms"),
                counted.latency.quantile(share) as f64 / 1e3,
            );
        }
        self.note(
            BROADCAST,
            ("CPU of the service for a delivery", "µs"),
            each(used),
        );
        self.note(
            BROADCAST,
            ("CPU of the readers for a delivery", "µs"),
            each(counted.cpu_seconds - before.cpu_seconds),
        );
        Ok(())
    }

    fn note(&mut self, doing: &str, figure: Figure, value: f64) {
        self.notes.add(
            &format!("{} connections, {doing}", self.readers),
            &self.transport.name(),
            figure,
            value,
        );
    }
}

/// Waits until so many messages have arrived, or no more do.
fn arrive(crowds: &mut Crowds, expected: u64) -> Result<Tally, String> {
    let (mut counted, mut progress) = (Tally::default(), Instant::now());
    while counted.received < expected && progress.elapsed() < LOST {
        let more = crowds.tally()?;
        if more.received > 0 {
            progress = Instant::now();
        }
        counted.add(&more);
        counted.cpu_seconds = more.cpu_seconds;
        thread::sleep(STEP);
    }
    Ok(counted)
}
