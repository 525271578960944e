//! `lab bench`: its arguments, and its start.

use super::{execute::execute, plan::Plan};
use crate::{
    baseline::{Baseline, NOT_COMPARED},
    channels::Channels,
    collapse::Collapse,
    experiments::PEERS,
    load::{stamp::SHORTEST, url::Url},
    output::Output,
    peers::selection::{Choice, choice, chosen},
    processes::Processes,
    result::Run,
    scale::{Scale, SubscribersArgs},
    tokens::Tokens,
};
use anyhow::{Result, ensure};
use clap::{Args, Subcommand};
use servers::spawned::procfs;
use service::config::InvalidDuration;
use std::{num::NonZeroU32, process::ExitCode, thread, time::Duration};
use support::units::{at_least_one, duration_within};

/// The arguments of `lab bench`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Bench {
    #[command(subcommand)]
    services: Option<BenchCommand>,

    /// One short repetition of each scenario, in about a minute instead of ten
    #[arg(long, conflicts_with = "full")]
    pub(super) quick: bool,

    /// Ten repetitions instead of three, in about half an hour
    #[arg(long)]
    pub(super) full: bool,

    /// Repetitions of each scenario [default: 3; 1 with --quick, 10 with --full]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) repetitions: Option<u16>,

    /// Experiments to run, separated by commas [default: all but wakeups, which takes 4 minutes]
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = experiment())]
    pub(super) only: Vec<String>,

    /// Subscribers in scenarios with many
    #[arg(long, value_name = "N", value_parser = at_least_one::<NonZeroU32>)]
    pub(super) subscribers: Option<NonZeroU32>,

    /// Size of a message's text in bytes, 33 to 60000
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(SHORTEST as i64..=60_000))]
    pub(super) size: Option<u32>,

    /// How long each measurement takes, such as 5, 5s or 500ms
    #[arg(long, value_name = "TIME", value_parser = length())]
    pub(super) duration: Option<Duration>,

    /// Messages per second of the experiment `rate`, separated by commas [default: 2.4, 5, 10, 20
    /// and 50]
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = rate)]
    pub(super) rate: Vec<f64>,

    /// Seed of the order of repetitions, to repeat that of an earlier run [default: random]
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,

    /// Measure these other servers beside ours: all, names of files in lab/peers separated by
    /// commas, or paths of such files. scripts/peers installs what they need
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = choice, help_heading = "Another server")]
    pub(super) peers: Vec<Choice>,

    /// Compare with the result in this file. The exit status is 1 if a figure is worse by more
    /// than its limit, and 2 if nothing could be compared
    #[arg(long, value_name = "FILE", value_parser = Baseline::read)]
    baseline: Option<Baseline>,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    pub(super) others: Others,
}

/// Measurements of a service as a whole.
#[derive(Subcommand)]
enum BenchCommand {
    /// Compare threads of one process with several processes: start, memory, messages, requests and
    /// failures. About 2 minutes
    Processes(Processes),
    /// Measure how the cost of a channel depends on their number: opening, publishing, memory,
    /// expiry. About 2 minutes
    Channels(Channels),
    /// Hold many connections over several processes, idle and with one message per second. About 4
    /// minutes
    Scale(Scale),
    /// Stream short messages, as a language model does, directly and through nginx; then refresh, open
    /// a second tab, and stop. About 4 minutes
    Tokens(Tokens),
    /// Count what a service behind nginx is asked and sends for each message: to polls from a cache,
    /// to polls without one, and to event streams. About 10 minutes
    Collapse(Collapse),
    /// A process with the subscribers of `scale`
    #[command(name = "crowd", hide = true)]
    Subscribers(SubscribersArgs),
}

/// Other servers to measure.
#[derive(Args)]
#[command(next_help_heading = "Another server")]
#[command(group = clap::ArgGroup::new("address").multiple(true))]
pub(super) struct Others {
    /// Measure this server as well: the address of a service, or with --publish the URL of its
    /// polls
    #[arg(long, value_name = "URL", group = "address")]
    pub(super) longpoll: Option<Url>,

    /// The same for an event stream
    #[arg(long, value_name = "URL", group = "address")]
    pub(super) sse: Option<Url>,

    /// The same for a WebSocket
    #[arg(long, value_name = "URL", group = "address")]
    pub(super) ws: Option<Url>,

    /// The URL that accepts POST {"message":"…"}; the server must deliver that text unchanged
    #[arg(long, value_name = "URL")]
    pub(super) publish: Option<Url>,

    /// Id of the process of this server: its CPU time and memory are measured too, with those of
    /// all processes that it has started
    #[arg(long, value_name = "PID", requires = "address", value_parser = running)]
    pub(super) pid: Option<u32>,
}

fn experiment() -> clap::builder::PossibleValuesParser {
    crate::experiments::ALL
        .iter()
        .map(|experiment| experiment.name)
        .filter(|name| *name != PEERS)
        .collect::<Vec<_>>()
        .into()
}

/// Parses the id of a running process.
fn running(text: &str) -> Result<u32, &'static str> {
    let pid = text.parse().ok();
    let running = pid.filter(|pid| procfs::cpu(*pid).is_some());
    running.ok_or("expected the id of a running process, as pgrep prints it")
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
///
/// # Panics
///
/// Panics if the benchmark does.
pub fn run(bench: Bench) -> Result<ExitCode> {
    let measured = thread::spawn(move || match &bench.services {
        None => measure(&bench),
        Some(services) => services.run().map(|()| ExitCode::SUCCESS),
    });
    measured.join().expect("the benchmark does not panic")
}

impl BenchCommand {
    fn run(&self) -> Result<()> {
        match self {
            Self::Processes(processes) => processes.run(),
            Self::Channels(channels) => channels.run(),
            Self::Scale(scale) => scale.run(),
            Self::Tokens(tokens) => tokens.run(),
            Self::Collapse(collapse) => collapse.run(),
            Self::Subscribers(subscribers) => subscribers.run(),
        }
    }
}

fn measure(bench: &Bench) -> Result<ExitCode> {
    let Some(baseline) = &bench.baseline else {
        return measured(bench, None).map(|_| ExitCode::SUCCESS);
    };
    // 1 is the status of a regression.
    Ok(measured(bench, Some(baseline)).map_or_else(
        |error| {
            eprintln!("error: {error:#}");
            ExitCode::from(NOT_COMPARED)
        },
        |run| baseline.compare(&run),
    ))
}

/// Measures, and writes the result.
fn measured(bench: &Bench, baseline: Option<&Baseline>) -> Result<Run> {
    let (peers, left_out) = chosen(&bench.peers);
    let plan = Plan::of(bench, &peers);
    if let Some(baseline) = baseline {
        let common = baseline.has_any(&plan.all_scenarios());
        ensure!(common, "{} has none of these scenarios", baseline.file);
    }
    left_out.iter().for_each(|reason| eprintln!("{reason}"));
    eprintln!("{}", plan.opening());
    let mut run = execute(&plan, &bench.others, peers)?;
    run.warnings.extend(left_out);
    bench.output.write(&run, &plan.closing())?;
    Ok(run)
}
