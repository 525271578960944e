//! Plots as SVG, drawn from the figures that stand in the table below them. Colour, shape and dash say the same, so that none is
//! needed to tell two series apart; colours come from the page, light or dark.

mod axis;
mod dots;
mod lines;
mod mark;

use super::section::Section;
use crate::bench::{
    experiments::RATE, figures::Measure, result::Series, scenario::Load, stats::Estimate,
};
use dots::{Row, dots};
use lines::{Line, lines};

/// Units of the drawing; the page scales it.
const WIDTH: f64 = 400.0;

/// What there is to see in an experiment.
pub(super) fn plot(section: &Section<'_>) -> String {
    let Some(&measure) = section.measures.first() else {
        return String::new();
    };
    let title = format!("{}: {}", section.title, measure.title());
    match section
        .series
        .iter()
        .all(|series| series.scenario.experiment == RATE)
    {
        true => lines(&title, measure.unit, &by_rate(section, measure)),
        false => dots(&title, measure.unit, &rows(section, measure)),
    }
}

fn estimate(series: &Series, measure: &Measure) -> Option<Estimate> {
    measure.estimate(&series.repetitions).ok()
}

fn rows(section: &Section<'_>, measure: &Measure) -> Vec<Row> {
    let row = |series: &&Series| {
        Some(Row {
            label: section.label(series),
            transport: series.scenario.transport,
            estimate: estimate(series, measure)?,
        })
    };
    section.series.iter().filter_map(row).collect()
}

/// One line for each client, over messages a second.
fn by_rate(section: &Section<'_>, measure: &Measure) -> Vec<Line> {
    let mut all: Vec<Line> = Vec::new();
    for series in &section.series {
        let (Load::PerSecond(rate), Some(y)) = (series.scenario.load, estimate(series, measure))
        else {
            continue;
        };
        let (transport, manner) = (series.scenario.transport, series.scenario.manner);
        match all
            .iter_mut()
            .find(|line| (line.transport, line.manner) == (transport, manner))
        {
            Some(line) => line.points.push((rate, y)),
            None => all.push(Line {
                transport,
                manner,
                points: vec![(rate, y)],
            }),
        }
    }
    all
}
