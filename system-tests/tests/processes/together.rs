//! One port for all processes: the distribution of connections, and responses for all processes.

use crate::cluster::{Cluster, send, serving};
use conformance::Client;
use rustix::process::Signal;
use std::collections::HashMap;

#[actix_web::test]
async fn connections_are_spread_evenly() {
    let cluster = Cluster::start(4);
    let mut counts = HashMap::new();
    for _ in 0..400 {
        *counts
            .entry(serving(&mut Client::connect(cluster.address).await).await)
            .or_insert(0) += 1;
    }
    // The mean is 100 and the standard deviation 8.7: six of those are practically impossible.
    assert!(
        counts.len() == 4 && counts.values().all(|count| (48..=152).contains(count)),
        "{counts:?}"
    );
}

#[actix_web::test]
async fn any_process_responds_for_all_even_if_one_is_stuck() {
    let cluster = Cluster::start(3);
    let pids = cluster.pids().await;
    let mut first = cluster.connect_to(1).await;
    let third = cluster.connect_to(3).await;
    let metrics = first.get("/metrics").await.body;
    let connections = |process| {
        let name = format!("trilane_connections{{transport=\"sse\",process=\"{process}\"}} ");
        metrics
            .lines()
            .find_map(|line| line.strip_prefix(&name)?.parse::<u32>().ok())
    };
    assert_eq!(
        (connections(1), connections(3)),
        (Some(1), Some(1)),
        "{metrics}"
    );
    assert_eq!(
        metrics
            .matches("# TYPE trilane_connections gauge\n")
            .count(),
        1
    );
    send(Signal::STOP, pids[2]);
    let metrics = first.get("/metrics").await.body;
    assert!(
        metrics.contains("trilane_processes{transport=\"sse\"} 3\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("trilane_processes_answering{transport=\"sse\"} 2\n"),
        "{metrics}"
    );
    let health = first.get("/health").await.json();
    let answers: Vec<_> = health["processes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|process| &process["answers"])
        .collect();
    assert_eq!(answers, [true, true, false]);
    send(Signal::CONT, pids[2]);
    drop(third);
}
