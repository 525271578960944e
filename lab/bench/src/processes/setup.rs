//! What all measurements of `bench processes` share.

use anyhow::{Error, Result};
use client::Transport;
use servers::{
    keyspace::Keyspace,
    redis::RedisServer,
    spawned::{
        Layout, SpawnedService,
        client::{BlockingClient, WorkerThread},
    },
};
use std::time::Duration;

/// The sizes of the measurements, and the Redis that processes share.
pub(super) struct Setup {
    /// Worker threads of one process, and processes, that are compared.
    pub(super) workers: usize,
    pub(super) connections: usize,
    /// The length of one measurement.
    pub(super) time: Duration,
    pub(super) redis: RedisServer,
    /// The keys of the services in this Redis.
    pub(super) keys: Keyspace,
}

impl Setup {
    /// Starts a service of event streams, whose responses are the shortest.
    pub(super) fn start(&self, layout: Layout, more: &[&str]) -> Result<SpawnedService> {
        SpawnedService::start(layout, Transport::Sse, &self.keys, more).map_err(Error::msg)
    }
}

/// Connects a client, and returns it with the thread that serves it.
pub(super) fn connect(service: &SpawnedService) -> Result<(BlockingClient, WorkerThread)> {
    let mut client = service.client().map_err(Error::msg)?;
    let worker = client.worker().map_err(Error::msg)?;
    Ok((client, worker))
}
