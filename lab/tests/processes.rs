//! A service of several processes as its users run it: connections, deaths, reloads, ends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[allow(dead_code, reason = "it is shared, and not everything is needed here")]
mod process;
#[path = "../src/redis.rs"]
#[allow(dead_code, reason = "an audit needs more of it")]
mod redis;

use common::testing::{Client, Response, eventually};
use process::Process;
use redis::RedisServer;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::{
    cell::Cell,
    collections::HashMap,
    fs,
    net::{SocketAddr, TcpStream},
};

/// A running service; it ends with the test.
struct Cluster {
    supervisor: Process,
    address: SocketAddr,
    /// Ends after those who use it.
    _redis: RedisServer,
}

impl Cluster {
    /// So many processes.
    fn start(processes: usize) -> Self {
        Self::start_with(processes, &[])
    }

    fn start_with(processes: usize, flags: &[&str]) -> Self {
        let redis = RedisServer::start().unwrap();
        let supervisor = Process::start(&[&several("sse", "0", processes, &redis.url()), flags].concat(), "");
        let line = supervisor.says("listening on http://");
        let address = line.split("http://").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        Self { supervisor, address, _redis: redis }
    }

    /// One request on a connection of its own.
    async fn get(&self, path: &str) -> Response {
        get(&mut Client::connect(self.address).await, path).await
    }

    /// What `GET /health` says of each process.
    async fn health(&self) -> Vec<Value> {
        self.get("/health").await.json()["processes"].as_array().unwrap().clone()
    }

    async fn pids(&self) -> Vec<i32> {
        self.health().await.iter().map(|process| i32::try_from(process["pid"].as_i64().unwrap()).unwrap()).collect()
    }

    /// A connection to the process of this number.
    async fn connect_to(&self, process: usize) -> Client {
        loop {
            let mut client = Client::connect(self.address).await;
            if serving(&mut client).await == process {
                return client;
            }
        }
    }
}

/// The arguments that start so many processes.
fn several<'a>(transport: &'a str, port: &'a str, processes: usize, broker: &'a str) -> Vec<&'a str> {
    let number = ["", "1", "2", "3", "4"][processes];
    vec!["serve", transport, "--port", port, "--processes", number, "--broker", broker]
}

async fn get(client: &mut Client, path: &str) -> Response {
    client.send("GET", path, &[], "").await;
    client.response().await
}

