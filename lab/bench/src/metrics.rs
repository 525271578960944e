//! The list of metrics that are computed from repetitions, under the same names in every report.

use super::{
    format::titled,
    result::{Figure, Memory, Repetition, Wire},
    stats::{Estimate, bootstrap::bootstrap, ratio, slope::slope},
};
use support::histogram::Histogram;

/// A number computed from the repetitions of one scenario.
pub(crate) struct Metric {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    /// Number of latencies that it needs.
    samples: u64,
    of: fn(&[&Repetition]) -> Option<f64>,
}

/// The reason for a missing figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    NotMeasured,
    /// Fewer latencies than the percentile needs.
    TooFew,
}

macro_rules! percentile {
    ($name:literal, $share:literal) => {
        // Requires ten samples above the percentile: with fewer, single samples decide the figure.
        Metric {
            samples: (10.0 / (1.0 - $share) + 0.5) as u64,
            ..latency($name, |runs| quantile(runs, $share))
        }
    };
}

pub(crate) const PER_CPU: Metric = measure("operations per CPU-second", "", per_cpu);
pub(crate) const PER_SECOND: Metric = measure("operations per second", "", per_second);
pub(crate) const P50: Metric = percentile!("p50", 0.5);
pub(crate) const P90: Metric = percentile!("p90", 0.9);
pub(crate) const P99: Metric = percentile!("p99", 0.99);
pub(crate) const P999: Metric = percentile!("p99.9", 0.999);
pub(crate) const MAX: Metric = latency("max", |runs| quantile(runs, 1.0));
pub(crate) const LOST: Metric = measure("lost", "%", lost);
pub(crate) const UP: Metric = measure("bytes up", "B/op", up);
pub(crate) const DOWN: Metric = measure("bytes down", "B/op", down);
pub(crate) const BYTES: Metric = measure("bytes both ways", "B/op", |runs| {
    Some(up(runs)? + down(runs)?)
});
pub(crate) const REQUESTS: Metric = measure("requests", "1/op", |runs| {
    per_operation(runs, |wire| wire.requests)
});
pub(crate) const CONNECTIONS: Metric = measure("connections", "1/op", |runs| {
    per_operation(runs, |wire| wire.connections)
});
pub(crate) const WAKEUPS: Metric = measure("wake-ups", "1/min", |runs| {
    per_minute(runs, |wire| wire.wakeups)
});
pub(crate) const PACKETS: Metric = measure("packets with data", "1/min", |runs| {
    per_minute(runs, |wire| wire.packets)
});
pub(crate) const TRAFFIC: Metric = measure("traffic", "B/min", |runs| {
    per_minute(runs, |wire| {
        wire.wakeups.and(Some(wire.up_bytes + wire.down_bytes))
    })
});
pub(crate) const USER_MEMORY: Metric = measure("memory", "B/connection", |runs| {
    memory(runs, |at| Some(at.user_bytes))
});
pub(crate) const KERNEL_MEMORY: Metric = measure("kernel memory", "B/connection", |runs| {
    memory(runs, |at| at.kernel_bytes)
});

/// All metrics, in the order of a report's columns.
pub(crate) const ALL: [&Metric; 18] = [
    &PER_CPU,
    &PER_SECOND,
    &P50,
    &P90,
    &P99,
    &P999,
    &MAX,
    &LOST,
    &UP,
    &DOWN,
    &BYTES,
    &REQUESTS,
    &CONNECTIONS,
    &WAKEUPS,
    &PACKETS,
    &TRAFFIC,
    &USER_MEMORY,
    &KERNEL_MEMORY,
];

const fn measure(
    name: &'static str,
    unit: &'static str,
    of: fn(&[&Repetition]) -> Option<f64>,
) -> Metric {
    Metric {
        name,
        unit,
        samples: 0,
        of,
    }
}

const fn latency(name: &'static str, of: fn(&[&Repetition]) -> Option<f64>) -> Metric {
    Metric {
        samples: 1,
        ..measure(name, "ms", of)
    }
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
        let of = |repetitions, picked: &[usize]| (self.of)(&pick(repetitions, picked));
        ratio::paired(
            above.len().min(below.len()),
            |picked| of(above, picked),
            |picked| of(below, picked),
        )
        .ok_or(Absent::NotMeasured)
    }

    fn enough(&self, repetitions: &[Repetition]) -> Result<(), Absent> {
        match repetitions
            .iter()
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
