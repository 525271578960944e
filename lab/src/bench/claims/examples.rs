//! The page and `lab claims` judge the same claims by code of their own. Both are held to the same examples, here and in
//! `web/test/verdicts.test.js`, so neither changes its mind alone.

use super::{
    Verdict,
    claim::{Subject, about},
    findings,
};
use crate::bench::{
    experiments::{COST, OPENING, RATE, RATES, UPSTREAM},
    report::examples::run,
    result::{Fact, Repetition, Run, Wire},
    scenario::{Load, Manner, Scenario},
};
use crate::histogram::Histogram;
use serde::Deserialize;
use std::{collections::BTreeMap, time::Duration};

const EXAMPLES: &str = include_str!("../../../../web/test/verdicts.json");
const MESSAGES: f64 = 1000.0;

#[derive(Deserialize)]
struct Examples {
    worlds: Vec<World>,
}

#[derive(Deserialize)]
struct World {
    name: String,
    /// By experiment of the page, and by lane.
    lanes: BTreeMap<String, BTreeMap<String, Lane>>,
    /// Seconds of the server for as many deliveries.
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
    /// What the lab would have measured in it.
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

    /// What the page measures where the lab runs this scenario.
    fn lane(&self, scenario: &Scenario) -> Option<&Lane> {
        let is_rare = scenario.load == Load::PerSecond(RATES[0]);
        let (experiment, lane) = match (&*scenario.experiment, scenario.manner) {
            (RATE, Manner::NoCursor) => ("no-cursor", "no-cursor"),
            (RATE, Manner::Usual) if is_rare => ("rare", scenario.transport.name()),
            (RATE, _) => ("frequent", scenario.transport.name()),
            (UPSTREAM, _) => ("upstream", scenario.transport.name()),
            (OPENING, _) => ("opening", scenario.transport.name()),
            _ => return None,
        };
        self.lanes.get(experiment)?.get(lane)
    }
}

#[test]
fn the_lab_judges_as_the_page_does() {
    let Examples { worlds } = serde_json::from_str(EXAMPLES).unwrap();
    for world in &worlds {
        let run = world.run();
        for subject in [Subject::Transports, Subject::Processes] {
            for finding in findings(&about(subject).unwrap(), &run) {
                let Some(verdict) = world.verdicts.get(&finding.claim.id) else {
                    continue;
                };
                let (id, because) = (&finding.claim.id, &finding.judged.because);
                assert_eq!(
                    finding.judged.verdict, *verdict,
                    "{}: {id}: {because}",
                    world.name
                );
            }
        }
    }
}
