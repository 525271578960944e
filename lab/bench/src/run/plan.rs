//! The plan of a run: experiments, their scenarios, and the number of repetitions.

use super::{
    command::{Bench, Others},
    idle::STEPS,
};
use crate::{
    experiments::{ALL, Experiment, RATE},
    load::engine::LOST,
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
/// `--readers` applies to scenarios with at least this many subscribers.
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

    /// Returns a sentence on what will be measured, and how long that takes.
    pub(super) fn opening(&self) -> String {
        let seconds = self.expected().as_secs();
        let time = match seconds {
            0..90 => format!("{} s", seconds.next_multiple_of(10)),
            _ => format!("{} min", (seconds + 30) / 60),
        };
        format!("Measuring {}: about {time}.", self.size())
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
    for scenario in at_rates(experiment, &bench.rate).into_iter().filter(short) {
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
    let seconds = bench.seconds.map(|length| length.as_secs_f64());
    let many = scenario.readers >= MANY;
    Scenario {
        readers: bench
            .readers
            .filter(|_| many)
            .map_or(scenario.readers, Into::into),
        payload_bytes: bench.payload.unwrap_or(scenario.payload_bytes),
        seconds: seconds.unwrap_or(scenario.seconds * share),
        warm_up_seconds: seconds
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Args, Command, FromArgMatches};

    fn plan(arguments: &[&str]) -> Plan {
        let command = Bench::augment_args(Command::new("bench"));
        let all = ["bench"].iter().chain(arguments);
        let matches = command.try_get_matches_from(all).unwrap();
        Plan::of(&Bench::from_arg_matches(&matches).unwrap())
    }

    #[test]
    fn rates_are_those_of_the_user() {
        let rates = |arguments: &[&str]| {
            let mut loads = Vec::new();
            for scenario in &plan(arguments).experiments[0].1 {
                if !loads.contains(&scenario.load) {
                    loads.push(scenario.load);
                }
            }
            loads
        };
        let of = |rates: &[f64]| {
            rates
                .iter()
                .copied()
                .map(Load::PerSecond)
                .collect::<Vec<_>>()
        };
        assert_eq!(rates(&["--only", "rate"]), of(&crate::experiments::RATES));
        assert_eq!(
            rates(&["--only", "rate", "--rate", "2,0.5/s"]),
            of(&[2.0, 0.5])
        );
    }

    #[test]
    fn the_expected_time_grows_with_repetitions() {
        let arguments = ["--only", "quiet", "--seconds", "2s", "--repetitions"];
        let opening = |times| plan(&[&arguments[..], &[times]].concat()).opening();
        assert_eq!(opening("1"), "Measuring 6 scenarios once: about 20 s.");
        assert_eq!(
            opening("100"),
            "Measuring 6 scenarios 100 times: about 28 min."
        );
    }

    #[test]
    fn scenarios_at_the_same_time_take_as_long_as_the_longest() {
        let plan = plan(&["--only", "upstream", "--repetitions", "1"]);
        assert_eq!(plan.opening(), "Measuring 4 scenarios once: about 10 s.");
    }
}
