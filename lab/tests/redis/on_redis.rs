//! A transport whose services have a Redis behind them.

use crate::redis::RedisServer;
use common::testing::{Event, Reader, Server, eventually};
use std::sync::{
    LazyLock,
    atomic::{AtomicU32, Ordering},
};

/// For all tests that do it no harm. Ends with this process.
static SHARED: LazyLock<RedisServer> = LazyLock::new(|| RedisServer::start().expect("redis-server starts"));

/// Reads as `R` does, from services on Redis, each with a prefix of its own.
pub(crate) struct OnRedis<R>(R);

impl<R: Reader> Reader for OnRedis<R> {
    type Transport = R::Transport;
    const PATH: &'static str = R::PATH;
    const HEADERS: &'static [(&'static str, &'static str)] = R::HEADERS;

    async fn start(flags: &[&str]) -> Server {
        let server = Server::configured::<R::Transport>(
            &[&["--broker", &SHARED.url(), "--broker-prefix", &new_prefix()], flags].concat(),
        );
        eventually("Redis", async || server.get("/health/ready").await.status == 200).await;
        server
    }

    async fn open(server: &Server, query: &str) -> Self {
        Self(R::open(server, query).await)
    }

    async fn next(&mut self) -> Event {
        self.0.next().await
    }

    async fn goodbye(self) {
        self.0.goodbye().await;
    }

    async fn expired(self) {
        self.0.expired().await;
    }
}

fn new_prefix() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("test{}:", COUNT.fetch_add(1, Ordering::Relaxed))
}
