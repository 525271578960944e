//! Who owns the processes: starts them, knows which are there, kills one, ends them all.

use crate::{
    client::Transport,
    keyspace::Keyspace,
    redis::{self, RedisServer},
    spawned::{Layout, SpawnedService, kill},
};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// What several processes need where there is none, and what to do about it.
pub(super) const NO_BROKER: &str = "several processes need a Redis that they share, and redis-server is not installed here: install it \
    (on Debian: apt-get install redis-server), or name another one with --topology-broker. Threads need none.";

/// Of what its service keeps in a Redis that others may use: few channels, and not for long.
const LITTLE: [&str; 4] = ["--max-channels", "16", "--history-age", "600"];

/// The processes of a topology, on the thread that started them.
pub(super) struct Owner {
    at: SocketAddr,
    /// The Redis that was named, if one was.
    broker: Option<String>,
    /// Our own otherwise. It stays until all is ended, so that a service that is started again finds its messages.
    redis: Option<RedisServer>,
    /// Where processes have their messages, in one or the other; after an end it is another.
    keys: Option<Keyspace>,
    running: Option<Running>,
}

struct Running {
    service: SpawnedService,
    layout: Layout,
}

/// Why something was not done.
#[derive(Debug, PartialEq)]
pub(super) enum Refused {
    NoBroker,
    /// No such process; these there are.
    NotOurs(Vec<u32>),
    /// In the words of what failed.
    Failed(String),
}

impl Owner {
    /// Who starts services there; several processes with this broker.
    pub(super) fn new(at: SocketAddr, broker: Option<String>) -> Self {
        Self {
            at,
            broker,
            redis: None,
            keys: None,
            running: None,
        }
    }

    /// Starts a service, in place of the one that runs. Pages of `origin` may use it, or the usual ones.
    pub(super) fn start(&mut self, layout: Layout, origin: Option<&str>) -> Result<(), Refused> {
        let keys = self.keys_for(layout)?;
        // Both have the same port.
        self.running = None;
        let origins = origin
            .map(|origin| vec!["--origins", origin])
            .unwrap_or_default();
        let more = [&["--tasks-inline"], &LITTLE[..], &origins].concat();
        let started = SpawnedService::start_at(self.at, layout, Transport::Ws, &keys, &more);
        self.running = Some(Running {
            service: started.map_err(Refused::Failed)?,
            layout,
        });
        Ok(())
    }

    /// Kills one of the processes that serve, as a crash would.
    pub(super) fn kill(&mut self, pid: u32) -> Result<(), Refused> {
        let alive = self.alive();
        if !alive.contains(&pid) {
            return Err(Refused::NotOurs(alive));
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

    /// As `GET /topology` shows it.
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

    fn keys_for(&mut self, layout: Layout) -> Result<Keyspace, Refused> {
        match (layout, &self.keys, &self.broker) {
            (Layout::Threads(_), ..) => Ok(Keyspace::new("memory".to_owned())),
            (_, Some(keys), _) => Ok(keys.clone()),
            (_, None, broker) => {
                let url = broker.clone().map_or_else(|| self.own_redis(), Ok)?;
                Ok(self.keys.insert(Keyspace::new(url)).clone())
            }
        }
    }

    /// The address of a Redis that is started here.
    fn own_redis(&mut self) -> Result<String, Refused> {
        if !redis::is_installed() {
            return Err(Refused::NoBroker);
        }
        let redis = RedisServer::start().map_err(|error| Refused::Failed(error.to_string()))?;
        Ok(self.redis.insert(redis).url())
    }
}
