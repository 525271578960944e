//! Cuts the connection of a subscriber and publishes a message: measures the time until it has it.

use super::{MeasuredRepetition, machine::Machine, server::ServerUnderTest, usage::Usage};
use crate::{
    load::{clock, engine::Engine},
    result::Repetition,
    scenario::Scenario,
};
use anyhow::{Result, bail};
use std::time::Duration;
use support::histogram::Histogram;

pub(super) fn run(scenario: &Scenario, machine: &Machine) -> Result<MeasuredRepetition> {
    let server = ServerUnderTest::start(scenario, machine)?;
    let mut load = Engine::new(
        server.target(scenario, machine)?,
        scenario.payload_bytes as usize,
    )?;
    load.connect(1)?;
    // An event stream names no id before its first message, and the subscriber needs a cursor.
    load.publish(clock::now())?;
    if load.settle()? > 0 {
        bail!("the first message did not arrive");
    }
    load.take_counters();
    let before = Usage::now(&server, &load);
    let end = before.wall + Duration::from_secs_f64(scenario.seconds);
    let mut latency = Histogram::default();
    let mut lost = 0;
    while clock::now() < end && lost == 0 {
        let cut = clock::now();
        load.reconnect(0)?;
        load.publish(clock::now())?;
        lost = load.settle()?;
        load.readers()[0]
            .state()
            .first_message
            .iter()
            .for_each(|came| latency.record(came.saturating_sub(cut)));
    }
    let usage = Usage::now(&server, &load).since(&before);
    let repetition = usage.repetition(&load.take_counters());
    let repetition = Repetition {
        operations: latency.count(),
        latency,
        lost,
        ..repetition
    };
    Ok(MeasuredRepetition {
        repetition,
        usage,
        first_error: load.first_error().map(str::to_owned),
    })
}
