//! Runs services on a Redis.

use crate::redis::RedisServer;
use conformance::{Event, Server, Subscriber, eventually};
use serde_json::Value;
use service::server::TransportService;
use std::{
    marker::PhantomData,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// A Redis for all tests without faults. It ends with this process.
pub(crate) static SHARED: LazyLock<RedisServer> =
    LazyLock::new(|| RedisServer::start().expect("redis-server starts"));

/// The Redis of a suite, and how services connect to it.
pub(crate) trait SuiteRedis {
    /// Returns the flags of a service.
    fn flags() -> Vec<String>;
}

/// The shared Redis over its Unix socket.
pub(crate) struct Socket;

impl SuiteRedis for Socket {
    fn flags() -> Vec<String> {
        vec!["--broker".to_owned(), SHARED.url()]
    }
}

/// Subscribes as `S` does, to services on the Redis `R`. Each service has a prefix of its own.
pub(crate) struct OnRedis<S, R = Socket>(S, PhantomData<R>);

impl<S: Subscriber, R: SuiteRedis> Subscriber for OnRedis<S, R> {
    type Transport = S::Transport;
    const PATH: &'static str = S::PATH;
    const HEADERS: &'static [(&'static str, &'static str)] = S::HEADERS;

    async fn start(flags: &[&str]) -> Server {
        let prefix = ["--broker-prefix".to_owned(), new_prefix()];
        let flags: Vec<_> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        configured::<S::Transport>(&[&R::flags()[..], &prefix, &flags].concat()).await
    }

    async fn publish(server: &Server, query: &str, message: Value, key: &str) -> String {
        S::publish(server, query, message, key).await
    }

    async fn subscribe(server: &Server, query: &str) -> Self {
        Self(S::subscribe(server, query).await, PhantomData)
    }

    async fn next(&mut self) -> Event {
        self.0.next().await
    }

    async fn payloads(server: &Server, query: &str, count: usize) -> Vec<String> {
        S::payloads(server, query, count).await
    }

    async fn has_ended(server: &Server, query: &str) -> bool {
        S::has_ended(server, query).await
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

/// Starts a service on this Redis, and waits until it is ready.
pub(crate) async fn serve<T: TransportService + Default>(
    redis: &RedisServer,
    prefix: &str,
    flags: &[&str],
) -> Server {
    let broker = ["--broker", &redis.url(), "--broker-prefix", prefix];
    configured::<T>(&[&broker[..], flags].concat()).await
}

/// Starts a service with these flags, and waits until it is ready.
pub(crate) async fn configured<T: TransportService + Default>(flags: &[impl AsRef<str>]) -> Server {
    let flags: Vec<_> = flags.iter().map(AsRef::as_ref).collect();
    let server = Server::configured::<T>(&flags);
    ready(&server).await;
    server
}

/// Starts a Redis for one test, and a service on it.
pub(crate) async fn redis_and_server<T: TransportService + Default>(
    flags: &[&str],
) -> (RedisServer, Server) {
    let redis = RedisServer::start().expect("redis-server starts");
    let server = serve::<T>(&redis, "p:", flags).await;
    (redis, server)
}

/// Waits until a service accepts messages.
pub(crate) async fn ready(server: &Server) {
    eventually("Redis", async || {
        server.get("/health/ready").await.status == 200
    })
    .await;
}

/// Waits until a service accepts no messages.
pub(crate) async fn unready(server: &Server) {
    eventually("not to be ready", async || {
        server.get("/health/ready").await.status == 503
    })
    .await;
}

/// Returns an unused prefix.
pub(crate) fn new_prefix() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("trilane:test{}:", COUNT.fetch_add(1, Ordering::Relaxed))
}
