//! What was noticed while measuring that makes figures doubtful, said once for a whole run.

use super::Outcome;
use crate::bench::experiments::Experiment;
use std::collections::BTreeSet;

/// Of a core, used by others; above it, the server was disturbed.
const OTHERS: f64 = 0.15;

#[derive(Default)]
pub(super) struct Doubts {
    measurements: usize,
    disturbed: usize,
    most: f64,
    /// What was measured where the load was the limit.
    loads: BTreeSet<String>,
    troubles: BTreeSet<String>,
}

impl Doubts {
    pub(super) fn add(&mut self, experiment: &Experiment, name: &str, outcome: &Outcome) {
        let others = outcome.spent.others();
        self.measurements += 1;
        // Scenarios that run at the same time are others to each other, and leave the machine idle.
        if others > OTHERS && !experiment.together {
            self.disturbed += 1;
            self.most = self.most.max(others);
        }
        self.loads
            .extend(outcome.spent.load_was_the_limit().then(|| name.to_owned()));
        self.troubles.extend(
            outcome
                .trouble
                .iter()
                .map(|trouble| format!("{name}: {trouble}")),
        );
    }

    pub(super) fn warnings(self) -> Vec<String> {
        let Self {
            measurements,
            disturbed,
            most,
            loads,
            troubles,
        } = self;
        let others = (disturbed > 0).then(|| {
            format!(
                "others used up to {:.0} % of a core during {disturbed} of {measurements} measurements",
                most * 100.0
            )
        });
        let loads = loads
            .into_iter()
            .map(|name| format!("{name}: the load had no time left and the server had"));
        others.into_iter().chain(loads).chain(troubles).collect()
    }
}
