//! `lab bench`: its arguments, and its start.

use super::{execute::execute, plan::Plan};
use crate::{
    load::{stamp::SHORTEST, url::Url},
    output::Output,
    processes::Processes,
    scale::{Scale, SubscribersArgs},
};
use anyhow::{Error, Result};
use clap::{Args, Subcommand};
use std::{num::NonZeroU32, thread};

/// The arguments of `lab bench`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Bench {
    #[command(subcommand)]
    services: Option<ServiceBenchmark>,

    /// One short repetition of each scenario, in less than a minute
    #[arg(long, conflicts_with = "full")]
    pub(super) quick: bool,

    /// Ten repetitions instead of three
    #[arg(long)]
    pub(super) full: bool,

    /// Repetitions of each scenario [default: 3; 1 with --quick, 10 with --full]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) repetitions: Option<u16>,

    /// Experiments to run, separated by commas [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = experiment())]
    pub(super) only: Vec<String>,

    /// Subscribers in scenarios with many
    #[arg(long, value_name = "N")]
    pub(super) readers: Option<NonZeroU32>,

    /// Size of a message's text in bytes
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(SHORTEST as i64..=60_000))]
    pub(super) payload: Option<u32>,

    /// Length of each measurement in seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(super) seconds: Option<f64>,

    /// Seed of the order of repetitions, to repeat that of an earlier run [default: random]
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    pub(super) others: Others,
}

/// Measurements of a service as a whole.
#[derive(Subcommand)]
enum ServiceBenchmark {
    /// Compare threads of one process with several processes: start, memory, messages, requests and
    /// failures
    Processes(Processes),
    /// Hold many connections over several processes, idle and with one message per second
    Scale(Scale),
    /// A process with the subscribers of `scale`
    #[command(name = "crowd", hide = true)]
    Subscribers(SubscribersArgs),
}

/// Other servers to measure.
#[derive(Args)]
pub(super) struct Others {
    /// Measure this server as well: the address of a service, or with --publish the URL of its
    /// polls
    #[arg(long, value_name = "URL", help_heading = "Another server")]
    pub(super) longpoll: Option<Url>,

    /// The same for an event stream
    #[arg(long, value_name = "URL", help_heading = "Another server")]
    pub(super) sse: Option<Url>,

    /// The same for a WebSocket
    #[arg(long, value_name = "URL", help_heading = "Another server")]
    pub(super) ws: Option<Url>,

    /// The URL that accepts POST {"message":"…"}; the server must deliver that text unchanged
    #[arg(long, value_name = "URL", help_heading = "Another server")]
    pub(super) publish: Option<Url>,
}

fn experiment() -> clap::builder::PossibleValuesParser {
    crate::experiments::ALL
        .iter()
        .map(|experiment| experiment.name)
        .collect::<Vec<_>>()
        .into()
}

/// Parses the length of a measurement.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|error| format!("{error}: expected seconds, such as 0.5"))?;
    if (0.05..=600.0).contains(&seconds) {
        Ok(seconds)
    } else {
        Err("expected 0.05 to 600 seconds".to_owned())
    }
}

/// Runs the benchmark on its own thread, outside the runtime, which would schedule load and gate.
///
/// # Errors
///
/// Fails if a server cannot be started or measured, and if a file cannot be written.
pub fn run(bench: Bench) -> Result<()> {
    let measured = thread::spawn(move || match &bench.services {
        None => measure(&bench),
        Some(ServiceBenchmark::Processes(processes)) => processes.run(),
        Some(ServiceBenchmark::Scale(scale)) => scale.run(),
        Some(ServiceBenchmark::Subscribers(subscribers)) => subscribers.run().map_err(Error::msg),
    });
    measured.join().expect("the benchmark does not panic")
}

fn measure(bench: &Bench) -> Result<()> {
    let plan = Plan::of(bench);
    let run = execute(&plan, bench.others.publish.clone()).map_err(Error::msg)?;
    bench.output.write(&run, &plan.closing())
}
