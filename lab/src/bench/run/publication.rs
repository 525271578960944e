//! Messages from clients: what it takes until one is acknowledged.

use super::{Outcome, machine::Machine, server::Loaded, times::Times};
use crate::{
    bench::{
        result::Repetition,
        scenario::{Load, Scenario, Transport},
    },
    load::{clock, engine::Engine, pace::Pace, publisher::Via},
};
use std::time::Duration;

pub(super) fn run(scenario: &Scenario, machine: &Machine) -> Result<Outcome, String> {
    let server = Loaded::start(scenario, machine)?;
    let via = if scenario.transport == Transport::Ws {
        Via::Frame
    } else {
        Via::Post
    };
    let mut load = Engine::of_publishers(
        server.target(scenario, machine)?,
        scenario.payload_bytes as usize,
        via,
    )?;
    let mut pace = match scenario.load {
        // Each is acknowledged once.
        Load::InFlight(in_flight) => Pace::closed(in_flight as usize, 1, load.published()),
        Load::PerSecond(rate) => Pace::open(rate, clock::now()),
    };
    load.run(&mut pace, Duration::from_secs_f64(scenario.warm_up_seconds))?;
    load.take_counters();
    let before = Times::now(&server, &load);
    load.run(&mut pace, Duration::from_secs_f64(scenario.seconds))?;
    let spent = Times::now(&server, &load).since(&before);
    let counted = load.take_counters();
    let repetition = Repetition {
        operations: counted.acknowledged,
        lost: counted.refused,
        ..spent.repetition(&counted)
    };
    let repetition = Repetition {
        latency: counted.publication,
        ..repetition
    };
    Ok(Outcome {
        repetition,
        spent,
        trouble: load.trouble().map(str::to_owned),
    })
}