/// The number of the process at the other end.
async fn serving(client: &mut Client) -> usize {
    let answer = get(client, "/worker").await.body;
    answer.split(" of process ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap()
}

fn send(signal: Signal, pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

/// Whether a process runs; one that is dead but not buried does not.
fn runs(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().next()).is_some_and(|state| state != "Z")
}

#[actix_web::test]
async fn connections_are_spread_evenly() {
    let cluster = Cluster::start(4);
    let mut counts = HashMap::new();
    for _ in 0..400 {
        *counts.entry(serving(&mut Client::connect(cluster.address).await).await).or_insert(0) += 1;
    }
    // 100 on average, give or take 8.7: six times that is out of reach of chance.
    assert!(counts.len() == 4 && counts.values().all(|count| (48..=152).contains(count)), "{counts:?}");
}

#[actix_web::test]
async fn a_process_that_dies_is_replaced_and_the_port_goes_on_answering() {
    let cluster = Cluster::start(2);
    let before = cluster.pids().await;
    let mut other = cluster.connect_to(2).await;
    send(Signal::KILL, before[0]);
    // The queue of the dead one is served by the next.
    for _ in 0..50 {
        assert_eq!(cluster.get("/health/live").await.status, 200);
    }
    assert_eq!(get(&mut other, "/health/live").await.status, 200);
    let after = cluster.health().await;
    assert_eq!((&after[0]["restarts"], &after[1]["restarts"]), (&1.into(), &0.into()));
    assert!(after[0]["pid"] != before[0] && after[1]["pid"] == before[1], "{after:?}");
    let metrics = cluster.get("/metrics").await.body;
    assert!(metrics.contains("trilane_restarts_total{transport=\"sse\",process=\"1\"} 1\n"), "{metrics}");
}

/// What a stream has said since, as pairs of id and number; whether it goes on.
async fn read(stream: &mut Client, until: u64) -> (Vec<(String, u64)>, bool) {
    let mut read = Vec::new();
    while read.last().is_none_or(|(_, number)| *number < until) {
        // A killed process says no goodbye: its connections are just closed.
        if !stream.peek().await {
            return (read, false);
        }
        let chunk = stream.chunk().await.unwrap();
        for data in chunk.lines().filter_map(|line| line.strip_prefix("data: ")) {
            let message: Value = serde_json::from_str(data).unwrap();
            read.push((message["id"].as_str().unwrap().to_owned(), message["message"].as_u64().unwrap()));
        }
    }
    (read, true)
}

async fn open(mut client: Client, after: &str) -> Client {
    client.send("GET", &format!("/events?channel=c&after={after}"), &[], "").await;
    assert_eq!(client.head().await.status, 200);
    client
}

#[actix_web::test]
async fn the_readers_of_a_process_that_dies_come_back_with_their_cursors_and_miss_nothing() {
    let cluster = Cluster::start(2);
    let publish = async |numbers: std::ops::Range<u64>| {
        for number in numbers {
            let mut client = Client::connect(cluster.address).await;
            let body = format!("{{\"message\":{number}}}");
            client.send("POST", "/messages?channel=c", &[("content-type", "application/json")], &body).await;
            assert_eq!(client.response().await.status, 200);
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
        assert_eq!((read.iter().map(|(_, number)| *number).collect::<Vec<_>>(), goes_on), (vec![1, 2, 3, 4, 5], true));
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
        assert_eq!(rest.iter().map(|(_, number)| *number).collect::<Vec<_>>(), [6, 7, 8, 9, 10]);
    }
}

#[actix_web::test]
async fn a_process_that_dies_too_often_leaves_its_connections_to_the_others() {
    let cluster = Cluster::start(2);
    let mut other = cluster.connect_to(2).await;
    for deaths in 1..=5 {
        let pid = Cell::new(0);
        eventually("another process", async || {
            let health = get(&mut other, "/health").await.json();
            let first = &health["processes"][0];
            pid.set(first["pid"].as_i64().unwrap_or_default());
            first["restarts"] == deaths - 1 && first["answers"] == true
        })
        .await;
        send(Signal::KILL, i32::try_from(pid.get()).unwrap());
    }
    cluster.supervisor.says("process 1 dies too often");
    let mut served_by_the_other = 0;
    loop {
        let by = serving(&mut Client::connect(cluster.address).await).await;
        if !get(&mut other, "/health").await.json()["processes"][0]["pid"].is_null() {
            break;
        }
        assert_eq!(by, 2);
        served_by_the_other += 1;
    }
    assert!(served_by_the_other > 0);
    cluster.connect_to(1).await;
}

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
            client.send("GET", "/health/live", &[("connection", "close")], "").await;
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
    assert!(cluster.health().await.iter().all(|process| process["restarts"] == 0));
}

#[actix_web::test]
async fn a_reload_that_fails_leaves_all_as_it_was() {
    let key = std::env::temp_dir().join(format!("trilane-reload-{}.secret", std::process::id()));
    fs::write(&key, "a secret of thirty-two bytes, or more").unwrap();
    let cluster = Cluster::start_with(2, &["--jwt-key-file", &key.to_string_lossy()]);
    let before = cluster.pids().await;
    fs::remove_file(&key).unwrap();
    cluster.supervisor.signal(Signal::HUP);
    cluster.supervisor.says("process 1 was not reloaded: it ended (exit status: 1) before it served");
    cluster.supervisor.says("reloaded 0 of 2 processes");
    assert_eq!(cluster.pids().await, before);
    assert!(cluster.health().await.iter().all(|process| process["answers"] == true && process["restarts"] == 0));
}

#[actix_web::test]
async fn whoever_is_asked_answers_for_all_even_if_one_is_stuck() {
    let cluster = Cluster::start(3);
    let pids = cluster.pids().await;
    let mut first = cluster.connect_to(1).await;
    let third = cluster.connect_to(3).await;
    let metrics = get(&mut first, "/metrics").await.body;
    let connections = |process| {
        let name = format!("trilane_connections{{transport=\"sse\",process=\"{process}\"}} ");
        metrics.lines().find_map(|line| line.strip_prefix(&name)?.parse::<u32>().ok())
    };
    assert_eq!((connections(1), connections(3)), (Some(1), Some(1)), "{metrics}");
    assert_eq!(metrics.matches("# TYPE trilane_connections gauge\n").count(), 1);
    send(Signal::STOP, pids[2]);
    let metrics = get(&mut first, "/metrics").await.body;
    assert!(metrics.contains("trilane_processes{transport=\"sse\"} 3\n"), "{metrics}");
    assert!(metrics.contains("trilane_processes_answering{transport=\"sse\"} 2\n"), "{metrics}");
    let health = get(&mut first, "/health").await.json();
    let answers: Vec<_> = health["processes"].as_array().unwrap().iter().map(|process| &process["answers"]).collect();
    assert_eq!(answers, [true, true, false]);
    send(Signal::CONT, pids[2]);
    drop(third);
}

#[actix_web::test]
async fn no_process_outlives_its_supervisor() {
    let cluster = Cluster::start(3);
    let pids = cluster.pids().await;
    assert!(pids.iter().all(|pid| runs(*pid)));
    cluster.supervisor.signal(Signal::KILL);
    eventually("the ends of all", async || !pids.iter().any(|pid| runs(*pid))).await;
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
            assert!(stream.chunk().await.is_some_and(|last| last.starts_with("retry: ")));
            assert_eq!(stream.chunk().await, None);
        }
        let end = cluster.supervisor.end();
        assert_eq!(end.code, 0, "{}", end.errors);
        assert!(end.errors.trim_end().ends_with("sse: stopped"), "{}", end.errors);
        assert!(!pids.iter().any(|pid| runs(*pid)));
    }
}

