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
        let several = several("sse", "0", processes, &redis.url());
        let serve = format!("{several} --drain 0 {}", flags.join(" "));
        let supervisor = Process::start(&serve, "");
        let address = supervisor.address();
        Self {
            supervisor,
            address,
            _redis: redis,
        }
    }

    /// Sends a request on a new connection.
    pub(crate) async fn get(&self, path: &str) -> Response {
        Client::ask(self.address, "GET", path, &[], "").await
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
pub(crate) fn several(transport: &str, port: &str, processes: usize, broker: &str) -> String {
    format!("serve {transport} --port {port} --processes {processes} --broker {broker}")
}

/// Returns the number of the process that serves this connection.
pub(crate) async fn serving(client: &mut Client) -> usize {
    let answer = client.get("/worker").await.body;
    answer
        .split(" of process ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next()?.parse().ok())
        .unwrap()
}

pub(crate) fn send(signal: Signal, pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}
