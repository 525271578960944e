//! The arguments, and what is measured in which order.

use super::{burn, death, memory, messages, notes::Notes, requests, spread, start, topic::Topic};
use crate::environment::{Environment, Settings};
use crate::{
    bench::{
        code,
        output::Output,
        result::{FORMAT, Run},
        run::command::seconds,
    },
    keyspace::Keyspace,
    redis::RedisServer,
};
use clap::Args;
use common::server::raise_open_files;
use std::{num::NonZeroU16, time::Duration};

#[derive(Args)]
pub(crate) struct Processes {
    /// Worker threads, and processes, that are compared
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(2..=64))]
    workers: u8,

    /// Connections, wherever there are many
    #[arg(long, value_name = "N", default_value = "400")]
    connections: NonZeroU16,

    /// Seconds that each measurement takes
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    seconds: f64,

    /// How often everything is measured
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
    repetitions: u16,

    /// Only these, separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = names())]
    only: Vec<String>,

    #[command(flatten)]
    output: Output,
}

/// What all measurements have in common.
pub(super) struct Bed {
    pub(super) workers: usize,
    pub(super) connections: usize,
    pub(super) time: Duration,
    pub(super) redis: RedisServer,
    /// There.
    pub(super) keys: Keyspace,
}

type Measurement = fn(&Bed, &mut Notes) -> Result<(), String>;

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
    pub(crate) fn run(&self) -> Result<(), String> {
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
            warnings
                .push(format!("{workers} workers shared {cores} cores with the load: more workers could not do more"));
        }
        let facts = self.measure()?.facts();
        let run = Run {
            format: FORMAT,
            environment,
            series: Vec::new(),
            facts,
            code: code::count(),
            warnings,
        };
        self.output.tell(&run)
    }

    fn measure(&self) -> Result<Notes, String> {
        let redis = RedisServer::start()
            .map_err(|error| format!("{error}; processes share one (apt install redis-server)"))?;
        let bed = Bed {
            workers: self.workers.into(),
            connections: self.connections.get().into(),
            time: Duration::from_secs_f64(self.seconds),
            keys: Keyspace::new(redis.url()),
            redis,
        };
        let mut notes = Notes::default();
        for _ in 0..self.repetitions {
            for (topic, measure) in ALL.iter().filter(|(topic, _)| self.wants(topic.name)) {
                measure(&bed, &mut notes).map_err(|error| format!("{}: {error}", topic.name))?;
            }
        }
        Ok(notes)
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}
