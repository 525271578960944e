//! Reloads: new processes replace the old ones.

use crate::{
    cluster::{Cluster, send},
    process::runs,
};
use conformance::{Client, eventually};
use rustix::process::Signal;
use serde_json::Value;
use std::{cell::Cell, fs};

#[actix_web::test]
async fn a_reload_replaces_every_process_without_a_lost_connection() {
    let cluster = Cluster::start(2);
    let before = cluster.pids().await;
    cluster.supervisor.signal(Signal::HUP);
    let over = Cell::new(false);
    let clients = (0..4).map(async |_| {
        let mut answered = 0;
        while !over.get() {
            let mut client = Client::connect(cluster.address).await;
            client
                .send("GET", "/health/live", &[("connection", "close")], "")
                .await;
            assert_eq!(client.response().await.status, 200);
            answered += 1;
        }
        answered
    });
    let reloaded = async {
        eventually("new processes", async || {
            let now = cluster.pids().await;
            before.iter().all(|pid| !now.contains(pid) && !runs(*pid))
        })
        .await;
        over.set(true);
    };
    let (answered, ()) = tokio::join!(futures_util::future::join_all(clients), reloaded);
    assert!(answered.iter().all(|count| *count > 10), "{answered:?}");
    cluster
        .supervisor
        .wait_for_line("reloaded 2 of 2 processes");
    assert!(
        cluster
            .health()
            .await
            .iter()
            .all(|process| process["restarts"] == 0)
    );
}

#[actix_web::test]
async fn a_failed_reload_keeps_the_old_processes() {
    let key = std::env::temp_dir().join(format!("trilane-reload-{}.secret", std::process::id()));
    fs::write(&key, "a secret of thirty-two bytes, or more").unwrap();
    let cluster = Cluster::start_with(2, &["--jwt-key-file", &key.to_string_lossy()]);
    let before = cluster.pids().await;
    fs::remove_file(&key).unwrap();
    cluster.supervisor.signal(Signal::HUP);
    cluster
        .supervisor
        .wait_for_line("process 1 was not reloaded: it ended (exit status: 1) before it served");
    cluster
        .supervisor
        .wait_for_line("reloaded 0 of 2 processes");
    assert_serves_with(&cluster, &before).await;
}

/// Only the supervisor reloads on this signal.
#[actix_web::test]
async fn a_hangup_signal_does_not_end_a_serving_process() {
    let cluster = Cluster::start(2);
    let before = cluster.pids().await;
    before.iter().for_each(|pid| send(Signal::HUP, *pid));
    assert_serves_with(&cluster, &before).await;
}

/// These processes are still the ones that serve.
async fn assert_serves_with(cluster: &Cluster, pids: &[i32]) {
    assert_eq!(cluster.pids().await, pids);
    let health = cluster.health().await;
    let is_undisturbed = |process: &Value| process["answers"] == true && process["restarts"] == 0;
    assert!(health.iter().all(is_undisturbed), "{health:?}");
}
