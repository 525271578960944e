//! Connections that are opened and dropped: how long it takes until a client can read, and what it costs.

use super::{Outcome, machine::Machine, server::Loaded, times::Times};
use crate::{
    bench::{
        result::Repetition,
        scenario::{Load, Scenario},
    },
    load::engine::Engine,
};
use std::time::Duration;

pub(super) fn run(scenario: &Scenario, machine: &Machine) -> Result<Outcome, String> {
    let Load::InFlight(at_a_time) = scenario.load else {
        return Err("openings are measured in a closed loop only".to_owned());
    };
    let server = Loaded::start(scenario, machine)?;
    let mut load = Engine::new(
        server.target(scenario, machine)?,
        scenario.payload_bytes as usize,
    )?;
    load.open_and_drop(
        at_a_time as usize,
        Duration::from_secs_f64(scenario.warm_up_seconds),
    )?;
    load.take_counters();
    let before = Times::now(&server, &load);
    load.open_and_drop(
        at_a_time as usize,
        Duration::from_secs_f64(scenario.seconds),
    )?;
    let spent = Times::now(&server, &load).since(&before);
    let counted = load.take_counters();
    let repetition = Repetition {
        operations: counted.opening.count(),
        ..spent.repetition(&counted)
    };
    let repetition = Repetition {
        latency: counted.opening,
        ..repetition
    };
    Ok(Outcome {
        repetition,
        spent,
        trouble: load.trouble().map(str::to_owned),
    })
}
