//! Damage to one channel in Redis affects no other channel.

use crate::{
    on_redis::{SHARED, configured, new_prefix, redis_and_server, serve},
    redis::RedisServer,
    sse::EventStream,
    steps::{bodies, publish_surely, try_publish},
};
use conformance::{Server, Subscriber, eventually};
use serde_json::json;
use sse_svc::Sse;
use ws_svc::Ws;

/// Checks that this channel reports its damage, and that another one works.
async fn only_one_is_unusable(server: &Server, bad: &str, why: &str) {
    let mut reader = EventStream::subscribe(server, "channel=good").await;
    for number in 0..10 {
        let answers = [
            try_publish(server, bad, &json!(0), &format!("{why}{number}")).await,
            server.get(&format!("/messages?channel={bad}")).await,
        ];
        for answer in answers {
            assert_eq!(
                (answer.status, answer.header("retry-after")),
                (503, Some("60")),
                "{}",
                answer.body
            );
            assert!(
                answer.body.contains("channel-unusable") && answer.body.contains(why),
                "{}",
                answer.body
            );
        }
        server.publish("good", number.into()).await;
        assert_eq!(server.get("/health/ready").await.status, 200);
    }
    assert_eq!(
        bodies(&mut reader, 10).await,
        (0..10).map(|number| json!(number)).collect::<Vec<_>>()
    );
}

#[actix_web::test]
async fn a_key_of_a_wrong_type_breaks_only_its_channel() {
    let prefix = new_prefix();
    let server = serve::<Sse>(&SHARED, &prefix, &[]).await;
    let head = format!("{prefix}{{bad}}:head");
    SHARED.command(&format!("SET {head} x")).unwrap();
    only_one_is_unusable(&server, "bad", "WRONGTYPE").await;
    SHARED.command(&format!("DEL {head}")).unwrap();
    publish_surely(&server, "bad", json!(1), "k").await;
    assert_eq!(
        bodies(
            &mut EventStream::subscribe(&server, "channel=bad&after=0").await,
            1
        )
        .await,
        [1]
    );
}

#[actix_web::test]
async fn foreign_data_breaks_only_its_channel() {
    let prefix = new_prefix();
    let server = serve::<Ws>(&SHARED, &prefix, &[]).await;
    let sse = serve::<Sse>(&SHARED, &prefix, &[]).await;
    for (channel, command, why) in [
        ("log", "SET {key}:log x", "WRONGTYPE"),
        ("number", "HSET {key}:head epoch 1 offset x", "ERR"),
        (
            "fields",
            "EVAL \"redis.call('XADD', '{key}:log', '1-1', 'a', 'b') redis.call('HSET', '{key}:head', 'epoch', 1, 'offset', 1)\" 0",
            "",
        ),
    ] {
        let command = command.replace("{key}", &format!("{prefix}{{{channel}}}"));
        let done = SHARED.command(&command).unwrap();
        assert!(!done.starts_with('-'), "{done}");
        let answer = server.get(&format!("/messages?channel={channel}")).await;
        assert!(
            answer.status == 503 && answer.body.contains("channel-unusable"),
            "{channel}: {}",
            answer.body
        );
        assert!(answer.body.contains(why), "{channel}: {}", answer.body);
        sse.publish("good", json!(1)).await;
        assert_eq!(server.get("/health/ready").await.status, 200);
    }
}

#[actix_web::test]
async fn scripts_that_redis_has_forgotten_are_loaded_again() {
    let (redis, server) = redis_and_server::<Sse>(&[]).await;
    let mut reader = EventStream::subscribe(&server, "channel=c").await;
    redis.command("SCRIPT FLUSH").unwrap();
    server.publish("c", json!(1)).await;
    redis.command("SCRIPT FLUSH").unwrap();
    assert_eq!(server.get("/messages?channel=d").await.status, 200);
    assert_eq!(bodies(&mut reader, 1).await, [1]);
}

#[actix_web::test]
async fn a_user_with_access_to_some_keys_can_use_those() {
    let redis = RedisServer::start().unwrap();
    // The permissions of docs/scaling.md, without the keys of other channels.
    let may = "+@connection +@scripting +@pubsub +@stream +@hash +@sortedset +@string +@keyspace +time +info +config|get";
    let on = "~p:{good* ~p:probe ~p:{\\*}* &p:{good*";
    let done = redis
        .command(&format!("ACL SETUSER me on >secret {on} {may}"))
        .unwrap();
    assert!(done.starts_with("+OK"), "{done}");
    let url = format!("{}?user=me&pass=secret", redis.url());
    let server = configured::<Sse>(&["--broker", &url, "--broker-prefix", "p:"]).await;
    only_one_is_unusable(&server, "bad", "NOPERM").await;
    eventually("the account to be kept", async || {
        redis
            .command("EXISTS p:{*}:used")
            .unwrap()
            .starts_with(":1")
    })
    .await;
}
