//! A reader that is cut, and a message that it misses: how long until it has that.

use super::{Outcome, machine::Machine, server::Loaded, times::Times};
use crate::{
    bench::{result::Repetition, scenario::Scenario},
    histogram::Histogram,
    load::{clock, engine::Engine},
};
use std::time::Duration;

pub(super) fn run(scenario: &Scenario, machine: &Machine) -> Result<Outcome, String> {
    let server = Loaded::start(scenario, machine)?;
    let mut load = Engine::new(
        server.target(scenario, machine)?,
        scenario.payload_bytes as usize,
    )?;
    load.connect(1)?;
    // Without a first message an event stream has said no id, and a reader has no cursor.
    load.publish(clock::now())?;
    if load.settle()? > 0 {
        return Err("the first message did not arrive".to_owned());
    }
    load.take_counters();
    let before = Times::now(&server, &load);
    let (end, mut latency, mut lost) = (
        before.wall + Duration::from_secs_f64(scenario.seconds),
        Histogram::default(),
        0,
    );
    while clock::now() < end && lost == 0 {
        let cut = clock::now();
        load.reconnect(0)?;
        load.publish(clock::now())?;
        lost = load.settle()?;
        load.readers()[0]
            .story()
            .first_message
            .iter()
            .for_each(|came| latency.record(came.saturating_sub(cut)));
    }
    let spent = Times::now(&server, &load).since(&before);
    let repetition = spent.repetition(&load.take_counters());
    let repetition = Repetition {
        operations: latency.count(),
        latency,
        lost,
        ..repetition
    };
    Ok(Outcome {
        repetition,
        spent,
        trouble: load.trouble().map(str::to_owned),
    })
}
