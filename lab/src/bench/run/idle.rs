//! Memory of connections that do nothing, at growing numbers of them; each number in a fresh process, which has no memory
//! of the others.

use super::{Outcome, machine::Machine, server::Loaded, times::Times};
use crate::{
    bench::{
        result::{Memory, Repetition},
        scenario::Scenario,
    },
    load::engine::Engine,
    spawned::procfs,
};
use std::time::Duration;

/// Shares of the scenario's connections. None is zero: what the first connections take, of code that is used for the first
/// time and of room for as many as open at once, is taken once and would be counted for each.
const STEPS: [f64; 5] = [0.125, 0.25, 0.5, 0.75, 1.0];

pub(super) fn run(scenario: &Scenario, machine: &Machine) -> Result<Outcome, String> {
    let all = |share: f64| (f64::from(scenario.readers) * share) as usize;
    let mut steps: Vec<_> = STEPS
        .map(|share| step(scenario, machine, all(share)))
        .into_iter()
        .collect::<Result<_, _>>()?;
    let memory = steps.iter().map(|(memory, _)| *memory).collect();
    let (last, outcome) = steps.pop().expect("there are steps");
    let repetition = Repetition {
        memory,
        operations: last.connections,
        ..outcome.repetition
    };
    Ok(Outcome {
        repetition,
        ..outcome
    })
}

fn step(
    scenario: &Scenario,
    machine: &Machine,
    connections: usize,
) -> Result<(Memory, Outcome), String> {
    let kernel_before = procfs::kernel_memory();
    let server = Loaded::start(scenario, machine)?;
    let mut load = Engine::new(
        server.target(scenario, machine)?,
        scenario.payload_bytes as usize,
    )?;
    let before = Times::now(&server, &load);
    load.connect(connections)?;
    // What opening them took is given back in this time.
    load.idle(Duration::from_secs_f64(scenario.warm_up_seconds))?;
    let user_bytes = server
        .memory()
        .ok_or("the kernel tells nothing of this server's memory")?;
    let kernel = procfs::kernel_memory()
        .zip(kernel_before)
        .map(|(now, before)| now.saturating_sub(before));
    let spent = Times::now(&server, &load).since(&before);
    let repetition = spent.repetition(&load.take_counters());
    let memory = Memory {
        connections: connections as u64,
        user_bytes,
        kernel_bytes: kernel,
    };
    Ok((
        memory,
        Outcome {
            repetition,
            spent,
            trouble: load.trouble().map(str::to_owned),
        },
    ))
}
