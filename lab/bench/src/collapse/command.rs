//! The arguments of `bench collapse`.

use super::{
    front::KINDS,
    measure::{TOPIC, measure},
};
use crate::{
    nginx::{self, MISSING},
    output::Output,
    service_benchmark::ServiceBenchmark,
};
use anyhow::{Context, Result, ensure};
use clap::Args;
use service::server::raise_open_files;
use std::time::Duration;
use support::units::count;

/// Open files of this process for each subscriber: its connection, and both ends of its stream in
/// the link.
const FILES: usize = 3;
/// Open files for everything else.
const OTHER_FILES: usize = 200;
/// Seconds to start and to connect.
const START_SECONDS: u32 = 5;

/// The arguments of `lab bench collapse`.
#[derive(Args)]
pub(crate) struct Collapse {
    /// Numbers of subscribers, separated by commas, each 1 to 20000
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1,100,1000,5000", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    subscribers: Vec<u32>,

    /// Messages of each measurement, one per second
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    messages: u16,

    /// Repetitions of each measurement
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
    repetitions: u16,

    #[command(flatten)]
    output: Output,
}

impl Collapse {
    pub(crate) fn run(&self) -> Result<()> {
        ensure!(nginx::is_installed(), MISSING);
        let most = raise_open_files().saturating_sub(OTHER_FILES) / FILES;
        let (readers, too_many): (Vec<u32>, Vec<u32>) =
            (self.subscribers.iter()).partition(|readers| **readers as usize <= most);
        let left_out = too_many.iter().map(|readers| {
            format!("{readers} subscribers are left out: the limit of open files allows {most}")
        });
        let most = readers.iter().max().copied().unwrap_or_default();
        let seconds = u32::from(self.messages) + START_SECONDS;
        let measurements = readers.len() * KINDS.len();
        let benchmark = ServiceBenchmark {
            workers: 1,
            repetitions: self.repetitions,
            expected: Some(Duration::from_secs(seconds.into()) * measurements as u32),
            warnings: left_out.collect(),
            output: &self.output,
            closing: format!("Measured up to {}.", count(most.into(), "subscriber")),
        };
        benchmark.run(|facts| {
            for readers in &readers {
                for kind in &KINDS {
                    let subject = format!("{readers} × {}", kind.name);
                    let figures = measure(kind, *readers as usize, self.messages);
                    facts.add_all(TOPIC, &subject, figures.with_context(|| subject.clone())?);
                }
            }
            Ok(())
        })
    }
}
