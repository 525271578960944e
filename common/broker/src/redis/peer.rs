//! A server that is asked where others are: a sentinel, or a node of a cluster.

use super::target::{TIMEOUT, Target, config};
use redis::{RedisResult, aio::MultiplexedConnection};

pub(super) struct Peer {
    pub(super) target: Target,
    /// A connection that is kept from one request to the next.
    connection: Option<MultiplexedConnection>,
}

impl Peer {
    pub(super) fn new(target: Target) -> Self {
        Self {
            target,
            connection: None,
        }
    }

    /// Returns the connection of the last request that got a reply, or a new one.
    ///
    /// # Errors
    ///
    /// If there is none and the server accepts no other one in time.
    pub(super) async fn take(&mut self) -> RedisResult<MultiplexedConnection> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => self.target.connect(&config(TIMEOUT)).await,
        }
    }

    /// Keeps a connection for the next request.
    pub(super) fn keep(&mut self, connection: MultiplexedConnection) {
        self.connection = Some(connection);
    }
}
