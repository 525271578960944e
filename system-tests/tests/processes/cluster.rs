//! A service of several processes, for tests.

use crate::{process::Process, redis::RedisServer};
use conformance::{Client, Response};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::net::SocketAddr;

/// A running service, which ends with the test.
pub(crate) struct Cluster {
    pub(crate) supervisor: Process,
    pub(crate) address: SocketAddr,
    /// Dropped after the processes that use it.
    _redis: RedisServer,
}

impl Cluster {
    /// Starts this number of processes.
    pub(crate) fn start(processes: usize) -> Self {
        Self::start_with(processes, &[])
    }

    pub(crate) fn start_with(processes: usize, flags: &[&str]) -> Self {
        let redis = RedisServer::start().unwrap();
        let supervisor = Process::start(
            &[
                &several("sse", "0", processes, &redis.url())[..],
                &["--drain", "0"],
                flags,
            ]
            .concat(),
            "",
        );
        let line = supervisor.wait_for_line("listening on http://");
        let address = line
            .split("http://")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        Self {
            supervisor,
            address,
            _redis: redis,
        }
    }

    /// Sends a request on a new connection.
    pub(crate) async fn get(&self, path: &str) -> Response {
        get(&mut Client::connect(self.address).await, path).await
    }

    /// Returns the entry of each process in `GET /health`.
    pub(crate) async fn health(&self) -> Vec<Value> {
        self.get("/health").await.json()["processes"]
            .as_array()
            .unwrap()
            .clone()
    }

    pub(crate) async fn pids(&self) -> Vec<i32> {
        self.health()
            .await
            .iter()
            .map(|process| i32::try_from(process["pid"].as_i64().unwrap()).unwrap())
            .collect()
    }

    /// Connects to the process with this number.
    pub(crate) async fn connect_to(&self, process: usize) -> Client {
        loop {
            let mut client = Client::connect(self.address).await;
            if serving(&mut client).await == process {
                return client;
            }
        }
    }
}

/// Returns the arguments that start this number of processes.
pub(crate) fn several<'a>(
    transport: &'a str,
    port: &'a str,
    processes: usize,
    broker: &'a str,
) -> Vec<&'a str> {
    let number = ["", "1", "2", "3", "4"][processes];
    vec![
        "serve",
        transport,
        "--port",
        port,
        "--processes",
        number,
        "--broker",
        broker,
    ]
}

pub(crate) async fn get(client: &mut Client, path: &str) -> Response {
    client.send("GET", path, &[], "").await;
    client.response().await
}

/// Returns the number of the process that serves this connection.
pub(crate) async fn serving(client: &mut Client) -> usize {
    let answer = get(client, "/worker").await.body;
    answer
        .split(" of process ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next()?.parse().ok())
        .unwrap()
}

pub(crate) fn send(signal: Signal, pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}
