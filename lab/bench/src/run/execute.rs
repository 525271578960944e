//! Executes a plan: each experiment, round after round.

use super::{
    command::Others, disturbances::Disturbances, machine::Machine, operations::repetition,
    plan::Plan, usage::MeasuredRepetition,
};
use crate::environment::{Environment, Settings};
use crate::{
    code,
    experiments::Experiment,
    metrics::figures,
    peers::Peer,
    result::{FORMAT, MeasuredPeer, Repetition, Run, Series},
    scenario::{Scenario, Server},
};
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use service::server::raise_open_files;
use std::thread;
use support::random::Random;

/// Worker threads of a service: one, on the one processor that is reserved for servers.
const WORKERS: u32 = 1;

pub(super) fn execute(plan: &Plan, others: &Others, peers: Vec<Peer>) -> Result<Run> {
    raise_open_files();
    // Read before this thread is pinned to one processor.
    let environment = Environment::here(Settings::unpinned(WORKERS));
    let measured_peers = peers.iter().map(MeasuredPeer::of).collect();
    let machine = Machine::choose(others, peers);
    let environment = environment.pinned(machine.pinning());
    let mut run = Run {
        format: FORMAT,
        warnings: environment.warnings(),
        environment,
        series: Vec::new(),
        facts: Vec::new(),
        peers: measured_peers,
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
        let mut repetitions = vec![Vec::new(); scenarios.len()];
        let mut load_bound = vec![false; scenarios.len()];
        for _ in 0..plan.repetitions {
            // So changes of the machine over time affect all scenarios alike.
            let round = random.shuffled(scenarios.len());
            for (at, outcome) in execute_round(experiment, scenarios, &round, &machine, &bar)? {
                match outcome {
                    Ok(outcome) => {
                        disturbances.add(experiment, &name(&scenarios[at]), &outcome);
                        load_bound[at] |= outcome.usage.load_was_the_limit();
                        repetitions[at].push(outcome.repetition);
                    }
                    Err(error) => disturbances.failed(&error),
                }
            }
        }
        for (at, scenario) in scenarios
            .iter()
            .enumerate()
            .filter(|(at, _)| load_bound[*at])
        {
            disturbances.load_bound(name(scenario));
            let all = repetitions[at].iter_mut();
            all.for_each(|repetition: &mut Repetition| {
                repetition.limited_by_the_load(scenario.load);
            });
        }
        let measured = scenarios.iter().cloned().zip(repetitions);
        let measured = measured.filter(|(_, repetitions)| !repetitions.is_empty());
        run.series.extend(measured.map(series));
    }
    bar.finish_and_clear();
    run.warnings.extend(disturbances.warnings());
    Ok(run)
}

/// Runs one repetition of each scenario, sequentially or at the same time. A peer that fails does
/// not end the run.
fn execute_round(
    experiment: &Experiment,
    scenarios: &[Scenario],
    round: &[usize],
    machine: &Machine,
    bar: &ProgressBar,
) -> Result<Vec<(usize, Result<MeasuredRepetition>)>> {
    let execute_one = |at: usize| {
        let scenario = &scenarios[at];
        bar.set_message(name(scenario));
        let outcome = repetition(scenario, machine).with_context(|| name(scenario));
        bar.inc(1);
        match &scenario.server {
            Server::Peer(_) => Ok((at, outcome)),
            _ => Ok((at, Ok(outcome?))),
        }
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
