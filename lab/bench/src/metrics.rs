//! The list of metrics that are computed from repetitions, under the same names in every report.

use super::{
    format::titled,
    result::{Figure, Memory, Repetition, Wire},
    stats::{Estimate, bootstrap::bootstrap, slope::slope},
};
use support::histogram::Histogram;

/// A number computed from the repetitions of one scenario.
pub(crate) struct Metric {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    /// Number of latencies that it needs.
    samples: u64,
    of: Statistic,
}

/// The reason for a missing figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Absent {
    #[error("–")]
    NotMeasured,
    /// Fewer latencies than the percentile needs.
    #[error("n too small")]
    TooFew,
}

/// Declares metrics, and the list of all of them, in the order of a report's columns.
macro_rules! metrics {
    ($($name:ident = $metric:expr;)+) => {
        $(pub(crate) const $name: Metric = $metric;)+
        pub(crate) const ALL: &[&Metric] = &[$(&$name),+];
    };
}

metrics! {
    PER_CPU = measure("operations per CPU-second", "", per_cpu);
    PER_SECOND = measure("operations per second", "", per_second);
    P50 = percentile(0.5, "p50", |runs| quantile(runs, 0.5));
    P90 = percentile(0.9, "p90", |runs| quantile(runs, 0.9));
    P99 = percentile(0.99, "p99", |runs| quantile(runs, 0.99));
    P999 = percentile(0.999, "p99.9", |runs| quantile(runs, 0.999));
    MAX = latency(1, "max", |runs| quantile(runs, 1.0));
    LOST = measure("lost", "%", lost);
    UP = measure("bytes up", "B/op", up);
    DOWN = measure("bytes down", "B/op", down);
    BYTES = measure("bytes both ways", "B/op", |runs| Some(up(runs)? + down(runs)?));
    REQUESTS = measure("requests", "1/op", |runs| per_operation(runs, |wire| wire.requests));
    CONNECTIONS = measure("connections", "1/op", |runs| per_operation(runs, |wire| wire.connections));
    WAKEUPS = measure("wake-ups", "1/min", |runs| per_minute(runs, |wire| wire.wakeups));
    PACKETS = measure("packets with data", "1/min", |runs| per_minute(runs, |wire| wire.packets));
    TRAFFIC = measure("traffic", "B/min", |runs| per_minute(runs, bytes_if_complete));
    USER_MEMORY = measure("memory", "B/connection", |runs| memory(runs, |at| Some(at.user_bytes)));
    KERNEL_MEMORY = measure("kernel memory", "B/connection", |runs| memory(runs, |at| at.kernel_bytes));
}

type Statistic = fn(&[&Repetition]) -> Option<f64>;

const fn measure(name: &'static str, unit: &'static str, of: Statistic) -> Metric {
    Metric {
        name,
        unit,
        samples: 0,
        of,
    }
}

const fn latency(samples: u64, name: &'static str, of: Statistic) -> Metric {
    Metric {
        samples,
        ..measure(name, "ms", of)
    }
}

/// Requires ten samples above the percentile: with fewer, single samples decide the figure.
const fn percentile(share: f64, name: &'static str, of: Statistic) -> Metric {
    latency((10.0 / (1.0 - share) + 0.5) as u64, name, of)
}

impl Metric {
    /// Returns its name and unit, as the title of a column.
    pub(crate) fn title(&self) -> String {
        titled(self.name, self.unit)
    }

    /// Returns the value with its confidence interval.
    pub(crate) fn estimate(&self, repetitions: &[Repetition]) -> Result<Estimate, Absent> {
        self.enough(repetitions)?;
        bootstrap(repetitions.len(), |picked| {
            (self.of)(&pick(repetitions, picked))
        })
        .ok_or(Absent::NotMeasured)
    }

    /// Returns the ratio of two scenarios by their paired repetitions.
    pub(crate) fn ratio(
        &self,
        above: &[Repetition],
        below: &[Repetition],
    ) -> Result<Estimate, Absent> {
        self.enough(above)?;
        self.enough(below)?;
        bootstrap(above.len().min(below.len()), |picked| {
            let above = (self.of)(&pick(above, picked))?;
            quotient(above, (self.of)(&pick(below, picked))?)
        })
        .ok_or(Absent::NotMeasured)
    }

