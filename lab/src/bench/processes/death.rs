//! What is lost when a process is killed while its readers read. A thread cannot be killed alone: all of its process go.

use super::{command::Bed, notes::Notes, topic::Topic};
use crate::{
    client::Transport,
    load::{clock, engine::Engine, pace::Pace, target::Target},
    spawned::{Layout, SpawnedService, kill},
};
use std::{
    thread,
    time::{Duration, Instant},
};

pub(in crate::bench) const TOPIC: Topic = Topic {
    name: "death",
    title: "One process is killed under load",
};
const CHANNEL: &str = "bench";
/// Messages a second.
const RATE: f64 = 50.0;
/// Bytes of a message's text.
const SIZE: usize = 100;
/// More than any start takes.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is begun where nobody serves is asked for again.
const PAUSE: Duration = Duration::from_millis(1);

pub(super) fn measure(bed: &Bed, notes: &mut Notes) -> Result<(), String> {
    // Who publishes is not to die with the readers: it uses another service on the same broker.
    let publisher = SpawnedService::start(Layout::Processes(1), Transport::Sse, &bed.keys, &[])?;
    for layout in [Layout::Processes(1), Layout::Processes(bed.workers)] {
        one(bed, notes, layout, &publisher)?;
    }
    Ok(())
}

fn one(
    bed: &Bed,
    notes: &mut Notes,
    layout: Layout,
    publisher: &SpawnedService,
) -> Result<(), String> {
    let service = SpawnedService::start(layout, Transport::Sse, &bed.keys, &[])?;
    let mut load = Engine::new(target(&service, publisher)?, SIZE)?;
    load.connect(bed.connections)?;
    let mut pace = Pace::open(RATE, clock::now());
    load.run(&mut pace, bed.time / 2)?;
    let (victim, before) = (service.client()?.worker()?.pid, service.serving());
    let killed = Instant::now();
    kill(victim);
    let alone = layout == Layout::Processes(1);
    let back = (!alone)
        .then(|| answers_again(&service, &before))
        .transpose()?;
    load.run(&mut pace, bed.time / 2)?;
    // Nobody brings a single process back but whoever watches over it.
    let revived = alone
        .then(|| SpawnedService::start_at(service.address, layout, Transport::Sse, &bed.keys, &[]))
        .transpose()?;
    let counted = load.take_counters();
    let gone: Vec<_> = (0..bed.connections)
        .filter(|&at| load.readers()[at].story().gone.is_some())
        .collect();
    gone.iter().try_for_each(|&at| load.reconnect(at))?;
    let missed = load.settle()?;
    drop(revived);
    let subject = if alone {
        "1 process with its threads".to_owned()
    } else {
        format!("1 of {layout}")
    };
    notes.add(
        TOPIC.title,
        &subject,
        ("connections", ""),
        bed.connections as f64,
    );
    notes.add(
        TOPIC.title,
        &subject,
        ("of them lost", ""),
        counted.ended as f64,
    );
    notes.add(
        TOPIC.title,
        &subject,
        ("messages missed after the comeback", ""),
        missed as f64,
    );
    notes.add(
        TOPIC.title,
        &subject,
        ("resets", ""),
        load.take_counters().resets as f64,
    );
    if let Some(back) = back {
        notes.add(
            TOPIC.title,
            &subject,
            ("until its place answers again", "ms"),
            (back - killed).as_secs_f64() * 1e3,
        );
    }
    Ok(())
}

fn target(service: &SpawnedService, publisher: &SpawnedService) -> Result<Target, String> {
    let read = format!("http://{}/events?channel={CHANNEL}", service.address).parse()?;
    let publish = format!("http://{}/messages?channel={CHANNEL}", publisher.address).parse()?;
    Ok(Target::new(Transport::Sse, read, publish, false))
}

/// When somebody new answers: a connection that waits at the place of the dead one is served by the next.
fn answers_again(service: &SpawnedService, before: &[u32]) -> Result<Instant, String> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        match service.client().and_then(|mut client| client.worker()) {
            Ok(worker) if !before.contains(&worker.pid) => return Ok(Instant::now()),
            Ok(_) => {}
            // It was the dead one's.
            Err(_) => thread::sleep(PAUSE),
        }
    }
    Err(format!(
        "nobody took the place of the dead within {PATIENCE:?}"
    ))
}
