//! Publishes messages to many subscribers: measures the cost, the latency and the losses.

use super::{MeasuredRepetition, machine::Machine, server::ServerUnderTest, usage::Usage};
use crate::{
    load::{clock, engine::Engine, pace::Pace},
    result::Repetition,
    scenario::{Load, Scenario},
};
use anyhow::Result;
use std::time::Duration;

pub(super) fn run(scenario: &Scenario, machine: &Machine) -> Result<MeasuredRepetition> {
    let server = ServerUnderTest::start(scenario, machine)?;
    let readers = scenario.readers as usize;
    let mut load = Engine::new(
        server.target(scenario, machine)?,
        scenario.payload_bytes as usize,
    )?;
    load.connect(readers)?;
    let mut pace = match scenario.load {
        Load::InFlight(in_flight) => Pace::closed(in_flight as usize, readers, load.published()),
        Load::PerSecond(rate) => Pace::open(rate, clock::now()),
    };
    load.run(&mut pace, Duration::from_secs_f64(scenario.warm_up_seconds))?;
    let warm_up = match scenario.load {
        // The same number is in flight at the end as at the beginning.
        Load::InFlight(_) => load.take_counters(),
        Load::PerSecond(_) => load.count_anew(),
    };
    let before = Usage::now(&server, &load);
    load.run(&mut pace, Duration::from_secs_f64(scenario.seconds))?;
    let measured = match scenario.load {
        Load::InFlight(_) => count_until_now(&server, &mut load, &before),
        Load::PerSecond(_) => count_until_settled(&server, &mut load, &before),
    };
    let (usage, mut repetition) = measured?;
    // Like losses, these are errors even during the warm-up.
    repetition.duplicated += warm_up.duplicated;
    repetition.reordered += warm_up.reordered;
    repetition.resets += warm_up.resets;
    Ok(MeasuredRepetition {
        repetition,
        usage,
        first_error: load.first_error().map(str::to_owned),
    })
}

/// Counts a closed loop. Messages in flight at its end do not count as its cost.
fn count_until_now(
    server: &ServerUnderTest,
    load: &mut Engine,
    before: &Usage,
) -> Result<(Usage, Repetition)> {
    let usage = Usage::now(server, load).since(before);
    let counted = load.take_counters();
    let lost = load.settle()?;
    let rest = load.take_counters();
    let repetition = Repetition {
        operations: counted.received,
        lost,
        duplicated: counted.duplicated + rest.duplicated,
        reordered: counted.reordered + rest.reordered,
        resets: counted.resets + rest.resets,
        ..usage.repetition(&counted)
    };
    Ok((
        usage,
        Repetition {
            latency: counted.latency,
            ..repetition
        },
    ))
}

/// Counts an open loop until its last message has arrived. Late messages count, or a slow server
/// would look better.
fn count_until_settled(
    server: &ServerUnderTest,
    load: &mut Engine,
    before: &Usage,
) -> Result<(Usage, Repetition)> {
    let lost = load.settle()?;
    let usage = Usage::now(server, load).since(before);
    let counted = load.take_counters();
    let repetition = Repetition {
        operations: counted.received,
        lost,
        ..usage.repetition(&counted)
    };
    Ok((
        usage,
        Repetition {
            latency: counted.latency,
            ..repetition
        },
    ))
}
