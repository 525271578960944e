//! Collects reasons to doubt the figures, and reports each once for a whole run.

use super::usage::MeasuredRepetition;
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
    /// Scenarios in which the load was the bottleneck.
    loads: BTreeSet<String>,
    errors: BTreeSet<String>,
}

impl Disturbances {
    pub(super) fn add(
        &mut self,
        experiment: &Experiment,
        name: &str,
        outcome: &MeasuredRepetition,
    ) {
        let others = outcome.usage.others();
        self.measurements += 1;
        // Scenarios that run at the same time count as other programs, and leave the machine mostly
        // idle.
        if others > OTHERS && !experiment.together {
            self.disturbed += 1;
            self.most = self.most.max(others);
        }
        self.errors.extend(
            outcome
                .first_error
                .iter()
                .map(|first_error| format!("{name}: {first_error}")),
        );
    }

    /// Records that the load was the bottleneck of a scenario, whose figures are removed.
    pub(super) fn load_bound(&mut self, name: String) {
        self.loads.insert(name);
    }

    /// Records that a scenario could not be measured.
    pub(super) fn failed(&mut self, error: &Error) {
        self.errors.insert(format!("not measured: {error:#}"));
    }

    pub(super) fn warnings(self) -> Vec<String> {
        let Self {
            measurements,
            disturbed,
            most,
            loads,
            errors,
        } = self;
        let others = (disturbed > 0).then(|| {
            format!(
                "other programs used up to {:.0} % of a core in {disturbed} of {measurements} measurements",
                most * 100.0
            )
        });
        let loads = loads.into_iter().map(|name| {
            format!("{name}: the load generator was the bottleneck, so its figures are removed")
        });
        others.into_iter().chain(loads).chain(errors).collect()
    }
}
