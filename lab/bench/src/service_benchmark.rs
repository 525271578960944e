//! The frame of every measurement of services as a whole: it announces, repeats and warns, and
//! writes the facts. What is measured are rows of figures.

use crate::{
    environment::{Environment, Settings},
    facts::{Facts, Figure},
    output::{Output, announcement},
};
use anyhow::Result;
use std::time::Duration;
use support::units::count;

/// The subject of a row, and its figures.
pub(crate) type Row = (String, Vec<(Figure, f64)>);

/// A measurement of services, by its arguments.
pub(crate) struct ServiceBenchmark<'a> {
    /// Worker threads of a service in total.
    pub(crate) workers: u32,
    pub(crate) repetitions: u16,
    /// How long one repetition takes, if that is known.
    pub(crate) expected: Option<Duration>,
    /// Reasons to doubt the figures, beside those of the environment.
    pub(crate) warnings: Vec<String>,
    pub(crate) output: &'a Output,
    /// The last sentence: what was measured.
    pub(crate) closing: String,
}

impl ServiceBenchmark<'_> {
    /// Calls `measure` for each repetition, and writes the result.
    pub(crate) fn run(self, mut measure: impl FnMut(&mut Facts) -> Result<()>) -> Result<()> {
        let environment = Environment::here(Settings::unpinned(self.workers));
        let warnings = environment.warnings().into_iter().chain(self.warnings);
        if let Some(expected) = self.expected {
            let repetitions = count(self.repetitions.into(), "repetition");
            let time = expected * u32::from(self.repetitions);
            eprintln!("{}", announcement(&repetitions, time));
        }
        let mut facts = Facts::default();
        for _ in 0..self.repetitions {
            measure(&mut facts)?;
        }
        let run = facts.into_run(environment, warnings.collect());
        self.output.write(&run, &self.closing)
    }
}
