//! The arguments of `bench processes`, and the list of measurements.

use super::{burn, death, memory, messages, requests, setup::Setup, spread, start, topic::Topic};
use crate::environment::{Environment, Settings};
use crate::{facts::Facts, output::Output, run::command::length};
use anyhow::{Context, Result};
use clap::Args;
use common::server::raise_open_files;
use servers::{keyspace::Keyspace, redis::RedisServer};
use std::{num::NonZeroU16, time::Duration};

/// The arguments of `lab bench processes`.
#[derive(Args)]
pub(crate) struct Processes {
    /// Number of worker threads, and of processes, to compare
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(2..=64))]
    workers: u8,

    /// Connections in measurements with many
    #[arg(long, value_name = "N", default_value = "400")]
    connections: NonZeroU16,

    /// Length of each measurement, such as 5, 5s or 500ms
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = length())]
    seconds: Duration,

    /// Repetitions of each measurement
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
    repetitions: u16,

    /// Measurements to run, separated by commas [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = names())]
    only: Vec<String>,

    #[command(flatten)]
    output: Output,
}

type Measurement = fn(&Setup, &mut Facts) -> Result<()>;

const ALL: [(Topic, Measurement); 7] = [
    (start::TOPIC, start::measure),
    (memory::TOPIC, memory::measure),
    (messages::TOPIC, messages::measure),
    (requests::TOPIC, requests::measure),
    (spread::TOPIC, spread::measure),
    (burn::TOPIC, burn::measure),
    (death::TOPIC, death::measure),
];

fn names() -> clap::builder::PossibleValuesParser {
    ALL.map(|(topic, _)| topic.name).into()
}

impl Processes {
    pub(crate) fn run(&self) -> Result<()> {
        raise_open_files();
        let workers = u32::from(self.workers);
        let environment = Environment::here(Settings {
            workers,
            nodelay: true,
            pinning: None,
        });
        let mut warnings = environment.warnings();
        if environment.cores < workers {
            let cores = environment.cores;
            warnings.push(format!(
                "{workers} workers shared {cores} cores with the load: further workers cannot help"
            ));
        }
        let run = self.measure()?.into_run(environment, warnings);
        self.output.write(
            &run,
            &format!("Compared {workers} threads of one process with {workers} processes."),
        )
    }

    fn measure(&self) -> Result<Facts> {
        let redis =
            RedisServer::start().context("processes share a Redis (apt install redis-server)")?;
        let setup = Setup {
            workers: self.workers.into(),
            connections: self.connections.get().into(),
            time: self.seconds,
            keys: Keyspace::new(redis.url()),
            redis,
        };
        let mut facts = Facts::default();
        for _ in 0..self.repetitions {
            for (topic, measure) in ALL.iter().filter(|(topic, _)| self.wants(topic.name)) {
                measure(&setup, &mut facts).context(topic.name)?;
            }
        }
        Ok(facts)
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}
