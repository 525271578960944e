//! Measures the latency of other clients while a computation uses a processor: on a worker thread,
//! on a thread beside the workers, or in another process.

use super::{
    setup::{Setup, connect},
    topic::Topic,
};
use crate::{
    facts::Facts,
    load::{clock, pace::Pace},
};
use anyhow::{Error, Result, anyhow};
use servers::spawned::{
    Layout, SpawnedService,
    client::{BlockingClient, WorkerThread},
};
use std::{collections::BTreeMap, thread, time::Duration};
use support::histogram::Histogram;

pub(crate) const TOPIC: Topic = Topic {
    name: "burn",
    title: "What others feel while one computes",
};
/// Where the computation is.
const NOWHERE: &str = "nobody computes";
const BESIDE: &str = "beside the workers";
const ON_A_WORKER: &str = "on a worker";
/// The clients whose latency is measured.
const ALL: &str = "all clients";
const ITS_OWN: &str = "clients of that worker";
const OTHERS: &str = "clients of another";

/// The layout of the comparison of threads.
const THREADS: Layout = Layout::Threads(2);

fn subject(layout: Layout, how: &str, whose: &str) -> String {
    format!("{layout}: {how}, {whose}")
}

/// Connections to each worker.
const PROBES: usize = 2;
/// Requests per second on each connection.
const RATE: f64 = 100.0;
/// A task that outlasts the measurement. It ends with the service.
const ENDLESS: &str = r#"{"primes_below":1000000000}"#;
/// The most connection attempts: enough to reach hundreds of workers at random.
const TRIES: usize = 10_000;

type Probes = BTreeMap<WorkerThread, Vec<BlockingClient>>;

pub(super) fn measure(setup: &Setup, facts: &mut Facts) -> Result<()> {
    let processes = Layout::Processes(2);
    one(setup, facts, THREADS, None)?;
    one(setup, facts, THREADS, Some((BESIDE, "/tasks")))?;
    one(
        setup,
        facts,
        THREADS,
        Some((ON_A_WORKER, "/tasks?inline=true")),
    )?;
    one(
        setup,
        facts,
        processes,
        Some((ON_A_WORKER, "/tasks?inline=true")),
    )
}

fn one(setup: &Setup, facts: &mut Facts, layout: Layout, task: Option<(&str, &str)>) -> Result<()> {
    let service = setup.start(layout, &["--tasks-inline"])?;
    let probes = probes(&service, layout.workers())?;
    let mut burning = None;
    if let Some((_, path)) = task {
        let (mut client, worker) = connect(&service)?;
        client.post(path, ENDLESS).map_err(Error::msg)?;
        burning = Some((worker, client));
    }
    let burner = burning
        .as_ref()
        .map(|(worker, _)| *worker)
        .filter(|_| task.is_some_and(|(how, _)| how == ON_A_WORKER));
    let mut felt = BTreeMap::<&str, Histogram>::new();
    for (worker, latency) in ask_all(service, probes, setup.time) {
        let whose = match burner {
            None => ALL,
            Some(burner) if burner == worker => ITS_OWN,
            Some(_) => OTHERS,
        };
        felt.entry(whose).or_default().merge(&latency);
    }
    for (whose, latency) in felt {
        let subject = subject(layout, task.map_or(NOWHERE, |(how, _)| how), whose);
        for (figure, share) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
            facts.add(
                TOPIC.title,
                &subject,
                (figure, "ms"),
                latency.quantile(share) as f64 / 1e3,
            );
        }
    }
    Ok(())
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
        "{} of {workers} workers got connections",
        probes.len()
    ))
}

/// Sends requests on every connection for `time`, then ends the service. A pending request counts
/// with its age.
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
    let (mut pace, mut latency, mut answers) =
        (Pace::open(RATE, begin), Histogram::default(), true);
    let end = begin + time;
    loop {
        let now = clock::now();
        match pace.take_due(now.min(end)) {
            Some(moment) => {
                answers = answers && client.worker().is_ok();
                latency.record(clock::now().min(end).saturating_sub(moment));
            }
            None if now >= end => return latency,
            None => thread::sleep(pace.next().unwrap_or(end).min(end).saturating_sub(now)),
        }
    }
}
