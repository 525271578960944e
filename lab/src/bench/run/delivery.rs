//! Messages to many readers: what each costs, how late it comes, and whether it comes.

use super::{Outcome, machine::Machine, server::Loaded, times::Times};
use crate::{
    bench::{
        result::Repetition,
        scenario::{Load, Scenario},
    },
    load::{clock, engine::Engine, pace::Pace},
};
use std::time::Duration;

pub(super) fn run(scenario: &Scenario, machine: &Machine) -> Result<Outcome, String> {
    let server = Loaded::start(scenario, machine)?;
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
        // As many are under way at the end as at the beginning.
        Load::InFlight(_) => load.take_counters(),
        Load::PerSecond(_) => load.count_anew(),
    };
    let before = Times::now(&server, &load);
    load.run(&mut pace, Duration::from_secs_f64(scenario.seconds))?;
    let measured = match scenario.load {
        Load::InFlight(_) => until_the_end(&server, &mut load, &before),
        Load::PerSecond(_) => until_all_have_come(&server, &mut load, &before),
    };
    let (spent, mut repetition) = measured?;
    // Like losses, these are faults whenever they happen.
    repetition.duplicated += warm_up.duplicated;
    repetition.reordered += warm_up.reordered;
    repetition.resets += warm_up.resets;
    Ok(Outcome {
        repetition,
        spent,
        trouble: load.trouble().map(str::to_owned),
    })
}

/// A closed loop has no end of its own: what is under way then is none of its cost.
fn until_the_end(
    server: &Loaded,
    load: &mut Engine,
    before: &Times,
) -> Result<(Times, Repetition), String> {
    let spent = Times::now(server, load).since(before);
    let counted = load.take_counters();
    let lost = load.settle()?;
    let rest = load.take_counters();
    let repetition = Repetition {
        operations: counted.received,
        lost,
        duplicated: counted.duplicated + rest.duplicated,
        reordered: counted.reordered + rest.reordered,
        resets: counted.resets + rest.resets,
        ..spent.repetition(&counted)
    };
    Ok((
        spent,
        Repetition {
            latency: counted.latency,
            ..repetition
        },
    ))
}

/// A schedule is over when its last message has come: leaving the late ones out would flatter whoever is late.
fn until_all_have_come(
    server: &Loaded,
    load: &mut Engine,
    before: &Times,
) -> Result<(Times, Repetition), String> {
    let lost = load.settle()?;
    let spent = Times::now(server, load).since(before);
    let counted = load.take_counters();
    let repetition = Repetition {
        operations: counted.received,
        lost,
        ..spent.repetition(&counted)
    };
    Ok((
        spent,
        Repetition {
            latency: counted.latency,
            ..repetition
        },
    ))
}
