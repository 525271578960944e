//! The owner of the processes: starts, lists, kills and ends them.

use client::Transport;
use serde_json::{Value, json};
use servers::{
    keyspace::Keyspace,
    redis::{self, RedisServer},
    spawned::{Layout, SpawnedService, kill},
};
use service::http::Problem;
use std::{fmt::Display, net::SocketAddr};

/// The error for several processes without a Redis.
const NO_BROKER: &str = "several processes need a Redis that they share, and redis-server is not installed: install it \
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
    running: Option<SpawnedService>,
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
    pub(super) fn start(&mut self, layout: Layout, origin: Option<&str>) -> Result<(), Problem> {
        let keys = self.keys_for(layout)?;
        // The new service uses the same port.
        self.running = None;
        let origins = origin
            .map(|origin| vec!["--origins", origin])
            .unwrap_or_default();
        let more = [&["--tasks-inline"], &LIMITS[..], &origins].concat();
        let started = SpawnedService::start_at(self.at, layout, Transport::Ws, &keys, &more);
        self.running = Some(started.map_err(|error| not_started(format_args!("{error:#}")))?);
        Ok(())
    }

    /// Kills one of the serving processes, like a crash.
    pub(super) fn kill(&mut self, pid: u32) -> Result<(), Problem> {
        let alive = self.alive();
        if !alive.contains(&pid) {
            let why = match &alive[..] {
                [] => "no process of the topology runs".to_owned(),
                _ => format!("expected one of the topology's processes {alive:?}"),
            };
            return Err(Problem::new(404, "not-found", why));
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
        let running = self.running.as_ref().map(|service| {
            let name = match service.layout {
                Layout::Threads(_) => "threads",
                Layout::Processes(_) => "processes",
            };
            json!({ "layout": name, "workers": service.layout.workers(), "pids": alive })
        });
        json!({ "port": self.at.port(), "no_processes": no_processes, "running": running })
    }

    fn alive(&mut self) -> Vec<u32> {
        let running = self.running.as_mut();
        let mut alive = running.map(SpawnedService::alive).unwrap_or_default();
        alive.sort_unstable();
        alive
    }

    fn may_have_processes(&self) -> bool {
        self.broker.is_some() || self.redis.is_some() || redis::is_installed()
    }

    fn keys_for(&mut self, layout: Layout) -> Result<Keyspace, Problem> {
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
    fn own_redis(&mut self) -> Result<String, Problem> {
        if !redis::is_installed() {
            return Err(Problem::new(503, "no-broker", NO_BROKER));
        }
        let redis = RedisServer::start().map_err(not_started)?;
        Ok(self.redis.insert(redis).url())
    }
}

fn not_started(why: impl Display) -> Problem {
    Problem::new(503, "not-started", why).retry_after(1)
}
