//! `lab bench channels`: how the cost of a channel depends on the number of channels.
//!
//! - [`measurement`]: what is measured for one number of channels
//! - [`openings`]: what opening a stream on a channel of its own costs
//! - [`expiry`]: the slowest response while messages expire

mod expiry;
mod measurement;
mod metric;
mod openings;

use crate::{
    run::command::length,
    service_benchmark::{Description, ServiceBenchmark},
};
use anyhow::{Context, Result};
use clap::Args;
use measurement::Measurement;
use servers::{broker_choice::BrokerChoice, spawned::Layout};
use service::server::raise_open_files;
use std::{
    num::{NonZeroU64, NonZeroUsize},
    time::Duration,
};
use support::units::{at_least_one, count};

/// Numbers of channels.
const USUAL: [u64; 4] = [1, 100, 10_000, 100_000];
const QUICK: [u64; 3] = [1, 100, 2000];
/// Streams that are opened for each number of channels.
const USUAL_STREAMS: usize = 15_000;
const QUICK_STREAMS: usize = 1000;
/// Share of the open-files limit that the streams may use.
const SHARE_OF_FILES: f64 = 0.9;

/// The arguments of `lab bench channels`.
#[derive(Args)]
pub(crate) struct Channels {
    /// Numbers of channels, separated by commas [default: 1,100,10000,100000; 1,100,2000 with
    /// --quick]
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = at_least_one::<NonZeroU64>)]
    channels: Vec<NonZeroU64>,

    /// Subscribers, over SSE, for each of these numbers [default: 15000, or what the limit of open files
    /// allows; 1000 with --quick]
    #[arg(long, value_name = "N", value_parser = at_least_one::<NonZeroUsize>)]
    subscribers: Option<NonZeroUsize>,

    /// The broker: memory, redis to start one, or the URL of a Redis, in which the keys of the
    /// measurement expire within minutes
    #[arg(long, value_name = "BROKER", default_value = "memory")]
    broker: BrokerChoice,

    /// Fewer channels and subscribers, in half a minute
    #[arg(long)]
    quick: bool,

    /// How long the phase with messages takes, such as 5, 5s or 500ms
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = length())]
    duration: Duration,

    #[command(flatten)]
    benchmark: ServiceBenchmark<1>,
}

impl Channels {
    pub(crate) fn run(&self) -> Result<()> {
        let files = raise_open_files() as f64;
        let redis = self.broker.start();
        let redis = redis.context("starting Redis (apt install redis-server)")?;
        if let Some(redis) = &redis {
            redis.write_every_second()?;
        }
        let url = self.broker.url(redis.as_ref());
        let (place, layout) = match self.broker {
            BrokerChoice::Memory => ("memory", Layout::Threads(1)),
            _ => ("Redis", Layout::Processes(1)),
        };
        let topic = format!("Channels with a broker in {place}");
        let streams = self.streams((files * SHARE_OF_FILES) as usize);
        let opened = count(streams as u64, "stream");
        let description = Description {
            workers: 1,
            closing: format!("Opened {opened} for each number of channels."),
            ..Description::default()
        };
        self.benchmark.run(description, |facts| {
            for channels in self.counts() {
                let subject = count(channels, "channel");
                let measurement = Measurement {
                    layout,
                    url: &url,
                    channels,
                    streams,
                };
                let figures = measurement.figures(self.duration);
                facts.add(&topic, &subject, figures.with_context(|| subject.clone())?);
            }
            Ok(())
        })
    }

    fn counts(&self) -> Vec<u64> {
        match (&self.channels[..], self.quick) {
            ([], false) => USUAL.to_vec(),
            ([], true) => QUICK.to_vec(),
            (counts, _) => counts.iter().map(|count| count.get()).collect(),
        }
    }

    fn streams(&self, most: usize) -> usize {
        let usual = if self.quick {
            QUICK_STREAMS
        } else {
            USUAL_STREAMS
        };
        let chosen = self.subscribers.map(NonZeroUsize::get);
        chosen.unwrap_or_else(|| usual.min(most))
    }
}
