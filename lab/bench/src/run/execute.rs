//! Executes a plan: each experiment, round after round.

use super::{
    MeasuredRepetition, disturbances::Disturbances, machine::Machine, plan::Plan, repetition,
    rounds::rounds,
};
use crate::environment::{Environment, Settings};
use crate::{
    code,
    experiments::Experiment,
    load::url::Url,
    metrics::figures,
    result::{FORMAT, Repetition, Run, Series},
    scenario::Scenario,
};
use anyhow::{Context, Result};
use common::server::raise_open_files;
use indicatif::{ProgressBar, ProgressStyle};
use std::thread;
use support::random::Random;

/// Worker threads of a service: one, on the one processor that is reserved for servers.
const WORKERS: u32 = 1;

pub(super) fn execute(plan: &Plan, publish: Option<Url>) -> Result<Run> {
    raise_open_files();
    // Read before this thread is pinned to one processor.
    let environment = Environment::here(Settings {
        workers: WORKERS,
        nodelay: true,
        pinning: None,
    });
    let machine = Machine::choose(publish);
    let environment = environment.pinned(machine.pinning());
    let mut run = Run {
        format: FORMAT,
        warnings: environment.warnings(),
        environment,
        series: Vec::new(),
        facts: Vec::new(),
        code: code::count(),
    };
    if !run
        .environment
        .command
        .iter()
        .any(|argument| argument.starts_with("--seed"))
    {
        run.environment
            .command
            .extend(["--seed".to_owned(), plan.seed.to_string()]);
    }
    let bar = bar(plan.repetitions());
    let mut random = Random::new(plan.seed);
    let mut disturbances = Disturbances::default();
    for (experiment, scenarios) in &plan.experiments {
        let order = rounds(scenarios.len(), plan.repetitions, &mut random);
        let mut repetitions = vec![Vec::new(); scenarios.len()];
        for round in order {
            for (at, outcome) in execute_round(experiment, scenarios, &round, &machine, &bar)? {
                disturbances.add(experiment, &name(&scenarios[at]), &outcome);
                repetitions[at].push(outcome.repetition);
            }
        }
        run.series
            .extend(scenarios.iter().cloned().zip(repetitions).map(series));
    }
    bar.finish_and_clear();
    run.warnings.extend(disturbances.warnings());
    Ok(run)
}

/// Runs one repetition of each scenario, sequentially or at the same time.
fn execute_round(
    experiment: &Experiment,
    scenarios: &[Scenario],
    round: &[usize],
    machine: &Machine,
    bar: &ProgressBar,
) -> Result<Vec<(usize, MeasuredRepetition)>> {
    let execute_one = |at: usize| {
        let scenario = &scenarios[at];
        bar.set_message(name(scenario));
        let outcome = repetition(scenario, machine).with_context(|| name(scenario))?;
        bar.inc(1);
        Ok((at, outcome))
    };
    if !experiment.together {
        return round.iter().map(|&at| execute_one(at)).collect();
    }
    thread::scope(|scope| {
        let threads: Vec<_> = round
            .iter()
            .map(|&at| scope.spawn(move || execute_one(at)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a measurement does not panic"))
            .collect()
    })
}

fn series((scenario, repetitions): (Scenario, Vec<Repetition>)) -> Series {
    let scenario = Scenario {
        server: scenario.server.without_secrets(),
        ..scenario
    };
    Series {
        scenario,
        figures: figures(&repetitions),
        repetitions,
    }
}

fn bar(length: usize) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{pos}/{len} {elapsed} {msg}").expect("the template is valid");
    ProgressBar::new(length as u64).with_style(style)
}

fn name(scenario: &Scenario) -> String {
    let Scenario {
        experiment,
        transport,
        variant,
        server,
        readers,
        load,
        ..
    } = scenario;
    format!("{experiment}: {transport}, {variant}, {server}, {readers} readers, {load}")
}
