//! Redis is there and takes no writes: a service says so, and is itself again when Redis is.

use crate::{
    on_redis::{ready, serve},
    redis::RedisServer,
    sse::EventStream,
    steps::{bodies, try_publish},
};
use conformance::{Server, Subscriber, eventually};
use serde_json::json;
use sse_svc::Sse;

/// While Redis refuses for this reason.
async fn refuses(server: &Server, channel: &str, why: &str) {
    eventually("not to be ready", async || {
        server.get("/health/ready").await.status == 503
    })
    .await;
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
}

#[actix_web::test]
async fn a_full_redis_makes_the_service_unready_until_there_is_room() {
    let redis = RedisServer::start().unwrap();
    let server = serve::<Sse>(&redis, "p:", &[]).await;
    let mut reader = EventStream::subscribe(&server, "channel=c").await;
    server.publish("c", json!(1)).await;
    redis.ask("CONFIG SET maxmemory-policy noeviction").unwrap();
    redis.ask("CONFIG SET maxmemory 1mb").unwrap();
    refuses(&server, "c", "OOM").await;
    refuses(&server, "new", "OOM").await;
    let mut second = EventStream::subscribe(&server, "channel=c&after=0").await;
    redis.ask("CONFIG SET maxmemory 0").unwrap();
    ready(&server).await;
    server.publish("c", json!(2)).await;
    assert_eq!(bodies(&mut reader, 2).await, [1, 2]);
    assert_eq!(bodies(&mut second, 2).await, [1, 2]);
}

#[actix_web::test]
async fn a_full_redis_is_found_out_by_whoever_publishes_first() {
    let redis = RedisServer::start().unwrap();
    let server = serve::<Sse>(&redis, "p:", &[]).await;
    redis.ask("CONFIG SET maxmemory 1mb").unwrap();
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
async fn a_primary_that_becomes_a_replica_is_left_until_it_is_one_again() {
    let redis = RedisServer::start().unwrap();
    let server = serve::<Sse>(&redis, "p:", &[]).await;
    let mut reader = EventStream::subscribe(&server, "channel=c").await;
    server.publish("c", json!(1)).await;
    // Nobody is there, and so its data stays what it is.
    redis.ask("REPLICAOF 127.0.0.1 1").unwrap();
    refuses(&server, "c", "READONLY").await;
    redis.ask("REPLICAOF NO ONE").unwrap();
    ready(&server).await;
    server.publish("c", json!(2)).await;
    assert_eq!(bodies(&mut reader, 2).await, [1, 2]);
}
