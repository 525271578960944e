//! Requests a second as workers are added. The load is one thread with many connections: it sends on all of them, then reads
//! all answers.

use super::{command::Bed, notes::Notes, topic::Topic};
use crate::{
    client::Transport,
    spawned::{Layout, SpawnedService},
};
use std::time::{Duration, Instant};

pub(in crate::bench) const TOPIC: Topic = Topic {
    name: "requests",
    title: "Requests on connections that are kept alive",
};
/// Enough to keep every worker busy; one thread can serve no more.
const MOST: usize = 64;

pub(super) fn measure(bed: &Bed, notes: &mut Notes) -> Result<(), String> {
    let counts: Vec<_> = (0..)
        .map(|power| 1 << power)
        .take_while(|count| *count < bed.workers)
        .collect();
    for workers in counts.into_iter().chain([bed.workers]) {
        for layout in [Layout::Threads(workers), Layout::Processes(workers)] {
            if layout != Layout::Processes(1) {
                one(bed, layout, notes)?;
            }
        }
    }
    Ok(())
}

fn one(bed: &Bed, layout: Layout, notes: &mut Notes) -> Result<(), String> {
    let service = SpawnedService::start(layout, Transport::Sse, &bed.keys, &[])?;
    let mut clients = (0..bed.connections.min(MOST))
        .map(|_| service.client())
        .collect::<Result<Vec<_>, _>>()?;
    let mut round = || -> Result<usize, String> {
        clients
            .iter_mut()
            .try_for_each(|client| client.ask_for_worker())?;
        clients
            .iter_mut()
            .try_for_each(|client| client.answer().map(drop))?;
        Ok(clients.len())
    };
    round()?;
    let (began, before, mut requests) = (Instant::now(), service.cpu(), 0);
    while began.elapsed() < bed.time {
        requests += round()?;
    }
    let (took, cpu) = (began.elapsed(), service.cpu().saturating_sub(before));
    let per_request = |time: Duration| time.as_secs_f64() * 1e6 / requests as f64;
    notes.add(
        TOPIC.title,
        &layout,
        ("requests", "/s"),
        requests as f64 / took.as_secs_f64(),
    );
    notes.add(
        TOPIC.title,
        &layout,
        ("CPU of the service for each", "µs"),
        per_request(cpu),
    );
    Ok(())
}
