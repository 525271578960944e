//! One repetition of each operation. All start a server and its load, warm up, and count what
//! happens between two moments.

use super::{machine::Machine, measurement::Measurement, usage::MeasuredRepetition};
use crate::{
    load::{clock, engine::Engine, publisher::Via},
    result::Memory,
    scenario::{Load, Operation, Scenario, Transport},
};
use anyhow::{Context, Result, bail, ensure};
use servers::spawned::procfs;
use std::time::Duration;
use support::histogram::Histogram;

/// Shares of the connections of a scenario at which the memory of idle ones is measured. None is
/// zero: the first connections allocate memory once, which a slope from zero would attribute to
/// each connection.
pub(super) const STEPS: [f64; 5] = [0.125, 0.25, 0.5, 0.75, 1.0];

/// Runs one repetition of a scenario.
pub(super) fn repetition(scenario: &Scenario, machine: &Machine) -> Result<MeasuredRepetition> {
    match scenario.operation {
        Operation::Delivery => delivery(scenario, machine),
        Operation::Publication | Operation::Echo => publication(scenario, machine),
        Operation::Opening => opening(scenario, machine),
        Operation::Idle => idle(scenario, machine),
        Operation::Quiet => quiet(scenario, machine),
        Operation::Reconnect => reconnect(scenario, machine),
    }
}

/// Publishes messages to many subscribers: measures the cost, the latency and the losses.
fn delivery(scenario: &Scenario, machine: &Machine) -> Result<MeasuredRepetition> {
    let mut measurement = Measurement::start(scenario, machine, Engine::new)?;
    measurement.load.connect(scenario.readers as usize)?;
    let mut pace = measurement.pace(scenario.readers as usize);
    measurement.load.run(&mut pace, scenario.warm_up())?;
    let is_closed = matches!(scenario.load, Load::InFlight(_));
    let mut errors = if is_closed {
        // The same number is in flight at the end as at the beginning.
        measurement.load.take_counters()
    } else {
        measurement.load.count_anew()
    };
    measurement.begin();
    measurement.load.run(&mut pace, scenario.length())?;
    let (usage, counted, lost);
    if is_closed {
        // Messages in flight at the end do not count as the cost of a closed loop.
        (usage, counted) = (measurement.usage(), measurement.load.take_counters());
        lost = measurement.load.settle()?;
        errors.add(&measurement.load.take_counters());
    } else {
        // Late messages count, or a slow server would look better.
        lost = measurement.load.settle()?;
        (usage, counted) = (measurement.usage(), measurement.load.take_counters());
    }
    let mut measured = measurement.measured(usage, counted, |counted| {
        (counted.received, lost, counted.latency)
    });
    // Like losses, these are errors even before and after the measurement.
    measured.repetition.duplicated += errors.duplicated;
    measured.repetition.reordered += errors.reordered;
    measured.repetition.resets += errors.resets;
    Ok(measured)
}

/// Publishes messages from clients, or lets a server echo them: measures the time until one is
/// acknowledged.
fn publication(scenario: &Scenario, machine: &Machine) -> Result<MeasuredRepetition> {
    let via = match (scenario.operation, scenario.transport) {
        (Operation::Echo, _) => Via::Echo,
        (_, Transport::Ws) => Via::Frame,
        _ => Via::Post,
    };
    let publishers = |target, size| Engine::of_publishers(target, size, via);
    let mut measurement = Measurement::start(scenario, machine, publishers)?;
    // Each message has one acknowledgement.
    let mut pace = measurement.pace(1);
    measurement.load.run(&mut pace, scenario.warm_up())?;
    measurement.begin();
    measurement.load.run(&mut pace, scenario.length())?;
    Ok(measurement.end(|counted| (counted.acknowledged, counted.refused, counted.publication)))
}

