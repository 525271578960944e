//! Executes a plan: each experiment, round after round.

use super::{
    command::Others,
    disturbances::Disturbances,
    machine::Machine,
    operations::repetition,
    plan::Plan,
    usage::{MeasuredRepetition, load_was_the_limit},
};
use crate::{
    environment::{Environment, Settings},
    experiments::Experiment,
    metrics::figures,
    peers::Peer,
    result::{MeasuredPeer, Run, Series},
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
    let mut environment = Environment::here(Settings::unpinned(WORKERS));
    let measured_peers = peers.iter().map(MeasuredPeer::of).collect();
    let machine = Machine::choose(others, peers);
    environment.settings.pinning = machine.pinning();
    let mut run = Run {
        peers: measured_peers,
        ..Run::begin(environment)
    };
    let command = &mut run.environment.command;
    if !command
        .iter()
        .any(|argument| argument.starts_with("--seed"))
    {
        command.extend(["--seed".to_owned(), plan.seed.to_string()]);
    }
    let bar = bar(plan.repetitions());
    let mut random = Random::new(plan.seed);
    let mut disturbances = Disturbances::default();
    for (experiment, scenarios) in &plan.experiments {
        let mut measured: Vec<_> = scenarios.iter().map(|_| Vec::new()).collect();
        for _ in 0..plan.repetitions {
            // So changes of the machine over time affect all scenarios alike.
            let round = random.shuffled(scenarios.len());
            for (at, outcome) in execute_round(experiment, scenarios, &round, &machine, &bar)? {
                match outcome {
                    Ok(outcome) => measured[at].push(outcome),
                    Err(error) => disturbances.failed(&error),
                }
            }
        }
        for (scenario, measured) in scenarios.iter().zip(measured) {
            disturbances.add(experiment, &name(scenario), &measured);
            run.series.extend(series(scenario, measured));
        }
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

/// Returns the series of a scenario, unless it could not be measured.
fn series(scenario: &Scenario, measured: Vec<MeasuredRepetition>) -> Option<Series> {
    let load_bound = load_was_the_limit(&measured);
    let mut repetitions: Vec<_> = measured.into_iter().map(|one| one.repetition).collect();
    if load_bound {
        let all = repetitions.iter_mut();
        all.for_each(|repetition| repetition.limited_by_the_load(scenario.load));
    }
    (!repetitions.is_empty()).then(|| Series {
        scenario: Scenario {
            server: scenario.server.clone().without_secrets(),
            ..scenario.clone()
        },
        figures: figures(&repetitions),
        repetitions,
    })
}

fn bar(length: usize) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{pos}/{len} {elapsed} {msg}").expect("the template is valid");
    ProgressBar::new(length as u64).with_style(style)
}

fn name(of: &Scenario) -> String {
    format!(
        "{}: {}, {}, {}, {} readers, {}",
        of.experiment, of.transport, of.variant, of.server, of.readers, of.load
    )
}