#[actix_web::test]
async fn a_second_signal_ends_all_at_once() {
    let cluster = Cluster::start(2);
    let pids = cluster.pids().await;
    // One that is stuck would never drain.
    send(Signal::STOP, pids[0]);
    cluster.supervisor.signal(Signal::TERM);
    cluster.supervisor.says("stopping all processes");
    cluster.supervisor.signal(Signal::TERM);
    assert_eq!(cluster.supervisor.end().code, 0);
    eventually("the ends of all", async || !pids.iter().any(|pid| runs(*pid))).await;
}

#[test]
fn several_processes_need_a_broker_that_they_share() {
    for transport in ["longpoll", "sse", "ws"] {
        let end = process::run(&several(transport, "0", 2, "memory"), "");
        assert_eq!(end.code, 1);
        assert!(end.errors.contains("--processes 2 with the broker in memory"), "{}", end.errors);
        assert!(end.errors.contains("--broker redis://"), "{}", end.errors);
    }
}

#[test]
fn processes_that_cannot_start_are_reported_once() {
    let redis = RedisServer::start().unwrap();
    let url = redis.url();
    let flags = [several("ws", "0", 2, &url), vec!["--jwt-key-file", "/nowhere/key.pem"]].concat();
    let end = process::run(&flags, "");
    assert_eq!(end.code, 1, "{}", end.errors);
    assert!(end.errors.contains("did not start: it ended (exit status: 1) before it served"), "{}", end.errors);
    assert!(end.errors.matches("/nowhere/key.pem").count() <= 2, "{}", end.errors);
}

#[test]
fn a_port_that_is_taken_is_not_shared_with_a_stranger() {
    let redis = RedisServer::start().unwrap();
    let supervisor = Process::start(&several("longpoll", "0", 2, &redis.url()), "");
    let line = supervisor.says("listening on http://");
    let port = line.split("http://127.0.0.1:").nth(1).unwrap().split(' ').next().unwrap();
    let end = process::run(&several("sse", port, 2, &redis.url()), "");
    assert_eq!(end.code, 1);
    assert!(end.errors.contains("is taken by another program; --port or PORT moves the service"), "{}", end.errors);
}
