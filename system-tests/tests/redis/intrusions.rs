//! Others interfere with Redis: they evict channels, take permissions away, publish under our names,
//! or keep Redis busy. Each ends in an error, a log line or a reset, and no id is given twice.

use crate::{
    on_redis::{ready, redis_and_server, unready},
    reasons::LoggedService,
    redis::RedisServer,
    sse::EventStream,
    steps::{bodies, messages, parts, publish_surely, reset, try_publish},
};
use conformance::{Event, Server, Subscriber, eventually, patient};
use serde_json::json;
use sse_svc::Sse;
use std::{collections::HashSet, io::Write, os::unix::net::UnixStream};

#[actix_web::test]
async fn a_user_without_a_command_is_refused_before_anything_is_stored() {
    let redis = RedisServer::start().unwrap();
    for command in ["xtrim", "pexpire", "publish", "xrange", "hset", "evalsha"] {
        let user = format!("ACL SETUSER {command} on >secret ~* &* +@all -{command}");
        let done = redis.command(&user).unwrap();
        assert!(done.starts_with("+OK"), "{done}");
        let url = format!("{}?user={command}&pass=secret", redis.url());
        let server = Server::configured::<Sse>(&["--broker", &url, "--broker-prefix", "p:"]);
        eventually("the reason", async || {
            let answer = server.get("/health/ready").await;
            answer.status == 503 && answer.body.contains("its user lacks a permission")
        })
        .await;
        let refused = try_publish(&server, "c", &json!(1), "k").await;
        assert_eq!(refused.status, 503, "{}", refused.body);
        let stored = redis.command("EXISTS p:{c}:log").unwrap();
        assert_eq!(stored.trim(), ":0", "without {command}");
    }
}

#[actix_web::test]
async fn a_command_that_is_taken_away_is_reported_with_the_first_refusal() {
    for command in ["evalsha", "xadd", "publish"] {
        let redis = RedisServer::start().unwrap();
        let set_user = |rules: &str| {
            let done = redis.command(&format!("ACL SETUSER me {rules}")).unwrap();
            assert!(done.starts_with("+OK"), "{done}");
        };
        set_user("on >secret ~* &* +@all");
        let url = format!("{}?user=me&pass=secret", redis.url());
        let server = Server::configured::<Sse>(&["--broker", &url, "--broker-prefix", "p:"]);
        ready(&server).await;
        let mut reader = EventStream::subscribe(&server, "channel=c").await;
        server.publish("c", json!(0)).await;
        set_user(&format!("-{command}"));
        let refused = try_publish(&server, "c", &json!(1), "k").await;
        let why = "its user lacks a permission";
        assert!(
            refused.status == 503 && refused.body.contains(why),
            "without {command}: {}",
            refused.body
        );
        eventually("not to be ready", async || {
            let answer = server.get("/health/ready").await;
            answer.status == 503 && answer.body.contains(why)
        })
        .await;
        set_user(&format!("+{command}"));
        publish_surely(&server, "c", json!(1), "k").await;
        publish_surely(&server, "c", json!(2), "k2").await;
        assert_eq!(bodies(&mut reader, 3).await, [0, 1, 2], "{command}");
    }
}

#[actix_web::test]
async fn a_redis_that_evicts_is_named_in_the_log() {
    let redis = RedisServer::start().unwrap();
    redis.command("CONFIG SET maxmemory 100mb").unwrap();
    let policy = "maxmemory-policy allkeys-lru";
    redis.command(&format!("CONFIG SET {policy}")).unwrap();
    let service = LoggedService::start(&["--broker", &redis.url()]);
    service.wait_for(policy, 1).await;
}

#[actix_web::test]
async fn an_evicted_stream_causes_no_reset_and_an_evicted_hash_does() {
    let (redis, server) = redis_and_server::<Sse>(&[]).await;
    let mut reader = EventStream::subscribe(&server, "channel=c").await;
    server.publish("c", json!(0)).await;
    let first = messages(&mut reader, 1).await.pop().unwrap().0;
    redis.command("DEL p:{c}:log").unwrap();
    server.publish("c", json!(1)).await;
    let second = messages(&mut reader, 1).await.pop().unwrap().0;
    assert_eq!((parts(&second).0, parts(&second).1), (parts(&first).0, 2));
    let mut last = second;
    for (keys, number) in [("p:{c}:head", 2), ("p:{c}:head p:{c}:log", 3)] {
        redis.command(&format!("DEL {keys}")).unwrap();
        server.publish("c", number.into()).await;
        reset(&mut reader, &last).await;
        let got = messages(&mut reader, 1).await.pop().unwrap();
        assert!(
            got.1 == number && parts(&got.0).0 > parts(&last).0,
            "{got:?}"
        );
        last = got.0;
    }
}

