//! The arguments of the profile `jitter`.

use crate::args::Audit;
use anyhow::{Result, ensure};
use clap::Args;
use std::{fmt, time::Duration};
use support::units;

/// Most subscribers of a row.
const MAX_SUBSCRIBERS: usize = 10_000;

/// The arguments that only the profile `jitter` has.
#[derive(Args)]
#[command(next_help_heading = "Profile jitter")]
pub(crate) struct JitterArgs {
    /// Time between two cuts of a subscriber's connection
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = units::duration)]
    cut_every: Duration,

    /// Time from a cut until the subscriber connects again
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = units::duration)]
    offline: Duration,

    /// Messages of each row of the table
    #[arg(long, value_name = "N", default_value = "120", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    messages: u32,
}

/// What each row measures.
pub(crate) struct Jitter {
    pub(super) subscribers: u32,
    pub(super) cut_every: Duration,
    pub(super) offline: Duration,
    pub(super) messages: u32,
    /// Time between two messages.
    pub(super) pace: Duration,
}

impl Jitter {
    /// Returns what the arguments ask for, or an error if they contradict each other.
    pub(super) fn new(audit: &Audit) -> Result<Self> {
        let JitterArgs {
            cut_every,
            offline,
            messages,
        } = audit.jitter;
        let subscribers = audit.subscribers();
        ensure!(
            subscribers <= MAX_SUBSCRIBERS,
            "--subscribers {subscribers}: the profile jitter has at most {MAX_SUBSCRIBERS}"
        );
        ensure!(
            offline < cut_every,
            "--offline has to be shorter than --cut-every"
        );
        Ok(Self {
            subscribers: subscribers as u32,
            cut_every,
            offline,
            messages,
            pace: Duration::from_secs(1).div_f64(audit.rate()),
        })
    }

    /// Returns how long messages are published.
    pub(super) fn publishing(&self) -> Duration {
        self.pace * self.messages
    }

    /// Returns a phrase on the size of a row.
    pub(super) fn length(&self) -> impl fmt::Display {
        format!(
            "{} subscribers, {} messages in {:.0} s",
            self.subscribers,
            self.messages,
            self.publishing().as_secs_f64()
        )
    }
}
