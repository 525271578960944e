//! `lab bench processes`: compares the worker threads of one process with processes of one worker.
//!
//! - [`workers`]: start, memory, requests, and the distribution of connections
//! - [`messages`]: the way of one message
//! - [`burn`], [`death`]: the effect of a busy and of a killed one on the others

mod burn;
mod death;
mod messages;
mod workers;

use crate::{
    run::command::length,
    service_benchmark::{Description, Row, ServiceBenchmark},
};
use anyhow::{Context, Result};
use clap::Args;
use client::Transport;
use servers::{
    keyspace::Keyspace,
    redis::RedisServer,
    spawned::{
        Layout, SpawnedService,
        client::{BlockingClient, WorkerThread},
    },
};
use service::server::raise_open_files;
use std::{thread::available_parallelism, time::Duration};

/// The arguments of `lab bench processes`.
#[derive(Args)]
pub(crate) struct Processes {
    /// Number of worker threads, and of processes, to compare
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(2..=64))]
    workers: u8,

    /// Connections in the measurements that need many
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,

    /// How long each measurement takes, such as 5, 5s or 500ms
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = length())]
    duration: Duration,

    /// Measurements to run, separated by commas [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = names())]
    only: Vec<String>,

    #[command(flatten)]
    benchmark: ServiceBenchmark<3>,
}

/// One measurement: the value of `--only`, the title of its table, and what it measures.
type Topic = (&'static str, &'static str, fn(&Setup) -> Result<Vec<Row>>);

const ALL: [Topic; 7] = [
    ("start", "Start", workers::start),
    ("memory", "Memory without connections", workers::memory),
    (
        "messages",
        "A message on its way, one at a time",
        messages::measure,
    ),
    (
        "requests",
        "Requests on connections that are kept alive",
        workers::requests,
    ),
    ("spread", "How connections spread", workers::spread),
    ("burn", "What others feel while one computes", burn::measure),
    ("death", "One process is killed under load", death::measure),
];

fn names() -> clap::builder::PossibleValuesParser {
    ALL.map(|(name, ..)| name).into()
}

/// The sizes of the measurements, and the Redis that processes share.
struct Setup {
    /// Worker threads of one process, and processes, that are compared.
    workers: usize,
    connections: usize,
    /// The length of one measurement.
    time: Duration,
    /// Runs as long as the services that have their keys in it.
    _redis: RedisServer,
    keys: Keyspace,
}

impl Processes {
    pub(crate) fn run(&self) -> Result<()> {
        raise_open_files();
        let workers = u32::from(self.workers);
        let cores = available_parallelism()?.get();
        let shared = (cores < usize::from(self.workers)).then(|| {
            format!(
                "{workers} workers shared {cores} cores with the load: further workers cannot help"
            )
        });
        let redis =
            RedisServer::start().context("processes share a Redis (apt install redis-server)")?;
        let setup = Setup {
            workers: self.workers.into(),
            connections: self.connections.into(),
            time: self.duration,
            keys: Keyspace::new(redis.url()),
            _redis: redis,
        };
        let description = Description {
            workers,
            warnings: shared.into_iter().collect(),
            closing: format!("Compared {workers} threads of one process with {workers} processes."),
            ..Description::default()
        };
        self.benchmark.run(description, |facts| {
            for (name, title, measure) in ALL.iter().filter(|(name, ..)| self.wants(name)) {
                for (subject, figures) in measure(&setup).context(*name)? {
                    facts.add(title, &subject, figures);
                }
            }
            Ok(())
        })
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}

impl Setup {
    /// Starts a service of event streams, whose responses are the shortest.
    fn start(&self, layout: Layout, more: &[&str]) -> Result<SpawnedService> {
        SpawnedService::start(layout, Transport::Sse, &self.keys, more)
    }
}

/// Connects a client, and returns it with the thread that serves it.
fn connect(service: &SpawnedService) -> Result<(BlockingClient, WorkerThread)> {
    let mut client = service.client()?;
    let worker = client.worker()?;
    Ok((client, worker))
}
