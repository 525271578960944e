//! The plan of a run: experiments, their scenarios, and the number of repetitions.

use super::{
    command::{Bench, Others},
    operations::STEPS,
};
use crate::{
    experiments::{ALL, Experiment, PEERS, RATE},
    load::engine::LOST,
    output::announcement,
    peers::Peer,
    scenario::{ClientVariant, Link, Load, Operation, Scenario, Server, Transport},
};
use client::backoff::random_bits;
use std::time::Duration;
use support::units::count;

/// Share of each measurement's length in a quick run.
const QUICK: f64 = 0.3;
/// The same where the scenarios of a round run at the same time.
const QUICK_TOGETHER: f64 = 0.6;
/// The most subscribers in a quick run.
const FEW: u32 = 1000;
/// `--subscribers` applies to scenarios with at least this many subscribers.
const MANY: u32 = 100;
/// Time to start a server and to connect to it.
const START_SECONDS: f64 = 0.3;

/// The plan of a run.
pub(super) struct Plan {
    pub(super) experiments: Vec<(&'static Experiment, Vec<Scenario>)>,
    pub(super) repetitions: usize,
    pub(super) seed: u64,
}

impl Plan {
    pub(super) fn of(bench: &Bench, peers: &[Peer]) -> Self {
        let wanted = |experiment: &&Experiment| {
            if experiment.name == PEERS {
                return !bench.peers.is_empty();
            }
            let named = bench.only.iter().any(|name| name == experiment.name);
            let all = bench.only.is_empty() && bench.peers.is_empty();
            named || all && !experiment.on_request
        };
        let usual = match (bench.quick, bench.full) {
            (true, _) => 1,
            (_, true) => 10,
            _ => 3,
        };
        Self {
            experiments: ALL
                .iter()
                .filter(wanted)
                .map(|experiment| (experiment, scenarios(experiment, bench, peers)))
                .collect(),
            repetitions: bench.repetitions.map_or(usual, usize::from),
            seed: bench.seed.unwrap_or_else(|| random_bits() >> 32),
        }
    }

    /// Returns a sentence on what will be measured, and how long that takes.
    pub(super) fn opening(&self) -> String {
        announcement(&self.size(), self.expected())
    }

    /// Returns a sentence on what was measured.
    pub(super) fn closing(&self) -> String {
        format!("Measured {}.", self.size())
    }

    fn size(&self) -> String {
        let times = match self.repetitions {
            1 => "once".to_owned(),
            times => format!("{times} times"),
        };
        format!("{} {times}", count(self.scenarios() as u64, "scenario"))
    }

    fn expected(&self) -> Duration {
        let round = |(experiment, scenarios): &(&Experiment, Vec<Scenario>)| {
            let times = scenarios.iter().map(expected);
            if experiment.together {
                times.max().unwrap_or_default()
            } else {
                times.sum()
            }
        };
        let one: Duration = self.experiments.iter().map(round).sum();
        one * self.repetitions as u32
    }

    fn scenarios(&self) -> usize {
        self.experiments
            .iter()
            .map(|(_, scenarios)| scenarios.len())
            .sum()
    }

    /// Returns the scenarios of all experiments.
    pub(super) fn all_scenarios(&self) -> Vec<&Scenario> {
        self.experiments
            .iter()
            .flat_map(|(_, scenarios)| scenarios)
            .collect()
    }

    pub(super) fn repetitions(&self) -> usize {
        self.repetitions * self.scenarios()
    }
}

/// Returns the expected time of one repetition, with the start of a server and the wait for
/// messages that are late or lost.
fn expected(scenario: &Scenario) -> Duration {
    let measured = scenario.warm_up_seconds + scenario.seconds;
    let round_trip = 2.0 * scenario.link.delay_ms / 1000.0;
    let seconds = match (scenario.operation, scenario.variant, scenario.load) {
        // A new server for each number of connections.
        (Operation::Idle, ..) => STEPS.len() as f64 * (scenario.warm_up_seconds + 1.0),
        (_, ClientVariant::OnePerAnswer, Load::PerSecond(rate)) => {
            measured.max(measured * rate * round_trip)
        }
        (_, ClientVariant::NoCursor, _) => measured + LOST.as_secs_f64(),
        _ => measured,
    };
    Duration::from_secs_f64(seconds + START_SECONDS)
}

/// Returns the scenarios of an experiment, at the requested rates.
fn at_rates(experiment: &Experiment, rates: &[f64]) -> Vec<Scenario> {
    let all = experiment.scenarios();
    if experiment.name != RATE || rates.is_empty() {
        return all;
    }
    let first = all[0].load;
    let once = all.iter().filter(|scenario| scenario.load == first);
    let at = |rate: &f64| {
        let load = Load::PerSecond(*rate);
        once.clone().map(move |scenario| Scenario {
            load,
            ..scenario.clone()
        })
    };
    rates.iter().flat_map(at).collect()
}

fn scenarios(experiment: &Experiment, bench: &Bench, peers: &[Peer]) -> Vec<Scenario> {
    let share = match (bench.quick, experiment.together) {
        (false, _) => 1.0,
        (true, false) => QUICK,
        (true, true) => QUICK_TOGETHER,
    };
    let mut all: Vec<Scenario> = Vec::new();
    let short = |scenario: &Scenario| {
        !bench.quick || scenario.readers <= FEW || scenario.operation == Operation::Idle
    };
    for scenario in at_rates(experiment, &bench.rate).into_iter().filter(short) {
        let others = on_others(&scenario, &bench.others).into_iter();
        let others = others.chain(on_peers(&scenario, peers));
        for scenario in std::iter::once(scenario.clone()).chain(others) {
            let scenario = adapted(&scenario, bench, share);
            // `--subscribers` makes scenarios equal that differ only in their subscribers.
            if !all.contains(&scenario) {
                all.push(scenario);
            }
        }
    }
    all
}

fn adapted(scenario: &Scenario, bench: &Bench, share: f64) -> Scenario {
    let seconds = bench.duration.map(|length| length.as_secs_f64());
    let many = scenario.readers >= MANY;
    Scenario {
        readers: bench
            .subscribers
            .filter(|_| many)
            .map_or(scenario.readers, Into::into),
        payload_bytes: bench.size.unwrap_or(scenario.payload_bytes),
        seconds: seconds.unwrap_or(scenario.seconds * share),
        warm_up_seconds: seconds
            .unwrap_or(scenario.warm_up_seconds)
            .min(scenario.warm_up_seconds)
            * share,
        ..scenario.clone()
    }
}

/// Returns the same scenario on each peer that offers it.
fn on_peers(scenario: &Scenario, peers: &[Peer]) -> Vec<Scenario> {
    let on = |peer: &Peer| Scenario {
        server: Server::Peer(peer.name.clone()),
        ..scenario.clone()
    };
    let offered = |peer: &&Peer| peer.offers(scenario.transport, scenario.operation);
    if scenario.experiment == PEERS {
        peers.iter().filter(offered).map(on).collect()
    } else {
        Vec::new()
    }
}

/// Returns the same scenario on another server. Only what has no link is comparable, and only a
/// known process has memory.
fn on_others(scenario: &Scenario, others: &Others) -> Option<Scenario> {
    let comparable = scenario.link == Link::default()
        && match scenario.operation {
            Operation::Delivery | Operation::Opening => true,
            Operation::Idle => others.pid.is_some(),
            Operation::Publication | Operation::Reconnect | Operation::Echo | Operation::Quiet => {
                false
            }
        };
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

#[cfg(test)]
mod tests;
