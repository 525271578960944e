//! Publishes messages from clients: measures the time until one is acknowledged.

use super::{MeasuredRepetition, machine::Machine, server::ServerUnderTest, usage::Usage};
use crate::{
    load::{clock, engine::Engine, pace::Pace, publisher::Via},
    result::Repetition,
    scenario::{Load, Scenario, Transport},
};
use anyhow::Result;
use std::time::Duration;

pub(super) fn run(scenario: &Scenario, machine: &Machine) -> Result<MeasuredRepetition> {
    let server = ServerUnderTest::start(scenario, machine)?;
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
        // Each message has one acknowledgement.
        Load::InFlight(in_flight) => Pace::closed(in_flight as usize, 1, load.published()),
        Load::PerSecond(rate) => Pace::open(rate, clock::now()),
    };
    load.run(&mut pace, Duration::from_secs_f64(scenario.warm_up_seconds))?;
    load.take_counters();
    let before = Usage::now(&server, &load);
    load.run(&mut pace, Duration::from_secs_f64(scenario.seconds))?;
    let usage = Usage::now(&server, &load).since(&before);
    let counted = load.take_counters();
    let repetition = Repetition {
        operations: counted.acknowledged,
        lost: counted.refused,
        ..usage.repetition(&counted)
    };
    let repetition = Repetition {
        latency: counted.publication,
        ..repetition
    };
    Ok(MeasuredRepetition {
        repetition,
        usage,
        first_error: load.first_error().map(str::to_owned),
    })
}
