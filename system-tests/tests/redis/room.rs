//! The memory of invented channels in Redis.

use crate::{
    on_redis::{SHARED, new_prefix, serve},
    redis::RedisServer,
    sse::EventStream,
    steps::{bodies, try_publish},
};
use conformance::{Subscriber, eventually};
use serde_json::json;
use sse_svc::Sse;

#[actix_web::test]
async fn invented_channels_do_not_displace_others() {
    let redis = RedisServer::start().unwrap();
    redis
        .command("CONFIG SET maxmemory-policy noeviction")
        .unwrap();
    redis.command("CONFIG SET maxmemory 24mb").unwrap();
    let server = serve::<Sse>(
        &redis,
        "p:",
        &["--max-body", "100000", "--new-channels", "0"],
    )
    .await;
    let mut subscriber = EventStream::subscribe(&server, "channel=subscriber").await;
    for number in 0..5 {
        server.publish("subscriber", number.into()).await;
    }
    let large = json!("x".repeat(90_000));
    for number in 0..400 {
        let answer = try_publish(
            &server,
            &format!("made-up-{number}"),
            &large,
            &format!("k{number}"),
        )
        .await;
        assert_eq!(answer.status, 200, "{number}: {}", answer.body);
    }
    server.publish("subscriber", json!(5)).await;
    server.publish("new", json!(0)).await;
    assert_eq!(
        bodies(&mut subscriber, 6).await,
        (0..6).map(|number| json!(number)).collect::<Vec<_>>()
    );
    assert_eq!(
        redis.command("XLEN p:{subscriber}:log").unwrap().trim(),
        ":6",
        "channels with subscribers are trimmed last"
    );
    assert_eq!(
        redis.command("XLEN p:{made-up-0}:log").unwrap().trim(),
        ":0",
        "the oldest channel without subscribers is trimmed first"
    );
}

#[actix_web::test]
async fn all_histories_together_are_bounded() {
    let prefix = new_prefix();
    let server = serve::<Sse>(&SHARED, &prefix, &["--history-total", "100000"]).await;
    for number in 0..30 {
        server
            .publish(&format!("c{number}"), json!("x".repeat(10_000)))
            .await;
    }
    let held = |number: usize| {
        SHARED
            .command(&format!("XLEN {prefix}{{c{number}}}:log"))
            .unwrap()
            .trim()
            == ":1"
    };
    eventually("the total to be kept", async || {
        (0..30).filter(|number| held(*number)).count() <= 9
    })
    .await;
    assert!(held(29) && !held(0));
    let mut subscriber = EventStream::subscribe(&server, "channel=c29&after=0").await;
    assert_eq!(
        bodies(&mut subscriber, 1).await,
        [json!("x".repeat(10_000))]
    );
    // A subscriber with the latest message of a removed channel has lost nothing.
    let last = server.publish("c0", json!("y")).await;
    assert!(last.ends_with("-2"), "{last}");
}

#[actix_web::test]
async fn a_channel_without_publications_counts_for_no_limit() {
    let prefix = new_prefix();
    let server = serve::<Sse>(&SHARED, &prefix, &["--max-channels", "3"]).await;
    for number in 0..20 {
        let answer = server.get(&format!("/messages?channel=c{number}")).await;
        assert_eq!(answer.status, 200, "{number}: {}", answer.body);
        let left = SHARED
            .command(&format!("PTTL {prefix}{{c{number}}}:head"))
            .unwrap();
        assert!(
            left.trim()[1..].parse::<u64>().unwrap() <= 10 * 60 * 1000,
            "{left}"
        );
    }
    let topics = |number: usize| {
        SHARED
            .command(&format!("PUBSUB NUMSUB {prefix}{{c{number}}}:0"))
            .map(drop)
    };
    assert!(topics(0).is_ok());
    let mut subscriber = EventStream::subscribe(&server, "channel=c0").await;
    server.publish("c0", json!(1)).await;
    assert_eq!(bodies(&mut subscriber, 1).await, [1]);
}

#[actix_web::test]
async fn the_account_matches_the_memory_of_channels() {
    let prefix = new_prefix();
    let server = serve::<Sse>(&SHARED, &prefix, &[]).await;
    let number = |command: &str| {
        SHARED
            .command(command)
            .unwrap()
            .trim()
            .trim_start_matches(':')
            .parse::<u64>()
            .unwrap_or(0)
    };
    for (channel, size, count) in [("tiny", 1, 1), ("small", 100, 30), ("large", 20_000, 3)] {
        for _ in 0..count {
            server.publish(channel, json!("x".repeat(size))).await;
        }
        let counted = || number(&format!("HGET {prefix}{{*}}:sizes {channel}"));
        let key = format!("{prefix}{{{channel}}}");
        let takes = number(&format!("MEMORY USAGE {key}:log"))
            + number(&format!("MEMORY USAGE {key}:head"));
        assert!(takes > 0);
        eventually("the account", async || {
            10 * counted() >= 9 * takes && counted() > 0
        })
        .await;
    }
}
