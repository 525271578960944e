//! `lab bench`: its arguments, and its start.

use super::{execute::execute, plan::Plan};
use crate::{
    load::{stamp::SHORTEST, url::Url},
    output::Output,
    processes::Processes,
    scale::{Scale, SubscribersArgs},
};
use anyhow::Result;
use clap::{Args, Subcommand};
use common::config::InvalidDuration;
use std::{num::NonZeroU32, thread, time::Duration};
use support::units::duration_within;

/// The arguments of `lab bench`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Bench {
    #[command(subcommand)]
    services: Option<ServiceBenchmark>,

    /// One short repetition of each scenario, in about a minute
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

    /// Length of each measurement, such as 5, 5s or 500ms
    #[arg(long, value_name = "DURATION", value_parser = length())]
    pub(super) seconds: Option<Duration>,

    /// Messages per second of the experiment `rate`, separated by commas [default: 2.4, 5, 10, 20
    /// and 50]
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = rate)]
    pub(super) rate: Vec<f64>,

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

/// Returns a parser of the length of a measurement.
pub(crate) fn length()
-> impl Fn(&str) -> Result<Duration, InvalidDuration> + Clone + Send + Sync + 'static {
    duration_within(Duration::from_millis(50)..=Duration::from_secs(600))
}

/// Parses a number of messages per second.
fn rate(text: &str) -> Result<f64, &'static str> {
    let rate = text.trim_end_matches("/s").parse();
    let allowed = rate.ok().filter(|rate| (0.1..=1000.0).contains(rate));
    allowed.ok_or("expected 0.1 to 1000 messages per second, such as 2")
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
        Some(ServiceBenchmark::Subscribers(subscribers)) => subscribers.run(),
    });
    measured.join().expect("the benchmark does not panic")
}

fn measure(bench: &Bench) -> Result<()> {
    let plan = Plan::of(bench);
    eprintln!("{}", plan.opening());
    let run = execute(&plan, bench.others.publish.clone())?;
    bench.output.write(&run, &plan.closing())
}
