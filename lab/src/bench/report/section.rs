//! One experiment of a run: what all its scenarios share, and a table of what each of them gave.

use super::table::Table;
use crate::bench::{
    experiments,
    figures::{Absent, Measure, PER_CPU},
    result::{Run, Series},
    scenario::{Scenario, Server},
    stats::Estimate,
    words::{CHOICES, Choice},
};

pub(crate) struct Section<'a> {
    pub(crate) title: String,
    /// What all scenarios have in common, and how often each was run.
    pub(crate) conditions: String,
    pub(crate) series: Vec<&'a Series>,
    pub(crate) measures: &'static [&'static Measure],
}

/// The experiments of a run, in its order.
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
            measures: known.map_or(experiments::USUAL, |known| known.measures),
            series,
        }
    }

    /// A row for each scenario: what distinguishes it from the others, then its figures.
    pub(crate) fn table(&self) -> Table {
        let limits = self
            .series
            .iter()
            .any(|series| limit_of(series, &self.series).is_some());
        let choices: Vec<_> = varying(&self.series).collect();
        let mut head: Vec<String> = choices.iter().map(|(name, _)| (*name).to_owned()).collect();
        head.extend(self.measures.iter().map(|measure| measure.title()));
        head.extend(limits.then(|| "share of the limit".to_owned()));
        let row = |series: &&Series| {
            let mut cells: Vec<_> = choices
                .iter()
                .map(|(_, choice)| choice(&series.scenario))
                .collect();
            cells.extend(
                self.measures
                    .iter()
                    .map(|measure| cell(measure.estimate(&series.repetitions))),
            );
            cells.extend(limits.then(|| cell(share(series, &self.series))));
            cells
        };
        Table {
            caption: self.title.clone(),
            head,
            rows: self.series.iter().map(row).collect(),
        }
    }

    /// What distinguishes a series from the others of its experiment.
    pub(crate) fn label(&self, series: &Series) -> String {
        varying(&self.series)
            .map(|(_, choice)| choice(&series.scenario))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

fn cell(estimate: Result<Estimate, Absent>) -> String {
    estimate.map_or_else(|absent| absent.to_string(), |estimate| estimate.to_string())
}

fn varies(choice: &Choice, series: &[&Series]) -> bool {
    series
        .windows(2)
        .any(|pair| choice.1(&pair[0].scenario) != choice.1(&pair[1].scenario))
}

fn varying(series: &[&Series]) -> impl Iterator<Item = &'static Choice> {
    CHOICES.iter().filter(move |choice| {
        varies(choice, series) || series.len() == 1 && choice.0 == "transport"
    })
}

fn conditions(series: &[&Series]) -> String {
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
        format!("{least} repetitions")
    } else {
        format!("{least} to {most} repetitions")
    });
    said.join(" · ")
}

/// The same scenario with nothing but writes.
fn limit_of<'a>(series: &Series, all: &[&'a Series]) -> Option<&'a Series> {
    let limit = Scenario {
        server: Server::Limit,
        ..series.scenario.clone()
    };
    all.iter()
        .find(|other| series.scenario.server != Server::Limit && other.scenario == limit)
        .copied()
}

/// Which part of the limit's operations a CPU-second of this server gives.
fn share(series: &Series, all: &[&Series]) -> Result<Estimate, Absent> {
    let limit = limit_of(series, all).ok_or(Absent::NotMeasured)?;
    Ok(PER_CPU
        .compare(&series.repetitions, &limit.repetitions)?
        .ratio)
}
