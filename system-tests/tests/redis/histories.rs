//! Histories that exceed the output buffer of a Redis subscriber.

use crate::{
    on_redis::serve,
    redis::RedisServer,
    sse::EventStream,
    steps::{bodies, messages},
};
use conformance::Subscriber;
use serde_json::json;
use sse_svc::Sse;
use ws_svc::Ws;

/// Starts a Redis that disconnects subscribers with more than this output buffer.
fn redis_with_output_limit(bytes: usize) -> RedisServer {
    let redis = RedisServer::start().unwrap();
    let set = format!("CONFIG SET client-output-buffer-limit \"pubsub {bytes} {bytes} 1\"");
    assert!(redis.command(&set).unwrap().starts_with("+OK"));
    redis
}

#[actix_web::test]
async fn many_large_histories_are_delivered_during_publications() {
    let redis = redis_with_output_limit(400_000);
    let first = serve::<Ws>(&redis, "p:", &[]).await;
    let large = json!("x".repeat(40_000));
    let channels: Vec<_> = (0..6).map(|number| format!("c{number}")).collect();
    for channel in &channels {
        for _ in 0..20 {
            first.publish(channel, large.clone()).await;
        }
    }
    let server = serve::<Sse>(&redis, "p:", &[]).await;
    let mut live = EventStream::subscribe(&server, "channel=live").await;
    let read = async |channel: &String| {
        let mut subscriber =
            EventStream::subscribe(&server, &format!("channel={channel}&after=0")).await;
        assert_eq!(messages(&mut subscriber, 20).await.len(), 20);
    };
    let publish = async {
        for number in 0..20 {
            server.publish("live", number.into()).await;
        }
    };
    tokio::join!(
        futures_util::future::join_all(channels.iter().map(read)),
        publish
    );
    assert_eq!(
        bodies(&mut live, 20).await,
        (0..20).map(|number| json!(number)).collect::<Vec<_>>()
    );
}

#[actix_web::test]
async fn a_history_of_many_small_messages_is_delivered_in_order() {
    const COUNT: usize = 6000;
    let redis = redis_with_output_limit(100_000);
    let log = format!(
        "local now = redis.call('TIME')[1] * 1000 \
         for at = 1, {COUNT} do redis.call('XADD', 'p:{{c}}:log', '7-' .. at, 't', now, 'b', at) end"
    );
    let head = format!(
        "redis.call('HSET', 'p:{{c}}:head', 'epoch', 7, 'offset', {COUNT}, 'bytes', {COUNT})"
    );
    let done = redis.command(&format!("EVAL \"{log} {head}\" 0")).unwrap();
    assert!(!done.starts_with('-'), "{done}");
    let server = serve::<Sse>(&redis, "p:", &["--history", "100000"]).await;
    let mut subscriber = EventStream::subscribe(&server, "channel=c&after=0").await;
    let got = bodies(&mut subscriber, COUNT).await;
    assert!((1..=COUNT).map(|number| json!(number)).eq(got));
    server.publish("c", json!("live")).await;
    assert_eq!(bodies(&mut subscriber, 1).await, ["live"]);
}
