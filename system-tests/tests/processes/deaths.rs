//! Processes that end or are stuck, and their replacement.

use crate::cluster::{Cluster, send, serving};
use conformance::{Client, eventually};
use rustix::process::Signal;
use serde_json::Value;
use std::cell::Cell;

#[actix_web::test]
async fn a_killed_process_is_replaced_and_the_port_keeps_serving() {
    let cluster = Cluster::start(2);
    let before = cluster.pids().await;
    let mut other = cluster.connect_to(2).await;
    send(Signal::KILL, before[0]);
    // The replacement accepts the connections in the backlog of the killed process.
    for _ in 0..50 {
        assert_eq!(cluster.get("/health/live").await.status, 200);
    }
    assert_eq!(other.get("/health/live").await.status, 200);
    let after = cluster.health().await;
    assert_eq!(
        (&after[0]["restarts"], &after[1]["restarts"]),
        (&1.into(), &0.into())
    );
    assert!(
        after[0]["pid"] != before[0] && after[1]["pid"] == before[1],
        "{after:?}"
    );
    let metrics = cluster.get("/metrics").await.body;
    assert!(
        metrics.contains("trilane_restarts_total{transport=\"sse\",process=\"1\"} 1\n"),
        "{metrics}"
    );
}

/// Reads a stream up to `until`. Returns pairs of id and number, and whether it is still open.
async fn read(stream: &mut Client, until: u64) -> (Vec<(String, u64)>, bool) {
    let mut read = Vec::new();
    while read.last().is_none_or(|(_, number)| *number < until) {
        // A killed process sends no end of the stream: its connections are closed.
        if !stream.peek().await {
            return (read, false);
        }
        let chunk = stream.chunk().await.unwrap();
        for data in chunk.lines().filter_map(|line| line.strip_prefix("data: ")) {
            let message: Value = serde_json::from_str(data).unwrap();
            // The opening event has a cursor and no id.
            if let Some(id) = message["id"].as_str() {
                read.push((id.to_owned(), message["message"].as_u64().unwrap()));
            }
        }
    }
    (read, true)
}

async fn open(mut client: Client, after: &str) -> Client {
    client
        .send("GET", &format!("/events?channel=c&after={after}"), &[], "")
        .await;
    assert_eq!(client.head().await.status, 200);
    client
}

#[actix_web::test]
async fn subscribers_of_a_killed_process_resume_without_loss() {
    let cluster = Cluster::start(2);
    let publish = async |numbers: std::ops::Range<u64>| {
        for number in numbers {
            let mut client = Client::connect(cluster.address).await;
            let body = format!("{{\"message\":{number}}}");
            let answer = client.post("/messages?channel=c", &body).await;
            assert_eq!(answer.status, 200);
        }
    };
    let mut streams = Vec::new();
    for process in [1, 1, 1, 2, 2, 2] {
        streams.push((process, open(cluster.connect_to(process).await, "0").await));
    }
    publish(1..6).await;
    let mut last = String::new();
    for (_, stream) in &mut streams {
        let (read, goes_on) = read(stream, 5).await;
        assert_eq!(
            (
                read.iter().map(|(_, number)| *number).collect::<Vec<_>>(),
                goes_on
            ),
            (vec![1, 2, 3, 4, 5], true)
        );
        last = read[4].0.clone();
    }
    send(Signal::KILL, cluster.pids().await[0]);
    publish(6..11).await;
    for (process, mut stream) in streams {
        let (mut rest, goes_on) = read(&mut stream, 10).await;
        assert_eq!(goes_on, process == 2);
        if !goes_on {
            let cursor = rest.last().map_or(&last, |(id, _)| id);
            let mut again = open(Client::connect(cluster.address).await, cursor).await;
            rest.extend(read(&mut again, 10).await.0);
        }
        assert_eq!(
            rest.iter().map(|(_, number)| *number).collect::<Vec<_>>(),
            [6, 7, 8, 9, 10]
        );
    }
}

#[actix_web::test]
async fn a_process_that_fails_too_often_is_not_restarted() {
    let cluster = Cluster::start(2);
    let mut other = cluster.connect_to(2).await;
    for deaths in 1..=5 {
        let pid = Cell::new(0);
        eventually("another process", async || {
            let health = other.get("/health").await.json();
            let first = &health["processes"][0];
            pid.set(first["pid"].as_i64().unwrap_or_default());
            first["restarts"] == deaths - 1 && first["answers"] == true
        })
        .await;
        send(Signal::KILL, i32::try_from(pid.get()).unwrap());
    }
    cluster.supervisor.wait_for_line("process 1 dies too often");
    let mut served_by_the_other = 0;
    loop {
        let by = serving(&mut Client::connect(cluster.address).await).await;
        if !other.get("/health").await.json()["processes"][0]["pid"].is_null() {
            break;
        }
        assert_eq!(by, 2);
        served_by_the_other += 1;
    }
    assert!(served_by_the_other > 0);
    cluster.connect_to(1).await;
}

/// Checks that the process in slot 1 is replaced, and that the others stay.
async fn the_first_is_replaced(cluster: &Cluster, before: &[i32], mut other: Client) {
    eventually("another process", async || {
        let health = other.get("/health").await.json();
        let [first, second] = [&health["processes"][0], &health["processes"][1]];
        assert!(
            second["pid"] == before[1] && second["restarts"] == 0,
            "{health}"
        );
        first["restarts"] == 1 && first["answers"] == true && first["pid"] != before[0]
    })
    .await;
    cluster.supervisor.wait_for_line(&format!(
        "process 1 (pid {}) does not answer and is killed",
        before[0]
    ));
}

#[actix_web::test]
async fn a_frozen_process_is_replaced() {
    let cluster = Cluster::start(2);
    let (before, other) = (cluster.pids().await, cluster.connect_to(2).await);
    send(Signal::STOP, before[0]);
    the_first_is_replaced(&cluster, &before, other).await;
}

#[actix_web::test]
async fn a_process_with_a_stuck_thread_is_replaced() {
    let cluster = Cluster::start_with(2, &["--workers", "2", "--tasks-inline"]);
    let (before, other) = (cluster.pids().await, cluster.connect_to(2).await);
    let mut first = cluster.connect_to(1).await;
    // The task takes far longer than the timeout.
    let endless = r#"{"primes_below":10000000000}"#;
    first
        .send(
            "POST",
            "/tasks?inline=true",
            &[("content-type", "application/json")],
            endless,
        )
        .await;
    the_first_is_replaced(&cluster, &before, other).await;
}
