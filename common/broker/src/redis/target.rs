//! One Redis server to connect to.

use crate::Tls;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, RedisResult,
    aio::MultiplexedConnection,
};
use rustls::ClientConfig;
use std::{sync::Arc, time::Duration};

/// How long Redis may take to connect or to reply.
pub(super) const TIMEOUT: Duration = Duration::from_secs(2);

/// A Redis server, and how to encrypt connections to it.
#[derive(Clone)]
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

    /// Creates a target at another host and port, with or without TLS as the template.
    pub(super) fn at(template: &ConnectionInfo, address: ConnectionAddr, tls: Option<Tls>) -> Self {
        let address = match (template.addr(), address) {
            (
                ConnectionAddr::TcpTls {
                    insecure,
                    tls_params,
                    ..
                },
                ConnectionAddr::Tcp(host, port),
            ) => ConnectionAddr::TcpTls {
                host,
                port,
                insecure: *insecure,
                tls_params: tls_params.clone(),
            },
            (_, address) => address,
        };
        Self::new(template.clone().set_addr(address), tls)
    }

    /// Opens a connection.
    ///
    /// # Errors
    ///
    /// If the server does not accept the connection, the user or the database in time.
    pub(super) async fn connect(
        &self,
        config: &AsyncConnectionConfig,
    ) -> RedisResult<MultiplexedConnection> {
        let client = &self.client;
        client
            .get_multiplexed_async_connection_with_config(config)
            .await
    }

    /// Returns where to connect to.
    pub(super) fn address(&self) -> &ConnectionAddr {
        self.client.get_connection_info().addr()
    }
}

/// Returns the configuration of a connection whose replies may take this long.
pub(super) fn config(response_timeout: Duration) -> AsyncConnectionConfig {
    AsyncConnectionConfig::new()
        .set_connection_timeout(Some(TIMEOUT))
        .set_response_timeout(Some(response_timeout))
}

fn client(info: ConnectionInfo, tls: Option<Tls>) -> RedisResult<Client> {
    match tls {
        Some(tls) => Client::build_with_tls(info, tls.certificates),
        None => Client::open(info),
    }
}
