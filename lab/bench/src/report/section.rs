//! One experiment of a run: the conditions that its scenarios share, and a table of their results.

use super::{peer_tables, table::Table};
use crate::{
    experiments::{self, PEERS},
    format::{CHOICES, Choice},
    metrics::{Absent, Metric, PER_CPU},
    result::{Run, Series},
    scenario::{Scenario, Server},
    stats::Estimate,
};
use support::units::count;

/// One experiment of a run.
pub(crate) struct Section<'a> {
    pub(crate) title: String,
    /// The conditions that all scenarios share, and the number of repetitions.
    pub(crate) conditions: String,
    pub(crate) series: Vec<&'a Series>,
    pub(crate) metrics: &'static [&'static Metric],
}

/// Returns the experiments of a run, in its order.
pub(crate) fn sections(run: &Run) -> Vec<Section<'_>> {
    let mut names: Vec<&str> = run
        .series
        .iter()
        .map(|series| &*series.scenario.experiment)
        .collect();
    names.dedup();
    names
        .into_iter()
        .map(|name| Section::of(run, name))
        .collect()
}

impl<'a> Section<'a> {
    pub(crate) fn of(run: &'a Run, experiment: &str) -> Self {
        let series: Vec<_> = run
            .series
            .iter()
            .filter(|series| series.scenario.experiment == experiment)
            .collect();
        let known = experiments::named(experiment);
        Self {
            title: known.map_or(experiment, |known| known.title).to_owned(),
            conditions: conditions(&series),
            metrics: known.map_or(experiments::USUAL, |known| known.metrics),
            series,
        }
    }

    fn is(&self, experiment: &str) -> bool {
        let mut series = self.series.iter();
        series.all(|series| series.scenario.experiment == experiment)
    }

    /// Returns a table with a row for each scenario: its differences from the others, and its
    /// figures.
    pub(crate) fn table(&self) -> Table {
        if self.is(PEERS) {
            return peer_tables::table(self);
        }
        let limits = self
            .series
            .iter()
            .any(|series| limit_of(series, &self.series).is_some());
        let choices: Vec<_> = varying(&self.series).collect();
        let mut head: Vec<String> = choices.iter().map(|(name, _)| (*name).to_owned()).collect();
        head.extend(self.metrics.iter().map(|metric| metric.title()));
        head.extend(limits.then(|| "share of the limit".to_owned()));
        let row = |series: &&Series| {
            let mut cells: Vec<_> = choices
                .iter()
                .map(|(_, choice)| choice(&series.scenario))
                .collect();
            cells.extend(
                self.metrics
                    .iter()
                    .map(|metric| cell(metric.estimate(&series.repetitions))),
            );
            cells.extend(limits.then(|| cell(share(series, &self.series))));
            cells
        };
        Table {
            conditions: self.conditions.clone(),
            ..Table::new(&self.title, head, self.series.iter().map(row).collect())
        }
    }
}

pub(super) fn cell(estimate: Result<Estimate, Absent>) -> String {
    estimate.map_or_else(|absent| absent.to_string(), |estimate| estimate.to_string())
}

fn varies(choice: &Choice, series: &[&Series]) -> bool {
    series
        .windows(2)
        .any(|pair| choice.1(&pair[0].scenario) != choice.1(&pair[1].scenario))
}

pub(super) fn varying(series: &[&Series]) -> impl Iterator<Item = &'static Choice> {
    CHOICES.iter().filter(move |choice| {
        varies(choice, series) || series.len() == 1 && choice.0 == "transport"
    })
}

pub(super) fn conditions(series: &[&Series]) -> String {
    let Some(first) = series.first() else {
        return String::new();
    };
    let same = CHOICES.iter().filter(|choice| !varies(choice, series));
    let mut said: Vec<_> = same
        .map(|(name, choice)| format!("{name}: {}", choice(&first.scenario)))
        .collect();
    let repetitions = series.iter().map(|series| series.repetitions.len());
    let (least, most) = (
        repetitions.clone().min().unwrap_or(0),
        repetitions.max().unwrap_or(0),
    );
    said.push(if least == most {
        count(most as u64, "repetition")
    } else {
        format!("{least} to {most} repetitions")
    });
    said.join(" · ")
}

/// Returns the series of the same scenario on `lab limit`.
fn limit_of<'a>(series: &Series, all: &[&'a Series]) -> Option<&'a Series> {
    let limit = Scenario {
        server: Server::Limit,
        ..series.scenario.clone()
    };
    all.iter()
        .find(|other| series.scenario.server != Server::Limit && other.scenario == limit)
        .copied()
}

/// The kernel counts CPU time in ticks of 10 ms. With less time than this many of them, a share is
/// a matter of rounding.
const LEAST_CPU_SECONDS: f64 = 20.0 * 0.01;

/// Returns the operations per CPU-second as a share of those of `lab limit`.
fn share(series: &Series, all: &[&Series]) -> Result<Estimate, Absent> {
    let limit = limit_of(series, all).ok_or(Absent::NotMeasured)?;
    let seconds = |series: &Series| {
        let all = series.repetitions.iter();
        all.filter_map(|run| run.server_cpu_seconds).sum::<f64>()
    };
    if seconds(series).min(seconds(limit)) < LEAST_CPU_SECONDS {
        return Err(Absent::TooFew);
    }
    PER_CPU.ratio(&series.repetitions, &limit.repetitions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::examples::run;

    #[test]
    fn a_share_that_rests_on_few_ticks_is_not_shown() {
        let mut run = run();
        let share_in = |run: &Run| sections(run)[0].table().rows[1].last().cloned();
        assert!(share_in(&run).unwrap().starts_with("0."));
        for series in &mut run.series {
            for repetition in &mut series.repetitions {
                repetition.server_cpu_seconds = Some(0.05);
            }
        }
        assert_eq!(share_in(&run).as_deref(), Some("n too small"));
    }

    #[test]
    fn one_repetition_is_no_plural() {
        let mut run = run();
        run.series
            .iter_mut()
            .for_each(|series| series.repetitions.truncate(1));
        assert!(sections(&run)[0].conditions.ends_with(" · 1 repetition"));
    }
}
