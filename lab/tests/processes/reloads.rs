//! New processes in the place of the old ones.

use crate::{
    cluster::{Cluster, send},
    process::runs,
};
use conformance::{Client, eventually};
use rustix::process::Signal;
use std::{cell::Cell, fs};

#[actix_web::test]
async fn a_reload_replaces_every_process_and_no_connection_is_lost() {
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
    cluster.supervisor.says("reloaded 2 of 2 processes");
    assert!(
        cluster
            .health()
            .await
            .iter()
            .all(|process| process["restarts"] == 0)
    );
}

#[actix_web::test]
async fn a_reload_that_fails_leaves_all_as_it_was() {
    let key = std::env::temp_dir().join(format!("trilane-reload-{}.secret", std::process::id()));
    fs::write(&key, "a secret of thirty-two bytes, or more").unwrap();
    let cluster = Cluster::start_with(2, &["--jwt-key-file", &key.to_string_lossy()]);
    let before = cluster.pids().await;
    fs::remove_file(&key).unwrap();
    cluster.supervisor.signal(Signal::HUP);
    cluster
        .supervisor
        .says("process 1 was not reloaded: it ended (exit status: 1) before it served");
    cluster.supervisor.says("reloaded 0 of 2 processes");
    assert_eq!(cluster.pids().await, before);
    assert!(
        cluster
            .health()
            .await
            .iter()
            .all(|process| process["answers"] == true && process["restarts"] == 0)
    );
}

/// What reloads is the supervisor, whoever else is sent the signal.
#[actix_web::test]
async fn a_hang_up_does_nothing_to_a_process_of_several() {
    let cluster = Cluster::start(2);
    let before = cluster.pids().await;
    before.iter().for_each(|pid| send(Signal::HUP, *pid));
    assert_eq!(cluster.pids().await, before);
    assert!(
        cluster
            .health()
            .await
            .iter()
            .all(|process| process["answers"] == true && process["restarts"] == 0)
    );
}
