//! The arguments of `bench tokens`, and the list of measurements.

use super::{interruptions, path::Way, stream};
use crate::{
    nginx::{self, MISSING},
    output::Output,
    scenario::Link,
    service_benchmark::ServiceBenchmark,
};
use anyhow::{Context, Result};
use clap::Args;
use std::time::Duration;
use support::units::duration_within;

const MAX_DELAY: Duration = Duration::from_secs(1);

/// The arguments of `lab bench tokens`.
#[derive(Args)]
pub(crate) struct Tokens {
    /// Tokens of an answer. There is a p99 from 1000 on
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(20..=9999))]
    tokens: u32,

    /// Tokens per second
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: u32,

    /// Delay of the link, each way, up to 1s; 0 for none
    #[arg(long, value_name = "TIME", default_value = "50ms", value_parser = duration_within(Duration::ZERO..=MAX_DELAY))]
    delay: Duration,

    /// Repetitions of each measurement
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
    repetitions: u16,

    #[command(flatten)]
    output: Output,
}

/// What all measurements share.
pub(super) struct Setup {
    pub(super) tokens: u32,
    /// Tokens per second.
    pub(super) rate: u32,
    pub(super) link: Link,
}

impl Setup {
    /// Returns the time between two tokens.
    pub(super) fn interval(&self) -> Duration {
        Duration::from_secs(1) / self.rate
    }
}

impl Tokens {
    pub(crate) fn run(&self) -> Result<()> {
        let (ways, missing) = if nginx::is_installed() {
            (&Way::ALL[..], None)
        } else {
            (&Way::ALL[..1], Some(MISSING.to_owned()))
        };
        let setup = Setup {
            tokens: self.tokens,
            rate: self.rate,
            link: Link {
                delay_ms: self.delay.as_secs_f64() * 1000.0,
                ..Link::default()
            },
        };
        let tokens = ways.len() as u32 * self.tokens + 2 * interruptions::tokens(self.tokens);
        let benchmark = ServiceBenchmark {
            workers: 1,
            repetitions: self.repetitions,
            expected: Some(tokens * setup.interval()),
            warnings: missing.into_iter().collect(),
            output: &self.output,
            closing: format!("Measured answers of {} tokens.", self.tokens),
        };
        benchmark.run(|facts| {
            for way in ways {
                stream::measure(&setup, *way, facts).with_context(|| way.to_string())?;
            }
            interruptions::measure(&setup, facts)
        })
    }
}
