//! Opens and drops connections: measures the time until a client can receive, and the cost.

use super::{MeasuredRepetition, machine::Machine, server::ServerUnderTest, usage::Usage};
use crate::{
    load::engine::Engine,
    result::Repetition,
    scenario::{Load, Scenario},
};
use anyhow::{Result, bail};
use std::time::Duration;

pub(super) fn run(scenario: &Scenario, machine: &Machine) -> Result<MeasuredRepetition> {
    let Load::InFlight(at_a_time) = scenario.load else {
        bail!("an opening needs a closed loop: expected a load in flight");
    };
    let server = ServerUnderTest::start(scenario, machine)?;
    let mut load = Engine::new(
        server.target(scenario, machine)?,
        scenario.payload_bytes as usize,
    )?;
    load.open_and_drop(
        at_a_time as usize,
        Duration::from_secs_f64(scenario.warm_up_seconds),
    )?;
    load.take_counters();
    let before = Usage::now(&server, &load);
    load.open_and_drop(
        at_a_time as usize,
        Duration::from_secs_f64(scenario.seconds),
    )?;
    let usage = Usage::now(&server, &load).since(&before);
    let counted = load.take_counters();
    let repetition = Repetition {
        operations: counted.opening.count(),
        ..usage.repetition(&counted)
    };
    let repetition = Repetition {
        latency: counted.opening,
        ..repetition
    };
    Ok(MeasuredRepetition {
        repetition,
        usage,
        first_error: load.first_error().map(str::to_owned),
    })
}
