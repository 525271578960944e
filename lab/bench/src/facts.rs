//! Collects facts about services, with a value for each repetition.

use super::{
    code,
    environment::Environment,
    result::{FORMAT, Fact, Run},
    service_benchmark::Row,
};
use std::fmt::Display;
use support::histogram::Histogram;

/// The facts measured so far.
#[derive(Default)]
pub(crate) struct Facts(Vec<Fact>);

/// The name and the unit of a figure.
pub(crate) type Figure = (&'static str, &'static str);

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

impl Facts {
    /// Adds the value of one repetition.
    fn add(&mut self, topic: &str, subject: &dyn Display, (figure, unit): Figure, value: f64) {
        let subject = subject.to_string();
        let known = self.0.iter_mut().find(|fact| {
            (&*fact.topic, &*fact.subject, &*fact.figure) == (topic, &*subject, figure)
        });
        match known {
            Some(fact) => fact.values.push(value),
            None => self.0.push(Fact {
                topic: topic.to_owned(),
                subject,
                figure: figure.to_owned(),
                unit: unit.to_owned(),
                values: vec![value],
            }),
        }
    }

    /// Adds the values of one repetition for one subject.
    pub(crate) fn add_all(
        &mut self,
        topic: &str,
        subject: &dyn Display,
        figures: impl IntoIterator<Item = (Figure, f64)>,
    ) {
        for (figure, value) in figures {
            self.add(topic, subject, figure, value);
        }
    }

    /// Adds the values of one repetition for several subjects.
    pub(crate) fn add_rows(&mut self, topic: &str, rows: Vec<Row>) {
        for (subject, figures) in rows {
            self.add_all(topic, &subject, figures);
        }
    }

    /// Returns a run with these facts, in the order of their first values, and nothing else.
    pub(crate) fn into_run(self, environment: Environment, warnings: Vec<String>) -> Run {
        Run {
            format: FORMAT,
            environment,
            series: Vec::new(),
            facts: self.0,
            peers: Vec::new(),
            code: code::count(),
            warnings,
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
            facts.add("topic", &subject, ("figure", "ms"), value);
        }
        let values: Vec<_> = facts
            .0
            .into_iter()
            .map(|fact| (fact.subject, fact.values))
            .collect();
        assert_eq!(
            values,
            [
                ("a".to_owned(), vec![1.0, 3.0]),
                ("b".to_owned(), vec![2.0])
            ]
        );
    }
}
