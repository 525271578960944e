//! What other clients feel while a computation keeps a processor busy: on a worker thread, beside the workers, or in another
//! process.

use super::{command::Bed, notes::Notes, topic::Topic};
use crate::histogram::Histogram;
use crate::spawned::{
    Layout, SpawnedService,
    client::{BlockingClient, WorkerThread},
};
use crate::{
    client::Transport,
    load::{clock, pace::Pace},
};
use std::{collections::BTreeMap, thread, time::Duration};

pub(in crate::bench) const TOPIC: Topic = Topic {
    name: "burn",
    title: "What others feel while one computes",
};
/// Where the computation is.
const NOWHERE: &str = "nobody computes";
const BESIDE: &str = "beside the workers";
const ON_A_WORKER: &str = "on a worker";
/// Whose latency it is.
const ALL: &str = "all clients";
const ITS_OWN: &str = "clients of that worker";
const OTHERS: &str = "clients of another";

/// The threads whose clients are asked.
const THREADS: Layout = Layout::Threads(2);

/// Who feels it, as facts have it: at rest, beside a computation on threads of its own, and on the worker that computes.
pub(in crate::bench) fn subjects() -> [String; 3] {
    [(NOWHERE, ALL), (BESIDE, ALL), (ON_A_WORKER, ITS_OWN)]
        .map(|(how, whose)| subject(THREADS, how, whose))
}

fn subject(layout: Layout, how: &str, whose: &str) -> String {
    format!("{layout}: {how}, {whose}")
}

/// On each worker.
const PROBES: usize = 2;
/// Questions a second on each connection.
const RATE: f64 = 100.0;
/// Takes longer than anybody measures; it ends with the service.
const ENDLESS: &str = r#"{"primes_below":1000000000}"#;
/// By then chance has given connections to every worker, were there hundreds.
const TRIES: usize = 10_000;

type Probes = BTreeMap<WorkerThread, Vec<BlockingClient>>;

pub(super) fn measure(bed: &Bed, notes: &mut Notes) -> Result<(), String> {
    let processes = Layout::Processes(2);
    one(bed, notes, THREADS, None)?;
    one(bed, notes, THREADS, Some((BESIDE, "/tasks")))?;
    one(
        bed,
        notes,
        THREADS,
        Some((ON_A_WORKER, "/tasks?inline=true")),
    )?;
    one(
        bed,
        notes,
        processes,
        Some((ON_A_WORKER, "/tasks?inline=true")),
    )
}

fn one(
    bed: &Bed,
    notes: &mut Notes,
    layout: Layout,
    task: Option<(&str, &str)>,
) -> Result<(), String> {
    let service = SpawnedService::start(layout, Transport::Sse, &bed.keys, &["--tasks-inline"])?;
    let probes = probes(&service, layout.workers())?;
    let mut burning = None;
    if let Some((_, path)) = task {
        let mut client = service.client()?;
        let worker = client.worker()?;
        client.post(path, ENDLESS)?;
        burning = Some((worker, client));
    }
    let burner = burning
        .as_ref()
        .map(|(worker, _)| *worker)
        .filter(|_| task.is_some_and(|(how, _)| how == ON_A_WORKER));
    let mut felt = BTreeMap::<&str, Histogram>::new();
    for (worker, latency) in ask_all(service, probes, bed.time) {
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
            notes.add(
                TOPIC.title,
                &subject,
                (figure, "ms"),
                latency.quantile(share) as f64 / 1e3,
            );
        }
    }
    Ok(())
}

/// Connections to each worker.
fn probes(service: &SpawnedService, workers: usize) -> Result<Probes, String> {
    let mut probes = Probes::new();
    for _ in 0..TRIES {
        let mut client = service.client()?;
        let of_worker = probes.entry(client.worker()?).or_default();
        if of_worker.len() < PROBES {
            of_worker.push(client);
        }
        if probes.len() == workers && probes.values().all(|clients| clients.len() == PROBES) {
            return Ok(probes);
        }
    }
    Err(format!(
        "{} of {workers} workers got connections",
        probes.len()
    ))
}

/// Asks on every connection for a while, then ends the service; what is not answered by then counts with its age.
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
        .map(|asked| asked.join().expect("no panic while asking"))
        .collect()
}

/// On a schedule that waits for nobody.
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
