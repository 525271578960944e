//! The Redis to connect to.

use crate::broker::Tls;
use redis::{Client, ConnectionAddr, ConnectionInfo, RedisResult};
use rustls::ClientConfig;
use std::sync::Arc;

/// A Redis, and how to encrypt connections to it.
pub(super) struct Target {
    /// Makes the connections of sessions.
    pub(super) client: Client,
    /// For the connections of a diagnosis; `None` without TLS.
    pub(super) tls: Option<Arc<ClientConfig>>,
}

impl Target {
    /// Creates a target from a parsed address.
    pub(super) fn new(info: ConnectionInfo, tls: Option<Tls>) -> Self {
        let config = tls.as_ref().map(|tls| tls.config.clone());
        Self {
            client: client(info, tls).expect("address and certificates were parsed"),
            tls: config,
        }
    }

    /// Returns where to connect to.
    pub(super) fn address(&self) -> &ConnectionAddr {
        self.client.get_connection_info().addr()
    }
}

fn client(info: ConnectionInfo, tls: Option<Tls>) -> RedisResult<Client> {
    match tls {
        Some(tls) => Client::build_with_tls(info, tls.certificates),
        None => Client::open(info),
    }
}
