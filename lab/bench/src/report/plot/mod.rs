//! Plots as SVG, of the figures in the table below them. Colour, shape and dash each distinguish
//! the series; colours come from the page's light or dark style.

mod axis;
mod dots;
mod lines;
mod mark;

use super::section::Section;
use crate::{experiments::RATE, metrics::Metric, result::Series, scenario::Load, stats::Estimate};
use dots::{Row, dots};
use lines::{Line, lines};

/// Width of a drawing, in its own units. The page scales it.
const WIDTH: f64 = 400.0;

/// Returns the plot of an experiment.
pub(super) fn plot(section: &Section<'_>) -> String {
    let Some(&metric) = section.metrics.first() else {
        return String::new();
    };
    let title = format!("{}: {}", section.title, metric.title());
    match section
        .series
        .iter()
        .all(|series| series.scenario.experiment == RATE)
    {
        true => lines(&title, metric.unit, &by_rate(section, metric)),
        false => dots(&title, metric.unit, &rows(section, metric)),
    }
}

fn estimate(series: &Series, metric: &Metric) -> Option<Estimate> {
    metric.estimate(&series.repetitions).ok()
}

fn rows(section: &Section<'_>, metric: &Metric) -> Vec<Row> {
    let row = |series: &&Series| {
        Some(Row {
            label: section.label(series),
            transport: series.scenario.transport,
            estimate: estimate(series, metric)?,
        })
    };
    section.series.iter().filter_map(row).collect()
}

/// Returns one line for each client, over the message rate.
fn by_rate(section: &Section<'_>, metric: &Metric) -> Vec<Line> {
    let mut all: Vec<Line> = Vec::new();
    for series in &section.series {
        let (Load::PerSecond(rate), Some(y)) = (series.scenario.load, estimate(series, metric))
        else {
            continue;
        };
        let (transport, variant) = (series.scenario.transport, series.scenario.variant);
        match all
            .iter_mut()
            .find(|line| (line.transport, line.variant) == (transport, variant))
        {
            Some(line) => line.points.push((rate, y)),
            None => all.push(Line {
                transport,
                variant,
                points: vec![(rate, y)],
            }),
        }
    }
    all
}
