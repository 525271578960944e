//! `lab bench`.
#![allow(clippy::print_stdout, reason = "showing is what this command is for")]

use super::{Outcome, cores::Cores, plan, repetition, spoken};
use crate::{
    bench::{
        figures::PER_CPU,
        result::Repetition,
        scenario::{Load, Scenario, Server},
        stats::Interval,
    },
    chance::Chance,
    client::backoff::random_bits,
};
use clap::Args;
use common::server::raise_open_files;
use indicatif::{ProgressBar, ProgressStyle};
use std::{num::NonZeroU32, process::ExitCode};

#[derive(Args)]
pub(crate) struct Bench {
    /// How often each scenario is run
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1000))]
    repetitions: u16,

    /// Length of each measurement, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0)]
    seconds: f64,

    /// Puts repetitions in the same order as an earlier run did [default: a new one]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Readers, in place of 1000 and 5000
    #[arg(long, value_name = "N")]
    readers: Option<NonZeroU32>,

    /// Measure only what has all of these words in its name, such as fanout or "sse ours"; several are separated by commas
    #[arg(long, value_name = "WORDS", value_delimiter = ',')]
    only: Vec<String>,
}

pub(crate) fn run(bench: &Bench) -> ExitCode {
    match measure(bench) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(bench: &Bench) -> Result<(), String> {
    raise_open_files();
    let readers = bench.readers.map_or(vec![1000, 5000], |readers| vec![readers.get()]);
    let mut scenarios = plan::fanout(&readers, bench.seconds);
    scenarios
        .retain(|scenario| bench.only.is_empty() || bench.only.iter().any(|words| has_all(&title(scenario), words)));
    if scenarios.is_empty() {
        return Err(format!(
            "--only {}: no scenario has these words in its name, such as \"fanout sse 16 ours\"",
            bench.only.join(",")
        ));
    }
    let seed = bench.seed.unwrap_or_else(|| random_bits() >> 32);
    let order = plan::rounds(scenarios.len(), bench.repetitions.into(), &mut Chance::new(seed));
    let cores = Cores::choose();
    let bar = ProgressBar::new(order.len() as u64)
        .with_style(ProgressStyle::with_template("{pos}/{len} {elapsed} {msg}").expect("a template"));
    let mut repetitions = vec![Vec::new(); scenarios.len()];
    for at in order {
        bar.set_message(title(&scenarios[at]));
        let Outcome { repetition, warnings } = repetition(&scenarios[at], &cores)?;
        warnings.iter().for_each(|warning| bar.println(format!("{}: {warning}", title(&scenarios[at]))));
        repetitions[at].push(repetition);
        bar.inc(1);
    }
    bar.finish_and_clear();
    show(&scenarios, &repetitions);
    Ok(())
}

fn has_all(title: &str, words: &str) -> bool {
    words.split_whitespace().all(|word| title.split_whitespace().any(|other| other == word))
}

fn title(scenario: &Scenario) -> String {
    let server = match &scenario.server {
        Server::Ours => "ours",
        Server::Limit => "limit",
        Server::Url(url) => url,
    };
    let load = match scenario.load {
        Load::InFlight(in_flight) => format!("{in_flight} in flight"),
        Load::PerSecond(rate) => format!("{rate} a second"),
    };
    let transport = spoken(scenario.transport).name();
    format!("{} {transport} {} readers {load} {server}", scenario.experiment, scenario.readers)
}

/// Deliveries per CPU-second; each service's beside the limit before it.
fn show(scenarios: &[Scenario], repetitions: &[Vec<Repetition>]) {
    for (at, scenario) in scenarios.iter().enumerate() {
        let Ok(cost) = PER_CPU.estimate(&repetitions[at]) else { continue };
        let lost: u64 = repetitions[at].iter().map(|repetition| repetition.lost).sum();
        let mut line = format!("{:<48} {:>9.0} /CPU-s  lost {lost}", title(scenario), cost.value);
        if scenario.server == Server::Ours
            && at > 0
            && let Ok(ratio) = PER_CPU.compare(&repetitions[at], &repetitions[at - 1])
        {
            line += &format!("  {:.2} of the limit", ratio.ratio.value);
            if let Some(Interval { low, high }) = ratio.ratio.interval {
                line += &format!(" ({low:.2} to {high:.2})");
            }
        }
        println!("{line}");
    }
}
