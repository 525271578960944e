//! A Redis with TLS, client certificates and a user with few permissions.

use crate::{
    longpoll::Poller,
    on_redis::{OnRedis, SuiteRedis, configured, unready},
    sse::EventStream,
    steps::{bodies, publish_surely},
    tls_server::TlsRedis,
    ws::Socket,
};
use conformance::{Subscriber, eventually};
use serde_json::json;
use sse_svc::Sse;
use std::sync::LazyLock;

/// A Redis for all tests without faults. It ends with this process.
static SHARED: LazyLock<TlsRedis> = LazyLock::new(|| TlsRedis::start("localhost"));

/// The shared Redis with TLS.
struct Tls;

impl SuiteRedis for Tls {
    fn flags() -> Vec<String> {
        SHARED.flags("localhost")
    }
}

mod longpoll {
    use super::{OnRedis, Poller, Tls};
    conformance::scenarios!(OnRedis<Poller, Tls>);
}

mod sse {
    use super::{EventStream, OnRedis, Tls};
    conformance::scenarios!(streams: OnRedis<EventStream, Tls>);
}

mod ws {
    use super::{OnRedis, Socket, Tls};
    conformance::scenarios!(streams: OnRedis<Socket, Tls>);
}

async fn subscribers_wait_while_redis_is_restarted<S: Subscriber>() {
    let mut redis = TlsRedis::start("localhost");
    let server = configured::<S::Transport>(&redis.flags("localhost")).await;
    let mut subscriber = S::subscribe(&server, "channel=c").await;
    server.publish("c", json!(0)).await;
    assert_eq!(bodies(&mut subscriber, 1).await, [0]);
    redis.redis.kill();
    unready(&server).await;
    redis.redis.launch().unwrap();
    publish_surely(&server, "c", json!(1), "k1").await;
    redis.redis.cut_connections().unwrap();
    publish_surely(&server, "c", json!(2), "k2").await;
    assert_eq!(bodies(&mut subscriber, 2).await, [1, 2]);
}

on_each_transport!(subscribers_wait_while_redis_is_restarted);

#[actix_web::test]
async fn an_ip_address_is_verified_like_a_name() {
    for (issued, host) in [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")] {
        let redis = TlsRedis::start(issued);
        let server = configured::<Sse>(&redis.flags(host)).await;
        let mut subscriber = EventStream::subscribe(&server, "channel=c").await;
        server.publish("c", json!(1)).await;
        assert_eq!(bodies(&mut subscriber, 1).await, [1]);
    }
}

/// Redis records each command that it denied.
#[actix_web::test]
async fn the_documented_permissions_suffice() {
    let redis = TlsRedis::start("localhost");
    let flags = ["--broker-prefix", "trilane:", "--history-total", "6000"].map(str::to_owned);
    let server = configured::<Sse>(&[redis.flags("localhost"), flags.into()].concat()).await;
    let mut subscriber = EventStream::subscribe(&server, "channel=c").await;
    for channel in ["c", "d", "d"] {
        publish_surely(&server, channel, json!(1), "k").await;
    }
    assert_eq!(bodies(&mut subscriber, 1).await, [1]);
    eventually("a channel to be forgotten", async || {
        let exists = redis
            .redis
            .command("EXISTS trilane:{c}:log trilane:{d}:log");
        exists.unwrap().trim() != ":2"
    })
    .await;
    let denied = redis.redis.command("ACL LOG 1").unwrap();
    assert_eq!(denied.trim(), "*0", "{denied}");
}
