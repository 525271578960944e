//! What all measurements of `bench processes` share.

use servers::{keyspace::Keyspace, redis::RedisServer};
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
