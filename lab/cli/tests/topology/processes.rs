//! The ends of threads and processes, and of the whole topology.

use crate::{
    client::TopologyClient,
    process::{Lab, runs},
};
use conformance::eventually;
use rustix::process::Signal;
use serde_json::Value;

#[actix_web::test]
async fn a_killed_process_is_replaced_and_counted() {
    let lab = Lab::up(&[]);
    let controls = TopologyClient::new(&lab);
    assert_eq!(controls.state().await["running"], Value::Null);
    let before = controls.start("processes", 2).await;
    let health: Value = serde_json::from_str(&controls.service("/health").await).unwrap();
    let mut known: Vec<_> = [0, 1]
        .map(|at| health["processes"][at]["pid"].as_i64().unwrap() as i32)
        .into();
    known.sort_unstable();
    assert_eq!(before, known);

    assert_eq!(controls.kill(before[0]).await, 200);
    eventually("a replacement", async || {
        let now = controls.pids().await;
        now.len() == 2 && !now.contains(&before[0]) && now.contains(&before[1])
    })
    .await;
    let restarts = async || {
        let metrics = controls.service("/metrics").await;
        let lines = metrics
            .lines()
            .filter(|line| line.starts_with("trilane_restarts_total{"));
        lines
            .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
            .sum::<u64>()
    };
    assert_eq!(restarts().await, 1);
    assert_eq!(controls.kill(before[0]).await, 404, "it has ended");

    let last = controls.pids().await;
    let stopped = controls.request("DELETE", "/topology", &[], "").await;
    assert_eq!(stopped.json()["running"], Value::Null);
    eventually("the end of all", async || {
        !last.iter().any(|pid| runs(*pid))
    })
    .await;
}

#[actix_web::test]
async fn threads_end_together_and_are_not_replaced() {
    let lab = Lab::up(&[]);
    let controls = TopologyClient::new(&lab);
    let pids = controls.start("threads", 3).await;
    let mut workers = Vec::new();
    for _ in 0..3 {
        let worker = controls.service("/worker").await;
        workers.push(worker.split(" (").next().unwrap().to_owned());
    }
    workers.sort_unstable();
    assert_eq!(pids.len(), 1);
    let all = [1, 2, 3].map(|number| format!("Handled by worker {number}"));
    assert_eq!(workers, all);
    assert_eq!(controls.kill(pids[0]).await, 200);
    eventually("its end", async || controls.pids().await.is_empty()).await;
    assert_eq!(controls.state().await["running"]["layout"], "threads");
    let again = controls.start("threads", 3).await;
    assert!(again.len() == 1 && again != pids, "{pids:?} {again:?}");
}

#[actix_web::test]
async fn a_topology_ends_without_requests() {
    let lab = Lab::up(&["--topology-forgotten-after", "200ms"]);
    let controls = TopologyClient::new(&lab);
    let pids = controls.start("processes", 2).await;
    eventually("the ends of all", async || {
        !pids.iter().any(|pid| runs(*pid))
    })
    .await;
    assert_eq!(controls.state().await["running"], Value::Null);
}

#[actix_web::test]
async fn a_killed_lab_leaves_no_process() {
    let lab = Lab::up(&[]);
    let pids = TopologyClient::new(&lab).start("processes", 2).await;
    assert!(pids.iter().all(|pid| runs(*pid)));
    lab.signal(Signal::KILL);
    eventually("the ends of all", async || {
        !pids.iter().any(|pid| runs(*pid))
    })
    .await;
}