/// Opens and drops connections: measures the time until a client can receive, and the cost.
fn opening(scenario: &Scenario, machine: &Machine) -> Result<MeasuredRepetition> {
    let Load::InFlight(at_a_time) = scenario.load else {
        bail!("an opening needs a closed loop: expected a load in flight");
    };
    let mut measurement = Measurement::start(scenario, machine, Engine::new)?;
    let load = &mut measurement.load;
    load.open_and_drop(at_a_time as usize, scenario.warm_up())?;
    measurement.begin();
    let load = &mut measurement.load;
    load.open_and_drop(at_a_time as usize, scenario.length())?;
    Ok(measurement.end(|counted| (counted.opening.count(), 0, counted.opening)))
}

/// Measures how often a connection over which little is sent wakes up its client, and with how many
/// packets. Battery depends on that: a radio that has slept stays awake for seconds after a packet.
fn quiet(scenario: &Scenario, machine: &Machine) -> Result<MeasuredRepetition> {
    let Load::PerSecond(rate) = scenario.load else {
        bail!("a quiet connection needs a schedule: expected messages per second");
    };
    let mut measurement = Measurement::start(scenario, machine, Engine::new)?;
    measurement.load.connect(scenario.readers as usize)?;
    measurement.load.idle(scenario.warm_up())?;
    measurement.begin();
    if rate > 0.0 {
        let mut pace = measurement.pace(scenario.readers as usize);
        measurement.load.run(&mut pace, scenario.length())?;
    } else {
        measurement.load.idle(scenario.length())?;
    }
    let usage = measurement.usage();
    let lost = measurement.load.settle()?;
    let counted = measurement.load.take_counters();
    Ok(measurement.measured(usage, counted, |counted| {
        (counted.received, lost, counted.latency)
    }))
}

/// Cuts the connection of a subscriber and publishes a message: measures the time until it has it.
fn reconnect(scenario: &Scenario, machine: &Machine) -> Result<MeasuredRepetition> {
    let mut measurement = Measurement::start(scenario, machine, Engine::new)?;
    let load = &mut measurement.load;
    load.connect(1)?;
    // An event stream names no id before its first message, and the subscriber needs a cursor.
    load.publish(clock::now())?;
    ensure!(load.settle()? == 0, "the first message did not arrive");
    measurement.begin();
    let load = &mut measurement.load;
    let end = clock::now() + scenario.length();
    let (mut latency, mut lost) = (Histogram::default(), 0);
    while clock::now() < end && lost == 0 {
        let cut = clock::now();
        load.reconnect(0)?;
        load.publish(clock::now())?;
        lost = load.settle()?;
        if let Some(came) = load.readers()[0].state().first_message {
            latency.record(came.saturating_sub(cut));
        }
    }
    Ok(measurement.end(|_| (latency.count(), lost, latency)))
}

/// Measures the memory of idle connections, at growing numbers. A new process for each number
/// excludes memory that earlier ones left.
fn idle(scenario: &Scenario, machine: &Machine) -> Result<MeasuredRepetition> {
    let mut memory = Vec::new();
    let mut last = None;
    for share in STEPS {
        let connections = (f64::from(scenario.readers) * share) as usize;
        let (held, measured) = idle_step(scenario, machine, connections)?;
        memory.push(held);
        last = Some(measured);
    }
    let mut measured = last.context("there are steps")?;
    measured.repetition.memory = memory;
    Ok(measured)
}

fn idle_step(
    scenario: &Scenario,
    machine: &Machine,
    connections: usize,
) -> Result<(Memory, MeasuredRepetition)> {
    let kernel_before = procfs::kernel_memory();
    let mut measurement = Measurement::start(scenario, machine, Engine::new)?;
    measurement.load.connect(connections)?;
    // Memory for opening connections is freed in this time.
    measurement.load.idle(scenario.warm_up())?;
    let kernel = procfs::kernel_memory().zip(kernel_before);
    let memory = Memory {
        connections: connections as u64,
        user_bytes: measurement.memory()?,
        kernel_bytes: kernel.map(|(now, before)| now.saturating_sub(before)),
    };
    let measured = measurement.end(|_| (connections as u64, 0, Histogram::default()));
    Ok((memory, measured))
}

impl Scenario {
    fn warm_up(&self) -> Duration {
        Duration::from_secs_f64(self.warm_up_seconds)
    }

    fn length(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}
