//! Two runs side by side: each figure of the scenarios that both have, with its ratio to the first.

use super::{
    section::{conditions, sections, varying},
    table::Table,
};
use crate::{
    format::{CHOICES, DURATION, titled},
    result::{Figure, Run, Series},
    scenario::Scenario,
    stats::ratio::independent,
};
use anyhow::{Result, ensure};

/// Returns a table for each experiment of the first run.
///
/// # Errors
///
/// Fails if the runs have no scenario in common.
pub(super) fn tables(first: &Run, second: &Run) -> Result<Vec<Table>> {
    let mut tables = Vec::new();
    for section in sections(first) {
        let both: Vec<_> = section
            .series
            .iter()
            .filter_map(|series| Some((*series, counterpart(&series.scenario, second)?)))
            .collect();
        if !both.is_empty() {
            let names: Vec<_> = section.metrics.iter().map(|metric| metric.name).collect();
            tables.push(table(&section.title, &both, &names));
        }
    }
    ensure!(
        !tables.is_empty(),
        "the two results have no scenario in common"
    );
    Ok(tables)
}

/// Returns the series of the same scenario, whatever its duration.
pub(crate) fn counterpart<'a>(scenario: &Scenario, run: &'a Run) -> Option<&'a Series> {
    run.series
        .iter()
        .find(|other| key(&other.scenario) == key(scenario))
}

/// Returns what distinguishes a scenario from others, without its duration.
fn key(scenario: &Scenario) -> Vec<String> {
    let choices = CHOICES.iter().filter(|(name, _)| *name != DURATION);
    let named = choices.map(|(_, choice)| choice(scenario));
    std::iter::once(scenario.experiment.clone())
        .chain(named)
        .collect()
}

fn table(title: &str, both: &[(&Series, &Series)], names: &[&str]) -> Table {
    let series: Vec<_> = both.iter().map(|(first, _)| *first).collect();
    let choices: Vec<_> = varying(&series).collect();
    let mut rows = Vec::new();
    for (first, second) in both {
        for figures in names.iter().filter_map(|name| figures(first, second, name)) {
            let chosen = choices.iter().map(|(_, choice)| choice(&first.scenario));
            rows.push(chosen.chain(cells(figures)).collect());
        }
    }
    let columns = choices.iter().map(|(name, _)| *name);
    let head = columns.chain(["figure", "first", "second", "ratio"]);
    Table {
        conditions: conditions(&series),
        ..Table::new(title, head, rows)
    }
}

/// Returns the figures with this name, if both series have one.
pub(crate) fn figures<'a>(
    first: &'a Series,
    second: &'a Series,
    name: &str,
) -> Option<(&'a Figure, &'a Figure)> {
    let of = |series: &'a Series| series.figures.iter().find(|figure| figure.name == name);
    of(first).zip(of(second))
}

/// Returns the name of two figures, both values, and the ratio of the second to the first.
pub(crate) fn cells((first, second): (&Figure, &Figure)) -> [String; 4] {
    let ratio = independent(second.estimate, first.estimate);
    [
        titled(&first.name, &first.unit),
        first.estimate.to_string(),
        second.estimate.to_string(),
        ratio.map_or_else(|| "–".to_owned(), |ratio| ratio.to_string()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::examples::run;

    #[test]
    fn a_figure_has_its_ratio_to_that_of_the_first_run() {
        let (first, mut second) = (run(), run());
        for figure in second
            .series
            .iter_mut()
            .flat_map(|series| &mut series.figures)
        {
            figure.estimate.value *= 2.0;
            figure.estimate.interval = None;
        }
        // Another duration does not make another scenario.
        second
            .series
            .iter_mut()
            .for_each(|series| series.scenario.seconds = 1.0);
        let tables = tables(&first, &second).unwrap();
        assert_eq!(tables.len(), sections(&first).len());
        let row = tables[0]
            .rows
            .iter()
            .find(|row| row.contains(&"p50, ms".to_owned()));
        assert_eq!(row.unwrap().last().map(String::as_str), Some("2"));
    }

    #[test]
    fn runs_without_a_common_scenario_are_not_compared() {
        let mut other = run();
        other
            .series
            .iter_mut()
            .for_each(|series| series.scenario.payload_bytes = 7);
        assert!(
            tables(&run(), &other)
                .unwrap_err()
                .to_string()
                .contains("in common")
        );
    }
}
