//! The plan of a run: experiments, their scenarios, and the number of repetitions.

use super::command::{Bench, Others};
use crate::{
    experiments::{ALL, Experiment},
    scenario::{Link, Operation, Scenario, Server, Transport},
};
use client::backoff::random_bits;

/// Share of each measurement's length in a quick run.
const QUICK: f64 = 0.3;
/// The same where the scenarios of a round run at the same time.
const QUICK_TOGETHER: f64 = 0.6;
/// The most subscribers in a quick run.
const FEW: u32 = 1000;
/// `--readers` applies to scenarios with at least this many subscribers.
const MANY: u32 = 100;

/// The plan of a run.
pub(super) struct Plan {
    pub(super) experiments: Vec<(&'static Experiment, Vec<Scenario>)>,
    pub(super) repetitions: usize,
    pub(super) seed: u64,
}

impl Plan {
    pub(super) fn of(bench: &Bench) -> Self {
        let wanted = |experiment: &&Experiment| {
            bench.only.is_empty() || bench.only.iter().any(|name| name == experiment.name)
        };
        let usual = if bench.quick {
            1
        } else if bench.full {
            10
        } else {
            3
        };
        Self {
            experiments: ALL
                .iter()
                .filter(wanted)
                .map(|experiment| (experiment, scenarios(experiment, bench)))
                .collect(),
            repetitions: bench.repetitions.map_or(usual, usize::from),
            seed: bench.seed.unwrap_or_else(|| random_bits() >> 32),
        }
    }

    /// Returns a sentence on what was measured.
    pub(super) fn closing(&self) -> String {
        format!(
            "Measured {} scenarios, {}.",
            self.scenarios(),
            match self.repetitions {
                1 => "once each".to_owned(),
                times => format!("{times} times each"),
            }
        )
    }

    fn scenarios(&self) -> usize {
        self.experiments
            .iter()
            .map(|(_, scenarios)| scenarios.len())
            .sum()
    }

    pub(super) fn repetitions(&self) -> usize {
        self.repetitions * self.scenarios()
    }
}

fn scenarios(experiment: &Experiment, bench: &Bench) -> Vec<Scenario> {
    let share = match (bench.quick, experiment.together) {
        (false, _) => 1.0,
        (true, false) => QUICK,
        (true, true) => QUICK_TOGETHER,
    };
    let mut all: Vec<Scenario> = Vec::new();
    let short = |scenario: &Scenario| {
        !bench.quick || scenario.readers <= FEW || scenario.operation == Operation::Idle
    };
    for scenario in experiment.scenarios().into_iter().filter(short) {
        for scenario in [
            Some(adapted(&scenario, bench, share)),
            on_others(&scenario, &bench.others).map(|scenario| adapted(&scenario, bench, share)),
        ] {
            // `--readers` makes scenarios equal that differ only in their subscribers.
            all.extend(scenario.filter(|scenario| !all.contains(scenario)));
        }
    }
    all
}

fn adapted(scenario: &Scenario, bench: &Bench, share: f64) -> Scenario {
    let many = scenario.readers >= MANY;
    Scenario {
        readers: bench
            .readers
            .filter(|_| many)
            .map_or(scenario.readers, Into::into),
        payload_bytes: bench.payload.unwrap_or(scenario.payload_bytes),
        seconds: bench.seconds.unwrap_or(scenario.seconds * share),
        warm_up_seconds: bench
            .seconds
            .unwrap_or(scenario.warm_up_seconds)
            .min(scenario.warm_up_seconds)
            * share,
        ..scenario.clone()
    }
}

/// Returns the same scenario on another server. Only deliveries without a link are comparable.
fn on_others(scenario: &Scenario, others: &Others) -> Option<Scenario> {
    let comparable = scenario.operation == Operation::Delivery && scenario.link == Link::default();
    let url = match scenario.transport {
        Transport::Longpoll => &others.longpoll,
        Transport::Sse => &others.sse,
        Transport::Ws => &others.ws,
    };
    let url = url
        .as_ref()
        .filter(|_| comparable && scenario.server == Server::Ours)?;
    Some(Scenario {
        server: Server::Url(url.to_string()),
        ..scenario.clone()
    })
}
