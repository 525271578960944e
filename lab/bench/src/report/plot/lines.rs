//! A plot of a figure over the message rate, with one line for each client. Both axes are
//! logarithmic, because factors matter.

use super::{
    WIDTH,
    axis::Axis,
    mark::{class, dash, mark},
};
use crate::{
    format::number,
    report::escape::escape,
    scenario::{ClientVariant, Transport},
    stats::Estimate,
};
use std::fmt::Write;

const HEIGHT: f64 = 240.0;
const LEFT: f64 = 78.0;
const LEGEND: f64 = 20.0;

pub(super) struct Line {
    pub(super) transport: Transport,
    pub(super) variant: ClientVariant,
    /// Pairs of a message rate and the figure.
    pub(super) points: Vec<(f64, Estimate)>,
}

pub(super) fn lines(title: &str, unit: &str, all: &[Line]) -> String {
    let points = || all.iter().flat_map(|line| &line.points);
    let x = Axis::logarithmic(LEFT, WIDTH - 12.0, points().map(|point| point.0));
    let y = Axis::logarithmic(HEIGHT, 12.0, points().map(|point| point.1.value));
    let mut svg = grid(&x, &y, unit);
    for (at, line) in all.iter().enumerate() {
        svg.push_str(&draw(line, &x, &y));
        svg.push_str(&legend(line, HEIGHT + 56.0 + at as f64 * LEGEND));
    }
    let height = HEIGHT + 52.0 + all.len() as f64 * LEGEND;
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=img aria-label=\"{}\">{svg}</svg>\n",
        escape(title)
    )
}

fn grid(x: &Axis, y: &Axis, unit: &str) -> String {
    let mut svg = String::new();
    for tick in x.ticks() {
        let (at, below) = (x.place(tick), HEIGHT + 16.0);
        let _ = write!(
            svg,
            "<text x=\"{at:.1}\" y=\"{below}\" text-anchor=middle>{}/s</text>",
            number(tick)
        );
    }
    for tick in y.ticks() {
        let (at, right, end) = (y.place(tick), LEFT - 6.0, WIDTH - 12.0);
        let _ = write!(svg, "<path class=grid d=\"M{LEFT} {at:.1}H{end}\"/>");
        let _ = write!(
            svg,
            "<text x=\"{right}\" y=\"{:.1}\" text-anchor=end>{} {unit}</text>",
            at + 4.0,
            number(tick)
        );
    }
    svg + &format!(
        "<text x=\"{LEFT}\" y=\"{}\">messages a second</text>",
        HEIGHT + 34.0
    )
}

fn draw(line: &Line, x: &Axis, y: &Axis) -> String {
    let at: Vec<_> = line
        .points
        .iter()
        .map(|(rate, figure)| (x.place(*rate), y.place(figure.value)))
        .collect();
    let path: String = at.iter().map(|(x, y)| format!(" {x:.1},{y:.1}")).collect();
    let marks: String = at
        .iter()
        .map(|&(x, y)| mark(line.transport, x, y))
        .collect();
    stroke(line, path.trim_start()) + &marks
}

fn stroke(line: &Line, points: &str) -> String {
    let (class, dash) = (class(line.transport), dash(line.variant));
    format!("<polyline class=\"{class} line\" stroke-dasharray=\"{dash}\" points=\"{points}\"/>")
}

fn legend(line: &Line, y: f64) -> String {
    let (from, to) = (LEFT, LEFT + 40.0);
    let name = format!("{}, {}", line.transport, line.variant);
    stroke(line, &format!("{from},{y:.1} {to},{y:.1}"))
        + &mark(line.transport, (from + to) / 2.0, y)
        + &format!(
            "<text x=\"{}\" y=\"{:.1}\">{name}</text>",
            to + 8.0,
            y + 4.0
        )
}
