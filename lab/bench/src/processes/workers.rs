//! What workers cost as threads and as processes: their start, their memory, their requests, and
//! how connections are distributed among them.

use super::{Setup, connect};
use crate::service_benchmark::{Figures, Row, millis};
use anyhow::Result;
use servers::spawned::{Layout, client::WorkerThread};
use std::{
    collections::BTreeMap,
    iter,
    time::{Duration, Instant},
};

/// The most connections with requests: enough to keep every worker busy, and not too many for one
/// thread.
const MOST: usize = 64;

/// Measures each layout: its figures are a row.
fn each(
    layouts: impl IntoIterator<Item = Layout>,
    measure: impl Fn(Layout) -> Result<Figures>,
) -> Result<Vec<Row>> {
    let row = |layout: Layout| Ok((layout.to_string(), measure(layout)?));
    layouts.into_iter().map(row).collect()
}

/// One thread, and the layouts that are compared.
fn usual(setup: &Setup) -> [Layout; 3] {
    [
        Layout::Threads(1),
        Layout::Threads(setup.workers),
        Layout::Processes(setup.workers),
    ]
}

/// Measures the time until a service responds.
pub(super) fn start(setup: &Setup) -> Result<Vec<Row>> {
    each(usual(setup), |layout| {
        let began = Instant::now();
        let service = setup.start(layout, &[])?;
        connect(&service)?;
        Ok(vec![(("until it answers", "ms"), millis(began.elapsed()))])
    })
}

/// Measures the memory of idle workers.
pub(super) fn memory(setup: &Setup) -> Result<Vec<Row>> {
    each(usual(setup), |layout| {
        let service = setup.start(layout, &[])?;
        connect(&service)?;
        let held = service.memory() as f64 / 1e6;
        Ok(vec![
            (("in all", "MB"), held),
            (("for each worker", "MB"), held / layout.workers() as f64),
        ])
    })
}

/// Measures requests per second with growing numbers of workers. The load is one thread, which
/// sends on all its connections and then reads all responses.
pub(super) fn requests(setup: &Setup) -> Result<Vec<Row>> {
    let powers = iter::successors(Some(1), |workers| Some(workers * 2));
    let counts = powers.take_while(|count| *count < setup.workers);
    let layouts = counts
        .chain([setup.workers])
        .flat_map(|workers| [Layout::Threads(workers), Layout::Processes(workers)])
        .filter(|layout| *layout != Layout::Processes(1));
    each(layouts, |layout| requests_of(setup, layout))
}

fn requests_of(setup: &Setup, layout: Layout) -> Result<Figures> {
    let service = setup.start(layout, &[])?;
    let clients = (0..setup.connections.min(MOST)).map(|_| service.client());
    let mut clients = clients.collect::<Result<Vec<_>, _>>()?;
    let mut round = || -> Result<usize> {
        for client in &mut clients {
            client.ask_for_worker()?;
        }
        for client in &mut clients {
            client.answer()?;
        }
        Ok(clients.len())
    };
    round()?;
    let (began, before, mut requests) = (Instant::now(), service.cpu(), 0);
    while began.elapsed() < setup.time {
        requests += round()?;
    }
    let (took, cpu) = (began.elapsed(), service.cpu().saturating_sub(before));
    let per_request = |time: Duration| time.as_secs_f64() * 1e6 / requests as f64;
    Ok(vec![
        (("requests", "/s"), requests as f64 / took.as_secs_f64()),
        (("CPU of the service for each", "µs"), per_request(cpu)),
    ])
}

/// Counts the connections of each worker: with one listening socket, whose connections a thread
/// distributes, or with one socket per process, between which the kernel chooses.
pub(super) fn spread(setup: &Setup) -> Result<Vec<Row>> {
    let layouts = [
        (Layout::Threads(setup.workers), "one socket"),
        (Layout::Processes(setup.workers), "a socket each"),
    ];
    let row = |(layout, sockets)| Ok((format!("{layout}, {sockets}"), spread_of(setup, layout)?));
    layouts.into_iter().map(row).collect()
}

fn spread_of(setup: &Setup, layout: Layout) -> Result<Figures> {
    let service = setup.start(layout, &[])?;
    let mut counts = BTreeMap::<WorkerThread, u32>::new();
    // All connections stay open.
    let mut clients = Vec::new();
    for _ in 0..setup.connections {
        let (client, worker) = connect(&service)?;
        *counts.entry(worker).or_default() += 1;
        clients.push(client);
    }
    let most = counts.values().max().copied().unwrap_or(0);
    let mean = setup.connections as f64 / setup.workers as f64;
    // A worker without connections has no entry.
    let all = counts.len() == setup.workers;
    let fewest = counts.values().min().copied().filter(|_| all).unwrap_or(0);
    Ok(vec![
        (("connections", ""), clients.len() as f64),
        (("fewest of a worker", ""), fewest.into()),
        (("most of a worker", ""), most.into()),
        (("most / mean", ""), f64::from(most) / mean),
    ])
}
