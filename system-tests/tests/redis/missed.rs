//! A service misses messages while its connections are cut, and its latest message is trimmed or
//! removed meanwhile.

use crate::{
    on_redis::{configured, ready, serve},
    redis::RedisServer,
    sse::EventStream,
    steps::{messages, parts, reset},
};
use conformance::{Server, Subscriber};
use serde_json::json;
use sse_svc::Sse;

/// A subscriber of a service that was cut off until its latest message was no longer in Redis.
struct Late {
    reader: EventStream,
    last: String,
    _server: Server,
    _redis: RedisServer,
}

async fn a_service_misses_messages(lose: impl AsyncFnOnce(&RedisServer, &Server)) -> Late {
    let redis = RedisServer::start().unwrap();
    redis
        .command("ACL SETUSER away on nopass ~* &* +@all")
        .unwrap();
    let flags = ["--history", "2"];
    let other = serve::<Sse>(&redis, "p:", &flags).await;
    let url = format!("{}?user=away&pass=any", redis.url());
    let server =
        configured::<Sse>(&[&["--broker", &url, "--broker-prefix", "p:"], &flags[..]].concat())
            .await;
    let mut reader = EventStream::subscribe(&server, "channel=c").await;
    for number in 0..3 {
        other.publish("c", number.into()).await;
    }
    let last = messages(&mut reader, 3).await.pop().unwrap().0;
    redis.command("ACL SETUSER away off").unwrap();
    redis.command("CLIENT KILL USER away").unwrap();
    lose(&redis, &other).await;
    redis.command("ACL SETUSER away on").unwrap();
    ready(&server).await;
    Late {
        reader,
        last,
        _server: server,
        _redis: redis,
    }
}

/// Checks that the epoch continues, because no message was lost.
async fn goes_on(mut late: Late) {
    let got = messages(&mut late.reader, 2).await;
    let (epoch, offset) = parts(&late.last);
    assert_eq!(
        [parts(&got[0].0), parts(&got[1].0)],
        [(epoch, offset + 1), (epoch, offset + 2)]
    );
}

#[actix_web::test]
async fn a_missed_message_after_a_trimmed_one_causes_no_reset() {
    let publish = async |redis: &RedisServer, other: &Server| {
        other.publish("c", json!(3)).await;
        other.publish("c", json!(4)).await;
        assert_eq!(redis.command("XLEN p:{c}:log").unwrap().trim(), ":2");
    };
    goes_on(a_service_misses_messages(publish).await).await;
}

#[actix_web::test]
async fn a_missed_message_after_a_removed_history_causes_no_reset() {
    let forget = async |redis: &RedisServer, other: &Server| {
        redis.command("UNLINK p:{c}:log").unwrap();
        redis.command("HDEL p:{c}:head bytes").unwrap();
        other.publish("c", json!(3)).await;
        other.publish("c", json!(4)).await;
    };
    goes_on(a_service_misses_messages(forget).await).await;
}

#[actix_web::test]
async fn a_trimmed_message_with_another_time_causes_a_reset() {
    let replace = async |redis: &RedisServer, other: &Server| {
        redis.command("UNLINK p:{c}:log").unwrap();
        redis.command("HSET p:{c}:head time 1").unwrap();
        other.publish("c", json!(3)).await;
        other.publish("c", json!(4)).await;
    };
    let mut late = a_service_misses_messages(replace).await;
    assert!(parts(&reset(&mut late.reader, &late.last).await).0 > parts(&late.last).0);
}
