//! The owner of the processes: starts, lists, kills and ends them.

use client::Transport;
use serde_json::{Value, json};
use servers::{
    keyspace::Keyspace,
    redis::{self, RedisServer},
    spawned::{Layout, SpawnedService, kill},
};
use std::net::SocketAddr;

/// The error for several processes without a Redis.
pub(super) const NO_BROKER: &str = "several processes need a Redis that they share, and redis-server is not installed: install it \
(on Debian: apt-get install redis-server), or set --topology-broker. Threads need none.";

/// Settings that limit what the service keeps in a Redis that others may use.
const LIMITS: [&str; 4] = ["--max-channels", "16", "--history-age", "600"];

/// The processes of a topology, on the thread that started them.
pub(super) struct Owner {
    at: SocketAddr,
    /// The Redis of `--topology-broker`.
    broker: Option<String>,
    /// Otherwise a Redis of our own. It stays until the end, so that a restarted service finds its
    /// messages.
    redis: Option<RedisServer>,
    /// The keys of the processes in that Redis. After an end they are new.
    keys: Option<Keyspace>,
    running: Option<Running>,
}

struct Running {
    service: SpawnedService,
    layout: Layout,
}

/// The reason for a failed request.
#[derive(Debug, PartialEq)]
pub(super) enum TopologyError {
    NoBroker,
    /// No such process; the running ones.
    NotOurs(Vec<u32>),
    /// The error of a failed start.
    Failed(String),
}

impl Owner {
    /// Creates an owner of services at this address. Several processes use this broker.
    pub(super) fn new(at: SocketAddr, broker: Option<String>) -> Self {
        Self {
            at,
            broker,
            redis: None,
            keys: None,
            running: None,
        }
    }

    /// Starts a service, and ends the running one first. Pages of `origin` may use it, or the
    /// default origins.
    pub(super) fn start(
        &mut self,
        layout: Layout,
        origin: Option<&str>,
    ) -> Result<(), TopologyError> {
        let keys = self.keys_for(layout)?;
        // The new service uses the same port.
        self.running = None;
        let origins = origin
            .map(|origin| vec!["--origins", origin])
            .unwrap_or_default();
        let more = [&["--tasks-inline"], &LIMITS[..], &origins].concat();
        let started = SpawnedService::start_at(self.at, layout, Transport::Ws, &keys, &more);
        self.running = Some(Running {
            service: started.map_err(|error| TopologyError::Failed(error.to_string()))?,
            layout,
        });
        Ok(())
    }

    /// Kills one of the serving processes, like a crash.
    pub(super) fn kill(&mut self, pid: u32) -> Result<(), TopologyError> {
        let alive = self.alive();
        if !alive.contains(&pid) {
            return Err(TopologyError::NotOurs(alive));
        }
        kill(pid);
        Ok(())
    }

    /// Ends everything.
    pub(super) fn stop(&mut self) {
        self.running = None;
        self.keys = None;
        self.redis = None;
    }

    /// Returns the response of `GET /topology`.
    pub(super) fn state(&mut self) -> Value {
        let no_processes = (!self.may_have_processes()).then_some(NO_BROKER);
        let alive = self.alive();
        let running = self.running.as_ref().map(|Running { layout, .. }| {
            let (Layout::Threads(workers) | Layout::Processes(workers)) = *layout;
            let name = if matches!(layout, Layout::Threads(_)) {
                "threads"
            } else {
                "processes"
            };
            json!({ "layout": name, "workers": workers, "pids": alive })
        });
        json!({ "port": self.at.port(), "no_processes": no_processes, "running": running })
    }

    fn alive(&mut self) -> Vec<u32> {
        let mut alive = self
            .running
            .as_mut()
            .map(|running| running.service.alive())
            .unwrap_or_default();
        alive.sort_unstable();
        alive
    }

    fn may_have_processes(&self) -> bool {
        self.broker.is_some() || self.redis.is_some() || redis::is_installed()
    }

    fn keys_for(&mut self, layout: Layout) -> Result<Keyspace, TopologyError> {
        match (layout, &self.keys, &self.broker) {
            (Layout::Threads(_), ..) => Ok(Keyspace::new("memory".to_owned())),
            (_, Some(keys), _) => Ok(keys.clone()),
            (_, None, broker) => {
                let url = broker.clone().map_or_else(|| self.own_redis(), Ok)?;
                Ok(self.keys.insert(Keyspace::new(url)).clone())
            }
        }
    }

    /// Starts a Redis, and returns its URL.
    fn own_redis(&mut self) -> Result<String, TopologyError> {
        if !redis::is_installed() {
            return Err(TopologyError::NoBroker);
        }
        let redis =
            RedisServer::start().map_err(|error| TopologyError::Failed(error.to_string()))?;
        Ok(self.redis.insert(redis).url())
    }
}
