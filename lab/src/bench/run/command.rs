//! `lab bench`: its arguments, and what becomes of the result.
use super::{conduct::conduct, plan::Plan};
use crate::{
    bench::{
        output::Output,
        processes::Processes,
        scale::{Crowd, Scale},
    },
    load::{stamp::SHORTEST, url::Url},
};
use clap::{Args, Subcommand};
use std::{num::NonZeroU32, process::ExitCode, thread};

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Bench {
    #[command(subcommand)]
    whole: Option<Whole>,

    /// Once, and shorter: less than a minute
    #[arg(long, conflicts_with = "full")]
    pub(super) quick: bool,

    /// Ten repetitions in place of three
    #[arg(long)]
    pub(super) full: bool,

    /// How often each scenario is run [default: 3; 1 with --quick, 10 with --full]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) repetitions: Option<u16>,

    /// Only these experiments, separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = experiment())]
    pub(super) only: Vec<String>,

    /// Readers, wherever there are many
    #[arg(long, value_name = "N")]
    pub(super) readers: Option<NonZeroU32>,

    /// Bytes of a message's text
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(SHORTEST as i64..=60_000))]
    pub(super) payload: Option<u32>,

    /// Seconds that each measurement takes
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(super) seconds: Option<f64>,

    /// Puts repetitions in the same order as an earlier run did [default: a new one]
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    pub(super) others: Others,
}

/// What is measured of a service as a whole.
#[derive(Subcommand)]
enum Whole {
    /// Threads of one process beside several processes: start, memory, messages, requests, and what goes wrong
    Processes(Processes),
    /// As many connections as this machine holds, over several processes, idle and with a message every second
    Scale(Scale),
    /// Readers in a process of their own, for `scale`
    #[command(hide = true)]
    Crowd(Crowd),
}

/// Servers that are not the benchmark's own.
#[derive(Args)]
pub(super) struct Others {
    /// Deliver from this server too: a service's address, or with --publish what its polls ask for
    #[arg(long, value_name = "URL", help_heading = "Another server")]
    pub(super) longpoll: Option<Url>,

    /// The same with an event stream
    #[arg(long, value_name = "URL", help_heading = "Another server")]
    pub(super) sse: Option<Url>,

    /// The same with a WebSocket
    #[arg(long, value_name = "URL", help_heading = "Another server")]
    pub(super) ws: Option<Url>,

    /// Where it takes POST {"message":"…"}, whose text it delivers as it is
    #[arg(long, value_name = "URL", help_heading = "Another server")]
    pub(super) publish: Option<Url>,
}

fn experiment() -> clap::builder::PossibleValuesParser {
    crate::bench::experiments::ALL
        .iter()
        .map(|experiment| experiment.name)
        .collect::<Vec<_>>()
        .into()
}

pub(in crate::bench) fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|error| format!("{error}: seconds are a number such as 0.5"))?;
    if (0.05..=600.0).contains(&seconds) {
        Ok(seconds)
    } else {
        Err("a measurement takes 0.05 to 600 seconds".to_owned())
    }
}

/// Runs the benchmark on a thread of its own: the load and the gate are not for a runtime to schedule.
pub(crate) fn run(bench: Bench) -> ExitCode {
    let measured = thread::spawn(move || match &bench.whole {
        None => conduct(&Plan::of(&bench), bench.others.publish.clone())
            .and_then(|run| bench.output.tell(&run)),
        Some(Whole::Processes(processes)) => processes.run(),
        Some(Whole::Scale(scale)) => scale.run(),
        Some(Whole::Crowd(crowd)) => crowd.run(),
    });
    match measured.join().expect("no panic while measuring") {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