    fn enough(&self, repetitions: &[Repetition]) -> Result<(), Absent> {
        let all = repetitions.iter();
        match all
            .map(|repetition| repetition.latency.count())
            .sum::<u64>()
        {
            0 if self.samples > 0 => Err(Absent::NotMeasured),
            count if count < self.samples => Err(Absent::TooFew),
            _ => Ok(()),
        }
    }
}

/// Returns all figures of these repetitions.
pub(crate) fn figures(repetitions: &[Repetition]) -> Vec<Figure> {
    let figure = |metric: &&Metric| {
        let estimate = metric.estimate(repetitions).ok()?;
        Some(Figure {
            name: metric.name.to_owned(),
            unit: metric.unit.to_owned(),
            estimate: estimate.rounded(),
        })
    };
    ALL.iter().filter_map(figure).collect()
}

fn pick<'a>(repetitions: &'a [Repetition], picked: &[usize]) -> Vec<&'a Repetition> {
    picked.iter().map(|&at| &repetitions[at]).collect()
}

fn sum(runs: &[&Repetition], of: impl Fn(&Repetition) -> Option<f64>) -> Option<f64> {
    runs.iter().map(|run| of(run)).sum()
}

/// Returns `None` if the quotient is not finite.
fn quotient(above: f64, below: f64) -> Option<f64> {
    Some(above / below).filter(|ratio| ratio.is_finite())
}

fn operations(runs: &[&Repetition]) -> f64 {
    runs.iter().map(|run| run.operations as f64).sum()
}

fn per_cpu(runs: &[&Repetition]) -> Option<f64> {
    quotient(operations(runs), sum(runs, |run| run.server_cpu_seconds)?).filter(|&rate| rate > 0.0)
}

fn per_second(runs: &[&Repetition]) -> Option<f64> {
    if runs.iter().any(|run| run.load_bound) {
        return None;
    }
    quotient(operations(runs), sum(runs, |run| Some(run.seconds))?).filter(|&rate| rate > 0.0)
}

fn quantile(runs: &[&Repetition], share: f64) -> Option<f64> {
    let mut all = Histogram::default();
    runs.iter().for_each(|run| all.merge(&run.latency));
    (all.count() > 0).then(|| all.quantile(share) as f64 / 1000.0)
}

fn lost(runs: &[&Repetition]) -> Option<f64> {
    let lost = sum(runs, |run| Some(run.lost as f64))?;
    quotient(100.0 * lost, lost + operations(runs))
}

fn up(runs: &[&Repetition]) -> Option<f64> {
    per_operation(runs, |wire| wire.up_bytes)
}

fn down(runs: &[&Repetition]) -> Option<f64> {
    per_operation(runs, |wire| wire.down_bytes)
}

/// Returns a count of the link for each operation.
fn per_operation(runs: &[&Repetition], of: fn(&Wire) -> u64) -> Option<f64> {
    let count = sum(runs, |run| Some(of(run.wire.as_ref()?) as f64))?;
    quotient(count, operations(runs))
}

/// Returns the bytes of a link, unless its file is so old that it lacks other counts.
fn bytes_if_complete(wire: &Wire) -> Option<u64> {
    wire.wakeups.and(Some(wire.up_bytes + wire.down_bytes))
}

/// Returns a count of the link per minute. Files of older versions lack some counts.
fn per_minute(runs: &[&Repetition], of: fn(&Wire) -> Option<u64>) -> Option<f64> {
    let count = sum(runs, |run| Some(of(run.wire.as_ref()?)? as f64))?;
    quotient(60.0 * count, sum(runs, |run| Some(run.seconds))?)
}

fn memory(runs: &[&Repetition], of: fn(&Memory) -> Option<u64>) -> Option<f64> {
    let point = |at: &Memory| Some((at.connections as f64, of(at)? as f64));
    let points: Option<Vec<_>> = runs.iter().flat_map(|run| &run.memory).map(point).collect();
    slope(&points?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Interval;

    #[test]
    fn a_shared_drift_does_not_widen_the_ratio_of_pairs() {
        // The machine slows down from round to round, for both alike.
        let of = |share: f64| {
            [100.0, 200.0, 400.0, 800.0, 1600.0].map(|seconds| Repetition {
                operations: 1000,
                server_cpu_seconds: Some(seconds / share),
                ..Repetition::default()
            })
        };
        let Estimate { value, interval } = PER_CPU.ratio(&of(0.8), &of(1.0)).unwrap();
        let Interval { low, high } = interval.unwrap();
        for found in [value, low, high] {
            assert!((found - 0.8).abs() < 1e-9, "{found}");
        }
    }
}
