//! A plot with one row for each series: a mark at its figure, and a line over its interval.

use super::{
    WIDTH,
    axis::Axis,
    mark::{class, mark},
};
use crate::{format::number, report::escape::escape, scenario::Transport, stats::Estimate};
use std::fmt::Write;

const ROW: f64 = 34.0;
/// Space for half a label beside the axis.
const MARGIN: f64 = 28.0;

pub(super) struct Row {
    pub(super) label: String,
    pub(super) transport: Transport,
    pub(super) estimate: Estimate,
}

pub(super) fn dots(title: &str, unit: &str, rows: &[Row]) -> String {
    let most = rows
        .iter()
        .map(|row| high(&row.estimate))
        .fold(0.0, f64::max);
    let axis = Axis::linear(MARGIN, WIDTH - MARGIN, most);
    let below = rows.len() as f64 * ROW;
    let mut svg = String::new();
    for tick in axis.ticks() {
        let (x, value) = (axis.place(tick), number(tick));
        let _ = write!(
            svg,
            "<path class=grid d=\"M{x:.1} 4V{below:.1}\"/><text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=middle>{value} {unit}</text>",
            below + 16.0,
        );
    }
    rows.iter()
        .enumerate()
        .for_each(|(at, row)| svg.push_str(&draw(row, &axis, at as f64 * ROW)));
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {:.0}\" role=img aria-label=\"{}\">{svg}</svg>\n",
        below + 24.0,
        escape(title)
    )
}

fn draw(row: &Row, axis: &Axis, top: f64) -> String {
    let (x, y) = (axis.place(row.estimate.value), top + 24.0);
    let interval = row.estimate.interval.map_or(String::new(), |interval| {
        let (from, to) = (axis.place(interval.low.max(0.0)), axis.place(interval.high));
        format!(
            "<path class=\"{} line\" d=\"M{from:.1} {y:.1}H{to:.1}\"/>",
            class(row.transport)
        )
    });
    let label = format!(
        "<text x=\"{MARGIN}\" y=\"{:.1}\">{}</text>",
        top + 14.0,
        escape(&row.label)
    );
    let stem = format!("<path class=grid d=\"M{MARGIN} {y:.1}H{x:.1}\"/>");
    label + &stem + &interval + &mark(row.transport, x, y)
}

fn high(estimate: &Estimate) -> f64 {
    estimate
        .interval
        .map_or(estimate.value, |interval| interval.high)
}
