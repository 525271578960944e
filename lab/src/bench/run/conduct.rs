//! A run: each experiment, round after round.

use super::{Outcome, doubts::Doubts, machine::Machine, plan::Plan, repetition, rounds::rounds};
use crate::environment::{Environment, Settings};
use crate::{
    bench::{
        code,
        experiments::Experiment,
        figures::figures,
        result::{FORMAT, Repetition, Run, Series},
        scenario::Scenario,
    },
    chance::Chance,
    load::url::Url,
};
use common::server::raise_open_files;
use indicatif::{ProgressBar, ProgressStyle};
use std::thread;

/// Services have one worker, on the one processor that is kept for them.
const WORKERS: u32 = 1;

pub(super) fn conduct(plan: &Plan, publish: Option<Url>) -> Result<Run, String> {
    raise_open_files();
    // Before this thread is confined to one processor.
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
    let (mut chance, mut doubts) = (Chance::new(plan.seed), Doubts::default());
    for (experiment, scenarios) in &plan.experiments {
        let order = rounds(scenarios.len(), plan.repetitions, &mut chance);
        let mut repetitions = vec![Vec::new(); scenarios.len()];
        for round in order {
            for (at, outcome) in conduct_round(experiment, scenarios, &round, &machine, &bar)? {
                doubts.add(experiment, &name(&scenarios[at]), &outcome);
                repetitions[at].push(outcome.repetition);
            }
        }
        run.series
            .extend(scenarios.iter().cloned().zip(repetitions).map(series));
    }
    bar.finish_and_clear();
    run.warnings.extend(doubts.warnings());
    Ok(run)
}

/// One repetition of each scenario: one after the other, or all at once.
fn conduct_round(
    experiment: &Experiment,
    scenarios: &[Scenario],
    round: &[usize],
    machine: &Machine,
    bar: &ProgressBar,
) -> Result<Vec<(usize, Outcome)>, String> {
    let conduct_one = |at: usize| {
        let scenario = &scenarios[at];
        bar.set_message(name(scenario));
        let outcome = repetition(scenario, machine)
            .map_err(|error| format!("{}: {error}", name(scenario)))?;
        bar.inc(1);
        Ok((at, outcome))
    };
    if !experiment.together {
        return round.iter().map(|&at| conduct_one(at)).collect();
    }
    thread::scope(|scope| {
        let threads: Vec<_> = round
            .iter()
            .map(|&at| scope.spawn(move || conduct_one(at)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic while measuring"))
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
    let style = ProgressStyle::with_template("{pos}/{len} {elapsed} {msg}")
        .expect("a template that indicatif knows");
    ProgressBar::new(length as u64).with_style(style)
}

fn name(scenario: &Scenario) -> String {
    let Scenario {
        experiment,
        transport,
        manner,
        server,
        readers,
        load,
        ..
    } = scenario;
    format!("{experiment}: {transport}, {manner}, {server}, {readers} readers, {load}")
}
