//! The frame of every measurement of services as a whole: its common arguments, and its run, which
//! announces, repeats and warns, collects the facts and writes them.

use crate::{
    environment::{Environment, Settings},
    output::{Output, announcement},
    result::{Fact, Run},
};
use anyhow::Result;
use clap::Args;
use std::{fmt::Display, time::Duration};
use support::{histogram::Histogram, units::count};

/// The arguments of a measurement that is usually repeated so many times.
#[derive(Args)]
pub(crate) struct ServiceBenchmark<const REPETITIONS: u16> {
    // Not `default_value_t`: clap keeps its text in one static for all of these types.
    /// Repetitions of each measurement
    #[arg(long, value_name = "N", default_value = REPETITIONS.to_string(), value_parser = clap::value_parser!(u16).range(1..=100))]
    repetitions: u16,

    #[command(flatten)]
    output: Output,
}

/// What a measurement says about itself.
#[derive(Default)]
pub(crate) struct Description {
    /// Worker threads of a service in total.
    pub(crate) workers: u32,
    /// How long one repetition takes, if that is known.
    pub(crate) expected: Option<Duration>,
    /// Reasons to doubt the figures, beside those of the environment.
    pub(crate) warnings: Vec<String>,
    /// The last sentence: what was measured.
    pub(crate) closing: String,
}

/// The facts measured so far.
#[derive(Default)]
pub(crate) struct Facts(Vec<Fact>);

/// The name and the unit of a figure.
pub(crate) type Figure = (&'static str, &'static str);

/// Figures of one repetition.
pub(crate) type Figures = Vec<(Figure, f64)>;

/// The subject of a row, and its figures.
pub(crate) type Row = (String, Figures);

/// The name of a quantile, and the share of values up to it.
pub(crate) type Quantile = (&'static str, f64);

pub(crate) const P50: Quantile = ("p50", 0.5);
pub(crate) const P99: Quantile = ("p99", 0.99);
pub(crate) const MAX: Quantile = ("max", 1.0);

/// Returns quantiles of times that are recorded in thousandths of this unit.
pub(crate) fn quantiles<const N: usize>(
    times: &Histogram,
    unit: &'static str,
    quantiles: [Quantile; N],
) -> [(Figure, f64); N] {
    quantiles.map(|(name, share)| ((name, unit), times.quantile(share) as f64 / 1e3))
}

/// Returns a time in milliseconds.
pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

impl<const REPETITIONS: u16> ServiceBenchmark<REPETITIONS> {
    /// Calls `measure` for each repetition, and writes the result.
    pub(crate) fn run(
        &self,
        description: Description,
        mut measure: impl FnMut(&mut Facts) -> Result<()>,
    ) -> Result<()> {
        let mut run = Run::begin(Environment::here(Settings::unpinned(description.workers)));
        run.warnings.extend(description.warnings);
        if let Some(expected) = description.expected {
            let repetitions = count(self.repetitions.into(), "repetition");
            let time = expected * u32::from(self.repetitions);
            eprintln!("{}", announcement(&repetitions, time));
        }
        let mut facts = Facts::default();
        for _ in 0..self.repetitions {
            measure(&mut facts)?;
        }
        run.facts = facts.0;
        self.output.write(&run, &description.closing)
    }
}

impl Facts {
    /// Adds the figures of one repetition for one subject.
    pub(crate) fn add(
        &mut self,
        topic: &str,
        subject: &dyn Display,
        figures: impl IntoIterator<Item = (Figure, f64)>,
    ) {
        let subject = subject.to_string();
        for ((figure, unit), value) in figures {
            let known = self.0.iter_mut().find(|fact| {
                (&*fact.topic, &*fact.subject, &*fact.figure) == (topic, &*subject, figure)
            });
            match known {
                Some(fact) => fact.values.push(value),
                None => self.0.push(Fact {
                    topic: topic.to_owned(),
                    subject: subject.clone(),
                    figure: figure.to_owned(),
                    unit: unit.to_owned(),
                    values: vec![value],
                }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_one_figure_are_kept_together() {
        let mut facts = Facts::default();
        for (subject, value) in [("a", 1.0), ("b", 2.0), ("a", 3.0)] {
            facts.add("topic", &subject, [(("figure", "ms"), value)]);
        }
        let facts = facts.0.into_iter();
        let values: Vec<_> = facts.map(|fact| (fact.subject, fact.values)).collect();
        let expected = [("a", vec![1.0, 3.0]), ("b", vec![2.0])];
        assert_eq!(values, expected.map(|(of, values)| (of.to_owned(), values)));
    }
}
