//! Collects facts about services, with a value for each repetition.

use super::{
    code,
    environment::Environment,
    result::{FORMAT, Fact, Run},
};
use std::fmt::Display;

/// The facts measured so far.
#[derive(Default)]
pub(crate) struct Facts(Vec<Fact>);

/// The name and the unit of a figure.
pub(crate) type Figure = (&'static str, &'static str);

impl Facts {
    /// Adds the value of one repetition.
    pub(crate) fn add(
        &mut self,
        topic: &str,
        subject: &dyn Display,
        (figure, unit): Figure,
        value: f64,
    ) {
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

    /// Returns a run with these facts, in the order of their first values, and nothing else.
    pub(crate) fn into_run(self, environment: Environment, warnings: Vec<String>) -> Run {
        Run {
            format: FORMAT,
            environment,
            series: Vec::new(),
            facts: self.0,
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
