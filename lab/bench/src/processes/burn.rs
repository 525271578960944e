//! Measures the latency of other clients while a computation uses a processor: on a worker thread,
//! on a thread beside the workers, or in another process.

use super::{Setup, connect};
use crate::{
    load::{clock, pace::Pace},
    service_benchmark::{MAX, P50, P99, Row, quantiles},
};
use anyhow::{Result, anyhow};
use servers::spawned::{
    Layout, SpawnedService,
    client::{BlockingClient, WorkerThread},
};
use std::{collections::BTreeMap, thread, time::Duration};
use support::histogram::Histogram;

/// Where the service computes, and the task that makes it.
type Task = (&'static str, Option<&'static str>);

const NOWHERE: Task = ("nobody computes", None);
const BESIDE: Task = ("beside the workers", Some("/tasks"));
const ON_A_WORKER: Task = ("on a worker", Some("/tasks?inline=true"));

/// Connections to each worker.
const PROBES: usize = 2;
/// Requests per second on each connection.
const RATE: f64 = 100.0;
/// A task that outlasts the measurement. It ends with the service.
const ENDLESS: &str = r#"{"primes_below":1000000000}"#;
/// The most connection attempts: enough to reach hundreds of workers at random.
const TRIES: usize = 10_000;

type Probes = BTreeMap<WorkerThread, Vec<BlockingClient>>;

pub(super) fn measure(setup: &Setup) -> Result<Vec<Row>> {
    let (threads, processes) = (Layout::Threads(2), Layout::Processes(2));
    let cases = [
        (threads, NOWHERE),
        (threads, BESIDE),
        (threads, ON_A_WORKER),
        (processes, ON_A_WORKER),
    ];
    let mut rows = Vec::new();
    for (layout, task) in cases {
        rows.extend(one(setup, layout, task)?);
    }
    Ok(rows)
}

fn one(setup: &Setup, layout: Layout, task: Task) -> Result<Vec<Row>> {
    let service = setup.start(layout, &["--tasks-inline"])?;
    let probes = probes(&service, layout.workers())?;
    let (place, path) = task;
    let mut burning = None;
    if let Some(path) = path {
        let (mut client, worker) = connect(&service)?;
        client.post(path, ENDLESS)?;
        burning = Some((worker, client));
    }
    let burner = burning.as_ref().map(|(worker, _)| *worker);
    let burner = burner.filter(|_| task == ON_A_WORKER);
    let mut felt = BTreeMap::<&str, Histogram>::new();
    for (worker, latency) in ask_all(service, probes, setup.time) {
        let whose = match burner {
            None => "all clients",
            Some(burner) if burner == worker => "clients of that worker",
            Some(_) => "clients of another",
        };
        felt.entry(whose).or_default().merge(&latency);
    }
    let row = |(whose, latency): (&str, _)| {
        let figures = quantiles(&latency, "ms", [P50, P99, MAX]);
        (format!("{layout}: {place}, {whose}"), figures.into())
    };
    Ok(felt.into_iter().map(row).collect())
}

/// Opens connections to each worker.
fn probes(service: &SpawnedService, workers: usize) -> Result<Probes> {
    let mut probes = Probes::new();
    for _ in 0..TRIES {
        let (client, worker) = connect(service)?;
        let of_worker = probes.entry(worker).or_default();
        if of_worker.len() < PROBES {
            of_worker.push(client);
        }
        if probes.len() == workers && probes.values().all(|clients| clients.len() == PROBES) {
            return Ok(probes);
        }
    }
    Err(anyhow!(
        "only {} of {workers} workers got connections",
        probes.len()
    ))
}

/// Sends requests on every connection for `time`, then ends the service. A request that has no
/// response by then counts with the time that it has waited.
fn ask_all(
    service: SpawnedService,
    probes: Probes,
    time: Duration,
) -> Vec<(WorkerThread, Histogram)> {
    let begin = clock::now();
    let ask = |(worker, client)| thread::spawn(move || (worker, ask(client, begin, time)));
    let asking: Vec<_> = probes
        .into_iter()
        .flat_map(|(worker, clients)| clients.into_iter().map(move |client| (worker, client)))
        .map(ask)
        .collect();
    thread::sleep((begin + time).saturating_sub(clock::now()));
    drop(service);
    asking
        .into_iter()
        .map(|asked| asked.join().expect("a probe does not panic"))
        .collect()
}

/// Sends requests on a fixed schedule.
fn ask(mut client: BlockingClient, begin: Duration, time: Duration) -> Histogram {
    let (mut pace, mut latency, mut is_served) =
        (Pace::open(RATE, begin), Histogram::default(), true);
    let end = begin + time;
    while let Some(moment) = pace.wait_until_due(end) {
        is_served = is_served && client.worker().is_ok();
        latency.record(clock::now().min(end).saturating_sub(moment));
    }
    latency
}
