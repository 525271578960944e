//! Redis refuses writes: a service reports it, and recovers with Redis.

use crate::{
    on_redis::{ready, redis_and_server, unready},
    sse::EventStream,
    steps::{bodies, try_publish},
};
use conformance::{Server, Subscriber, eventually};
use serde_json::json;
use sse_svc::Sse;

/// Checks that the service reports this reason of Redis.
async fn refuses(server: &Server, channel: &str, why: &str) {
    unready(server).await;
    let answers = [
        server.get("/health/ready").await,
        try_publish(server, channel, &json!("lost"), why).await,
    ];
    for answer in answers {
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (503, Some("1")),
            "{}",
            answer.body
        );
        assert!(
            answer.body.contains("broker-refuses") && answer.body.contains(why),
            "{}",
            answer.body
        );
    }
    shows_broker_away(server, 1).await;
}

/// Waits until the metrics show whether the broker is away.
async fn shows_broker_away(server: &Server, value: u8) {
    let line = format!("trilane_broker_away{{transport=\"sse\"}} {value}");
    eventually(&line, async || {
        server.get("/metrics").await.body.contains(&line)
    })
    .await;
}

#[actix_web::test]
async fn a_full_redis_makes_the_service_unready() {
    let (redis, server) = redis_and_server::<Sse>(&[]).await;
    let mut reader = EventStream::subscribe(&server, "channel=c").await;
    server.publish("c", json!(1)).await;
    redis
        .command("CONFIG SET maxmemory-policy noeviction")
        .unwrap();
    redis.command("CONFIG SET maxmemory 1mb").unwrap();
    refuses(&server, "c", "OOM").await;
    refuses(&server, "new", "OOM").await;
    let mut second = EventStream::subscribe(&server, "channel=c&after=0").await;
    redis.command("CONFIG SET maxmemory 0").unwrap();
    ready(&server).await;
    shows_broker_away(&server, 0).await;
    server.publish("c", json!(2)).await;
    assert_eq!(bodies(&mut reader, 2).await, [1, 2]);
    assert_eq!(bodies(&mut second, 2).await, [1, 2]);
}

#[actix_web::test]
async fn a_full_redis_is_detected_by_the_first_publication() {
    let (redis, server) = redis_and_server::<Sse>(&[]).await;
    redis.command("CONFIG SET maxmemory 1mb").unwrap();
    let refused = try_publish(&server, "c", &json!(1), "k").await;
    assert!(
        refused.status == 503 && refused.body.contains("OOM"),
        "{} {}",
        refused.status,
        refused.body
    );
    let answer = server.get("/health/ready").await;
    assert!(
        answer.status == 503 && answer.body.contains("OOM"),
        "{} {}",
        answer.status,
        answer.body
    );
}

#[actix_web::test]
async fn a_service_waits_while_its_primary_is_a_replica() {
    let (redis, server) = redis_and_server::<Sse>(&[]).await;
    let mut reader = EventStream::subscribe(&server, "channel=c").await;
    server.publish("c", json!(1)).await;
    // No server listens there, so the data stays.
    redis.command("REPLICAOF 127.0.0.1 1").unwrap();
    refuses(&server, "c", "READONLY").await;
    redis.command("REPLICAOF NO ONE").unwrap();
    ready(&server).await;
    server.publish("c", json!(2)).await;
    assert_eq!(bodies(&mut reader, 2).await, [1, 2]);
}
