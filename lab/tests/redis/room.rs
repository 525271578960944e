//! What made-up channels take in Redis, and from whom.

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
async fn made_up_channels_do_not_fill_redis_for_others() {
    let redis = RedisServer::start().unwrap();
    redis.ask("CONFIG SET maxmemory-policy noeviction").unwrap();
    redis.ask("CONFIG SET maxmemory 24mb").unwrap();
    let server = serve::<Sse>(
        &redis,
        "p:",
        &["--max-body", "100000", "--new-channels", "0"],
    )
    .await;
    let mut victim = EventStream::subscribe(&server, "channel=victim").await;
    for number in 0..5 {
        server.publish("victim", number.into()).await;
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
    server.publish("victim", json!(5)).await;
    server.publish("new", json!(0)).await;
    assert_eq!(
        bodies(&mut victim, 6).await,
        (0..6).map(|number| json!(number)).collect::<Vec<_>>()
    );
    assert_eq!(
        redis.ask("XLEN p:{victim}:log").unwrap().trim(),
        ":6",
        "what is read goes last"
    );
    assert_eq!(
        redis.ask("XLEN p:{made-up-0}:log").unwrap().trim(),
        ":0",
        "the oldest that nobody reads goes first"
    );
}

#[actix_web::test]
async fn all_histories_together_are_bounded_and_what_remains_can_be_read() {
    let prefix = new_prefix();
    let server = serve::<Sse>(&SHARED, &prefix, &["--history-total", "100000"]).await;
    for number in 0..30 {
        server
            .publish(&format!("c{number}"), json!("x".repeat(10_000)))
            .await;
    }
    let held = |number: usize| {
        SHARED
            .ask(&format!("XLEN {prefix}{{c{number}}}:log"))
            .unwrap()
            .trim()
            == ":1"
    };
    eventually("the total to be kept", async || {
        (0..30).filter(|number| held(*number)).count() <= 9
    })
    .await;
    assert!(held(29) && !held(0));
    let mut reader = EventStream::subscribe(&server, "channel=c29&after=0").await;
    assert_eq!(bodies(&mut reader, 1).await, [json!("x".repeat(10_000))]);
    // Whoever had the newest message of a channel that was forgotten has lost nothing.
    let last = server.publish("c0", json!("y")).await;
    assert!(last.ends_with("-2"), "{last}");
}

#[actix_web::test]
async fn a_channel_that_nobody_publishes_to_costs_little_and_takes_no_room() {
    let prefix = new_prefix();
    let server = serve::<Sse>(&SHARED, &prefix, &["--max-channels", "3"]).await;
    for number in 0..20 {
        let answer = server.get(&format!("/messages?channel=c{number}")).await;
        assert_eq!(answer.status, 200, "{number}: {}", answer.body);
        let left = SHARED
            .ask(&format!("PTTL {prefix}{{c{number}}}:head"))
            .unwrap();
        assert!(
            left.trim()[1..].parse::<u64>().unwrap() <= 10 * 60 * 1000,
            "{left}"
        );
    }
    let topics = |number: usize| {
        SHARED
            .ask(&format!("PUBSUB NUMSUB {prefix}{{c{number}}}:0"))
            .map(drop)
    };
    assert!(topics(0).is_ok());
    let mut reader = EventStream::subscribe(&server, "channel=c0").await;
    server.publish("c0", json!(1)).await;
    assert_eq!(bodies(&mut reader, 1).await, [1]);
}

#[actix_web::test]
async fn the_account_counts_what_channels_really_take() {
    let prefix = new_prefix();
    let server = serve::<Sse>(&SHARED, &prefix, &[]).await;
    let number = |command: &str| {
        SHARED
            .ask(command)
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
