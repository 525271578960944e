//! Kills a process under load and counts what its subscribers lose. A thread cannot be killed
//! alone: its process ends.

use super::{Setup, connect};
use crate::{
    load::{CHANNEL, SIZE, clock, engine::Engine, pace::Pace, target::Target},
    service_benchmark::{Row, millis},
};
use anyhow::{Result, anyhow};
use client::Transport;
use servers::spawned::{Layout, SpawnedService, kill};
use std::{
    thread,
    time::{Duration, Instant},
};

/// Messages per second.
const RATE: f64 = 50.0;
/// The longest wait for a replacement.
const PATIENCE: Duration = Duration::from_secs(30);
/// The pause before another attempt to connect.
const PAUSE: Duration = Duration::from_millis(1);

pub(super) fn measure(setup: &Setup) -> Result<Vec<Row>> {
    // The publisher uses another service on the same broker, so that it survives.
    let publisher = setup.start(Layout::Processes(1), &[])?;
    let layouts = [Layout::Processes(1), Layout::Processes(setup.workers)];
    let one = |layout| one(setup, layout, &publisher);
    layouts.into_iter().map(one).collect()
}

fn one(setup: &Setup, layout: Layout, publisher: &SpawnedService) -> Result<Row> {
    let service = setup.start(layout, &[])?;
    let base = |service: &SpawnedService| format!("http://{}", service.address);
    let mut target = Target::ours(Transport::Sse, &base(&service), CHANNEL)?;
    target.publish = Target::ours(Transport::Sse, &base(publisher), CHANNEL)?.publish;
    let mut load = Engine::new(target, SIZE)?;
    load.connect(setup.connections)?;
    let mut pace = Pace::open(RATE, clock::now());
    load.run(&mut pace, setup.time / 2)?;
    let (victim, before) = (connect(&service)?.1.pid, service.serving());
    let killed = Instant::now();
    kill(victim);
    let alone = layout == Layout::Processes(1);
    let back = (!alone)
        .then(|| wait_for_replacement(&service, &before))
        .transpose()?;
    load.run(&mut pace, setup.time / 2)?;
    // A single process has no supervisor: the measurement restarts it.
    let revived = alone
        .then(|| {
            SpawnedService::start_at(service.address, layout, Transport::Sse, &setup.keys, &[])
        })
        .transpose()?;
    let counted = load.take_counters();
    let gone: Vec<_> = (0..setup.connections)
        .filter(|&at| load.readers()[at].state().ended.is_some())
        .collect();
    gone.iter().try_for_each(|&at| load.reconnect(at))?;
    let missed = load.settle()?;
    drop(revived);
    let subject = if alone {
        "1 process with its threads".to_owned()
    } else {
        format!("1 of {layout}")
    };
    let figures = [
        (("connections", ""), setup.connections as f64),
        (("of them lost", ""), counted.ended as f64),
        (("messages missed after the comeback", ""), missed as f64),
        (("resets", ""), load.take_counters().resets as f64),
    ];
    let back = back.map(|back| {
        (
            ("until its endpoints answer again", "ms"),
            millis(back - killed),
        )
    });
    Ok((subject, figures.into_iter().chain(back).collect()))
}

/// Returns when a new process responds. A connection in the backlog of the killed process waits for
/// its replacement.
fn wait_for_replacement(service: &SpawnedService, before: &[u32]) -> Result<Instant> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        match service.client().and_then(|mut client| client.worker()) {
            Ok(worker) if !before.contains(&worker.pid) => return Ok(Instant::now()),
            Ok(_) => {}
            // The killed process had accepted it.
            Err(_) => thread::sleep(PAUSE),
        }
    }
    Err(anyhow!(
        "no process replaced the killed one within {PATIENCE:?}"
    ))
}
