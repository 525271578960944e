//! Measures requests per second with growing numbers of workers. The load is one thread, which
//! sends on all its connections and then reads all responses.

use super::{setup::Setup, topic::Topic};
use crate::facts::Facts;
use anyhow::{Error, Result};
use servers::spawned::Layout;
use std::time::{Duration, Instant};

pub(crate) const TOPIC: Topic = Topic {
    name: "requests",
    title: "Requests on connections that are kept alive",
};
/// The most connections: enough to keep every worker busy, and not too many for one thread.
const MOST: usize = 64;

pub(super) fn measure(setup: &Setup, facts: &mut Facts) -> Result<()> {
    let counts: Vec<_> = (0..usize::BITS)
        .map(|power| 1 << power)
        .take_while(|count| *count < setup.workers)
        .collect();
    for workers in counts.into_iter().chain([setup.workers]) {
        for layout in [Layout::Threads(workers), Layout::Processes(workers)] {
            if layout != Layout::Processes(1) {
                one(setup, layout, facts)?;
            }
        }
    }
    Ok(())
}

fn one(setup: &Setup, layout: Layout, facts: &mut Facts) -> Result<()> {
    let service = setup.start(layout, &[])?;
    let mut clients = (0..setup.connections.min(MOST))
        .map(|_| service.client().map_err(Error::msg))
        .collect::<Result<Vec<_>, _>>()?;
    let mut round = || -> Result<usize> {
        clients
            .iter_mut()
            .try_for_each(|client| client.ask_for_worker())
            .map_err(Error::msg)?;
        clients
            .iter_mut()
            .try_for_each(|client| client.answer().map(drop))
            .map_err(Error::msg)?;
        Ok(clients.len())
    };
    round()?;
    let (began, before, mut requests) = (Instant::now(), service.cpu(), 0);
    while began.elapsed() < setup.time {
        requests += round()?;
    }
    let (took, cpu) = (began.elapsed(), service.cpu().saturating_sub(before));
    let per_request = |time: Duration| time.as_secs_f64() * 1e6 / requests as f64;
    facts.add(
        TOPIC.title,
        &layout,
        ("requests", "/s"),
        requests as f64 / took.as_secs_f64(),
    );
    facts.add(
        TOPIC.title,
        &layout,
        ("CPU of the service for each", "µs"),
        per_request(cpu),
    );
    Ok(())
}
