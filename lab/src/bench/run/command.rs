//! `lab bench`: its arguments, and what becomes of the result.
#![allow(clippy::print_stdout, reason = "showing is what this command is for")]

use super::{conduct::conduct, plan::Plan};
use crate::{
    bench::{
        file,
        report::{html, markdown, text},
        result::Run,
    },
    load::{stamp::SHORTEST, url::Url},
};
use clap::Args;
use std::{fmt::Display, fs, num::NonZeroU32, path::PathBuf, process::ExitCode, thread};

#[derive(Args)]
pub(crate) struct Bench {
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

    /// Also write the result as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Also write it as a page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Also write it as Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,

    #[command(flatten)]
    pub(super) others: Others,
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
    crate::bench::experiments::ALL.iter().map(|experiment| experiment.name).collect::<Vec<_>>().into()
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|error| format!("{error}: seconds are a number such as 0.5"))?;
    if (0.05..=600.0).contains(&seconds) {
        Ok(seconds)
    } else {
        Err("a measurement takes 0.05 to 600 seconds".to_owned())
    }
}

/// Runs the benchmark on a thread of its own: the load and the gate are not for a runtime to schedule.
pub(crate) fn run(bench: Bench) -> ExitCode {
    let measured = thread::spawn(move || {
        conduct(&Plan::of(&bench), bench.others.publish.clone()).and_then(|run| bench.tell(&run))
    });
    match measured.join().expect("no panic while measuring") {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

impl Bench {
    fn tell(&self, run: &Run) -> Result<(), String> {
        print!("{}", text(run));
        if let Some(path) = &self.json {
            file::write(path, run).map_err(|error| error.to_string())?;
        }
        for (path, written) in [(&self.html, html::page as fn(&Run) -> String), (&self.markdown, markdown)] {
            if let Some(path) = path {
                fs::write(path, written(run)).map_err(|error| about(path.display(), error))?;
            }
        }
        Ok(())
    }
}

fn about(path: impl Display, error: impl Display) -> String {
    format!("{path}: {error}")
}