#[actix_web::test]
async fn while_channels_are_evicted_no_message_is_skipped_silently() {
    let (redis, server) = redis_and_server::<Sse>(&["--new-channels", "0"]).await;
    let mut reader = EventStream::subscribe(&server, "channel=c").await;
    redis
        .command("CONFIG SET maxmemory-policy allkeys-random")
        .unwrap();
    redis.command("CONFIG SET maxmemory 4mb").unwrap();
    let (mut ids, mut next, large) = (HashSet::new(), 0, "x".repeat(20_000));
    for number in 0..60 {
        for other in 0..8 {
            let key = format!("{number}-{other}");
            publish_surely(
                &server,
                &format!("other-{other}"),
                large.clone().into(),
                &key,
            )
            .await;
        }
        let id = publish_surely(&server, "c", number.into(), &format!("k{number}")).await;
        assert!(ids.insert(id.clone()), "{id} was given twice");
        while next <= number {
            match patient("an event", reader.next()).await {
                Event::Message(message) => {
                    assert_eq!(message["message"], next, "skipped without a reset");
                    next += 1;
                }
                Event::Reset(reset) => {
                    let oldest = parts(reset["oldest"].as_str().unwrap());
                    next = if oldest > parts(&id) {
                        number + 1
                    } else {
                        number
                    };
                }
                other => panic!("{other:?}"),
            }
        }
    }
    let stats = redis.command("INFO stats").unwrap();
    assert!(!stats.contains("evicted_keys:0\r"), "{stats}");
}

#[actix_web::test]
async fn a_message_of_another_program_is_neither_delivered_nor_loaded_for_ever() {
    let (redis, server) = redis_and_server::<Sse>(&[]).await;
    let mut reader = EventStream::subscribe(&server, "channel=c").await;
    let id = server.publish("c", json!(0)).await;
    let epoch = parts(&id).0;
    for foreign in [
        format!("{epoch}-900 1 7"),
        "hello".to_owned(),
        "1-1".to_owned(),
    ] {
        let command = format!("PUBLISH p:{{c}}:0 \"{foreign}\"");
        assert_eq!(redis.command(&command).unwrap().trim(), ":1");
    }
    for number in 1..40 {
        server.publish("c", number.into()).await;
    }
    let expected: Vec<_> = (0..40).map(|number| json!(number)).collect();
    assert_eq!(bodies(&mut reader, 40).await, expected);
    let stats = redis.command("INFO commandstats").unwrap();
    let calls = stats.split_once("cmdstat_evalsha:calls=").unwrap().1;
    let calls: usize = calls.split_once(',').unwrap().0.parse().unwrap();
    assert!(calls < 80, "{calls} calls of scripts for 40 messages");
}

#[actix_web::test]
async fn a_busy_redis_is_an_outage() {
    let (redis, server) = redis_and_server::<Sse>(&[]).await;
    let mut reader = EventStream::subscribe(&server, "channel=c").await;
    server.publish("c", json!(0)).await;
    redis.command("CONFIG SET lua-time-limit 100").unwrap();
    let mut busy = UnixStream::connect(redis.directory().join("redis.sock")).unwrap();
    busy.write_all(b"EVAL \"while true do end\" 0\r\n").unwrap();
    unready(&server).await;
    let refused = try_publish(&server, "c", &json!(9), "k9").await;
    assert!(
        refused.status == 503 && refused.body.contains("broker-away"),
        "{}",
        refused.body
    );
    redis.command("SCRIPT KILL").unwrap();
    ready(&server).await;
    publish_surely(&server, "c", json!(1), "k1").await;
    assert_eq!(bodies(&mut reader, 2).await, [0, 1]);
}
