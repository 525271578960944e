//! The page and `lab claims` each have code for the same verdicts. The examples in
//! `web/test/verdicts.json` hold both to the same ones, here and in `web/test/verdicts.test.js`.

use super::{
    Verdict,
    claim::{Subject, about},
    findings,
};
use crate::{
    experiments::{COST, OPENING, RATE, RATES, UPSTREAM},
    report::examples::run,
    result::{Fact, Repetition, Run, Wire},
    scenario::{ClientVariant, Load, Scenario},
};
use serde::Deserialize;
use std::{collections::BTreeMap, time::Duration};
use support::histogram::Histogram;

const EXAMPLES: &str = include_str!("../../../../web/test/verdicts.json");
const MESSAGES: f64 = 1000.0;

#[derive(Deserialize)]
struct Examples {
    worlds: Vec<World>,
}

#[derive(Deserialize)]
struct World {
    name: String,
    /// Figures by experiment of the page, and by lane.
    lanes: BTreeMap<String, BTreeMap<String, Lane>>,
    /// CPU time of the server for the same number of deliveries, in seconds.
    cpu: BTreeMap<String, f64>,
    /// Topic, subject, figure and value.
    facts: Vec<(String, String, String, f64)>,
    verdicts: BTreeMap<String, Verdict>,
}

#[derive(Deserialize)]
struct Lane {
    p50: f64,
    requests: f64,
    up: f64,
    down: f64,
    connections: f64,
    lost: f64,
}

impl Lane {
    fn repetition(&self, other: &Repetition) -> Repetition {
        let (mut latency, count) = (Histogram::default(), |each: f64| (each * MESSAGES) as u64);
        (0..count(1.0)).for_each(|_| latency.record(Duration::from_secs_f64(self.p50 / 1000.0)));
        let (up_bytes, down_bytes) = (count(self.up), count(self.down));
        let wire = Wire {
            up_bytes,
            down_bytes,
            connections: count(self.connections),
            requests: count(self.requests),
        };
        Repetition {
            operations: latency.count(),
            latency,
            lost: count(self.lost / (1.0 - self.lost)),
            wire: Some(wire),
            ..other.clone()
        }
    }
}

impl World {
    /// Returns the result that the lab would have measured.
    fn run(&self) -> Run {
        let mut run = run();
        run.series.retain_mut(|series| {
            let Some(lane) = self.lane(&series.scenario) else {
                return series.scenario.experiment != RATE;
            };
            series.repetitions = series
                .repetitions
                .iter()
                .map(|other| lane.repetition(other))
                .collect();
            true
        });
        for series in run
            .series
            .iter_mut()
            .filter(|series| series.scenario.experiment == COST)
        {
            let cpu = self.cpu.get(series.scenario.transport.name()).copied();
            series
                .repetitions
                .iter_mut()
                .for_each(|repetition| repetition.server_cpu_seconds = cpu.or(Some(1.0)));
        }
        run.environment.settings.workers = 4;
        let fact = |(topic, subject, figure, value): &(String, String, String, f64)| Fact {
            topic: topic.clone(),
            subject: subject.clone(),
            figure: figure.clone(),
            unit: String::new(),
            values: vec![*value],
        };
        run.facts = self.facts.iter().map(fact).collect();
        run
    }

    /// Returns the figures of the page that correspond to a scenario of the lab.
    fn lane(&self, scenario: &Scenario) -> Option<&Lane> {
        let is_rare = scenario.load == Load::PerSecond(RATES[0]);
        let (experiment, lane) = match (&*scenario.experiment, scenario.variant) {
            (RATE, ClientVariant::NoCursor) => ("no-cursor", "no-cursor"),
            (RATE, ClientVariant::Usual) if is_rare => ("rare", scenario.transport.name()),
            (RATE, _) => ("frequent", scenario.transport.name()),
            (UPSTREAM, _) => ("upstream", scenario.transport.name()),
            (OPENING, _) => ("opening", scenario.transport.name()),
            _ => return None,
        };
        self.lanes.get(experiment)?.get(lane)
    }
}

#[test]
fn the_lab_and_the_page_reach_the_same_verdicts() {
    let Examples { worlds } = serde_json::from_str(EXAMPLES).unwrap();
    for world in &worlds {
        let run = world.run();
        for subject in [Subject::Transports, Subject::Processes] {
            for finding in findings(&about(subject).unwrap(), &run) {
                let Some(verdict) = world.verdicts.get(&finding.claim.id) else {
                    continue;
                };
                let (id, reason) = (&finding.claim.id, &finding.decision.reason);
                assert_eq!(
                    finding.decision.verdict, *verdict,
                    "{}: {id}: {reason}",
                    world.name
                );
            }
        }
    }
}
