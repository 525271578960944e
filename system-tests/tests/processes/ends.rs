//! The end of all processes.

use crate::{
    cluster::{Cluster, send},
    process::runs,
};
use conformance::eventually;
use rustix::process::Signal;
use std::net::TcpStream;

#[actix_web::test]
async fn no_process_outlives_its_supervisor() {
    let cluster = Cluster::start(3);
    let pids = cluster.pids().await;
    assert!(pids.iter().all(|pid| runs(*pid)));
    cluster.supervisor.signal(Signal::KILL);
    eventually("the ends of all", async || {
        !pids.iter().any(|pid| runs(*pid))
    })
    .await;
    assert!(TcpStream::connect(cluster.address).is_err());
}

#[actix_web::test]
async fn a_signal_drains_all_processes() {
    for signal in [Signal::TERM, Signal::INT] {
        let cluster = Cluster::start(2);
        let pids = cluster.pids().await;
        let mut streams = Vec::new();
        for process in [1, 2] {
            let mut client = cluster.connect_to(process).await;
            client.send("GET", "/events?channel=c", &[], "").await;
            assert!(client.head().await.status == 200 && client.chunk().await.is_some());
            streams.push(client);
        }
        cluster.supervisor.signal(signal);
        for stream in &mut streams {
            assert!(
                stream
                    .chunk()
                    .await
                    .is_some_and(|last| last.starts_with("retry: "))
            );
            assert_eq!(stream.chunk().await, None);
        }
        let end = cluster.supervisor.end();
        assert_eq!(end.code, 0, "{}", end.errors);
        assert!(
            end.errors.trim_end().ends_with("sse: stopped"),
            "{}",
            end.errors
        );
        assert!(!pids.iter().any(|pid| runs(*pid)));
    }
}

#[actix_web::test]
async fn a_second_signal_ends_all_processes_at_once() {
    let cluster = Cluster::start(2);
    let pids = cluster.pids().await;
    // A stuck process would never drain.
    send(Signal::STOP, pids[0]);
    cluster.supervisor.signal(Signal::TERM);
    cluster.supervisor.wait_for_line("stopping all processes");
    cluster.supervisor.signal(Signal::TERM);
    assert_eq!(cluster.supervisor.end().code, 0);
    eventually("the ends of all", async || {
        !pids.iter().any(|pid| runs(*pid))
    })
    .await;
}
