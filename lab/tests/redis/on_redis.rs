//! A transport whose services have a Redis behind them.

use crate::redis::RedisServer;
use common::server::Transport;
use conformance::{Event, Server, Subscriber, eventually};
use serde_json::Value;
use std::sync::{
    LazyLock,
    atomic::{AtomicU32, Ordering},
};

/// For all tests that do it no harm. Ends with this process.
pub(crate) static SHARED: LazyLock<RedisServer> =
    LazyLock::new(|| RedisServer::start().expect("redis-server starts"));

/// Subscribes as `S` does, to services on Redis, each with a prefix of its own.
pub(crate) struct OnRedis<S>(S);

impl<S: Subscriber> Subscriber for OnRedis<S> {
    type Transport = S::Transport;
    const PATH: &'static str = S::PATH;
    const HEADERS: &'static [(&'static str, &'static str)] = S::HEADERS;

    async fn start(flags: &[&str]) -> Server {
        serve::<S::Transport>(&SHARED, &new_prefix(), flags).await
    }

    async fn publish(server: &Server, query: &str, message: Value, key: &str) -> String {
        S::publish(server, query, message, key).await
    }

    async fn subscribe(server: &Server, query: &str) -> Self {
        Self(S::subscribe(server, query).await)
    }

    async fn next(&mut self) -> Event {
        self.0.next().await
    }

    fn cursor(&self) -> &str {
        self.0.cursor()
    }

    async fn drained(self) {
        self.0.drained().await;
    }

    async fn expired(self) {
        self.0.expired().await;
    }
}

/// A service on this Redis, ready to be used.
pub(crate) async fn serve<T: Transport + Default>(
    redis: &RedisServer,
    prefix: &str,
    flags: &[&str],
) -> Server {
    let server = Server::configured::<T>(
        &[
            &["--broker", &redis.url(), "--broker-prefix", prefix],
            flags,
        ]
        .concat(),
    );
    ready(&server).await;
    server
}

/// Waits until a service takes messages.
pub(crate) async fn ready(server: &Server) {
    eventually("Redis", async || {
        server.get("/health/ready").await.status == 200
    })
    .await;
}

/// A name that nobody else uses.
pub(crate) fn new_prefix() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("test{}:", COUNT.fetch_add(1, Ordering::Relaxed))
}
