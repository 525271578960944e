//! Measures the memory of idle connections, at growing numbers. A new process for each number
//! excludes memory that earlier ones left.

use super::{MeasuredRepetition, machine::Machine, server::ServerUnderTest, usage::Usage};
use crate::{
    load::engine::Engine,
    result::{Memory, Repetition},
    scenario::Scenario,
};
use anyhow::{Context, Result};
use servers::spawned::procfs;
use std::time::Duration;

/// Shares of the scenario's connections. None is zero: the first connections allocate memory once,
/// which a slope from zero would attribute to each connection.
pub(super) const STEPS: [f64; 5] = [0.125, 0.25, 0.5, 0.75, 1.0];

pub(super) fn run(scenario: &Scenario, machine: &Machine) -> Result<MeasuredRepetition> {
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
    Ok(MeasuredRepetition {
        repetition,
        ..outcome
    })
}

fn step(
    scenario: &Scenario,
    machine: &Machine,
    connections: usize,
) -> Result<(Memory, MeasuredRepetition)> {
    let kernel_before = procfs::kernel_memory();
    let server = ServerUnderTest::start(scenario, machine)?;
    let mut load = Engine::new(
        server.target(scenario, machine)?,
        scenario.payload_bytes as usize,
    )?;
    let before = Usage::now(&server, &load);
    load.connect(connections)?;
    // Memory for opening connections is freed in this time.
    load.idle(Duration::from_secs_f64(scenario.warm_up_seconds))?;
    let user_bytes = server
        .memory()
        .context("the memory of this server is not readable")?;
    let kernel = procfs::kernel_memory()
        .zip(kernel_before)
        .map(|(now, before)| now.saturating_sub(before));
    let usage = Usage::now(&server, &load).since(&before);
    let repetition = usage.repetition(&load.take_counters());
    let memory = Memory {
        connections: connections as u64,
        user_bytes,
        kernel_bytes: kernel,
    };
    Ok((
        memory,
        MeasuredRepetition {
            repetition,
            usage,
            first_error: load.first_error().map(str::to_owned),
        },
    ))
}
