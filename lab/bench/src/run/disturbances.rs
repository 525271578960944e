//! Collects reasons to doubt the figures, and reports each once for a whole run.

use super::usage::{MeasuredRepetition, load_was_the_limit};
use crate::experiments::Experiment;
use anyhow::Error;
use std::collections::BTreeSet;

/// Share of a core. Above it, other programs disturbed the server.
const OTHERS: f64 = 0.15;

/// The disturbances of a run.
#[derive(Default)]
pub(super) struct Disturbances {
    measurements: usize,
    disturbed: usize,
    most: f64,
    /// A warning for each scenario in which the load was the bottleneck.
    loads: BTreeSet<String>,
    errors: BTreeSet<String>,
}

impl Disturbances {
    /// Adds all repetitions of the scenario with this name.
    pub(super) fn add(
        &mut self,
        experiment: &Experiment,
        name: &str,
        measured: &[MeasuredRepetition],
    ) {
        self.measurements += measured.len();
        for others in measured.iter().map(|one| one.usage.others()) {
            // Scenarios that run at the same time count as other programs, and leave the machine
            // mostly idle.
            if others > OTHERS && !experiment.together {
                self.disturbed += 1;
                self.most = self.most.max(others);
            }
        }
        let errors = measured.iter().filter_map(|one| one.first_error.as_ref());
        let errors = errors.map(|error| format!("{name}: {error}"));
        self.errors.extend(errors);
        if load_was_the_limit(measured) {
            self.loads.insert(format!(
                "{name}: the load generator was the bottleneck, so its figures are removed"
            ));
        }
    }

    /// Records that a scenario could not be measured.
    pub(super) fn failed(&mut self, error: &Error) {
        self.errors.insert(format!("not measured: {error:#}"));
    }

    pub(super) fn warnings(self) -> Vec<String> {
        let others = (self.disturbed > 0).then(|| {
            format!(
                "other programs used up to {:.0} % of a core in {} of {} measurements",
                self.most * 100.0,
                self.disturbed,
                self.measurements
            )
        });
        let others = others.into_iter();
        others.chain(self.loads).chain(self.errors).collect()
    }
}
