//! Redis loses data: every subscriber gets a correct reset, and no id ever means two messages.

use crate::{
    on_redis::{redis_and_server, serve},
    redis::RedisServer,
    sse::EventStream,
    steps::{bodies, messages, parts, publish_surely, reset},
    ws::Socket,
};
use conformance::{Server, Subscriber};
use serde_json::json;
use sse_svc::Sse;
use std::process::Command;
use ws_svc::Ws;

/// Publishes `count` numbers and reads them. Returns the last id.
async fn publish_and_read(server: &Server, reader: &mut impl Subscriber, count: usize) -> String {
    for number in 0..count {
        server.publish("c", number.into()).await;
    }
    messages(reader, count).await.pop().unwrap().0
}

/// Deletes all data on the disk.
fn forget(redis: &RedisServer) {
    std::fs::remove_dir_all(redis.directory().join("appendonlydir")).unwrap();
}

/// Copies the data on the disk.
fn keep_copy(redis: &RedisServer) {
    let mut copy = Command::new("cp");
    copy.args(["-r", "appendonlydir", "older"])
        .current_dir(redis.directory());
    assert!(copy.status().unwrap().success());
}

/// Simulates a power failure that reverts the disk to the copy.
fn lose_all_since_the_copy(redis: &mut RedisServer) {
    let directory = redis.directory().to_owned();
    redis.kill();
    forget(redis);
    std::fs::rename(directory.join("older"), directory.join("appendonlydir")).unwrap();
    redis.launch().unwrap();
}

async fn subscribers_learn_that_redis_lost_everything<S: Subscriber>() {
    let (mut redis, server) = redis_and_server::<S::Transport>(&[]).await;
    let other = serve::<Sse>(&redis, "p:", &[]).await;
    let mut reader = S::subscribe(&server, "channel=c").await;
    let last = publish_and_read(&server, &mut reader, 3).await;
    redis.kill();
    forget(&redis);
    redis.launch().unwrap();
    let new = publish_surely(&other, "c", json!("new"), "k").await;
    let oldest = reset(&mut reader, &last).await;
    assert_eq!(oldest, new);
    assert!(parts(&new).0 > parts(&last).0, "ids grow, also over a loss");
    assert_eq!(messages(&mut reader, 1).await, [(new, json!("new"))]);
    // A subscriber that resumes with an old cursor gets the same reset.
    let mut late = S::subscribe(&server, &format!("channel=c&after={last}")).await;
    assert_eq!(reset(&mut late, &last).await, oldest);
}

on_each_transport!(subscribers_learn_that_redis_lost_everything);

#[actix_web::test]
async fn redis_may_lose_everything_without_losing_a_connection() {
    let (redis, server) = redis_and_server::<Sse>(&[]).await;
    let mut reader = EventStream::subscribe(&server, "channel=c").await;
    let last = publish_and_read(&server, &mut reader, 3).await;
    redis.command("FLUSHALL").unwrap();
    let new = server.publish("c", json!("new")).await;
    assert_eq!(reset(&mut reader, &last).await, new);
    assert_eq!(messages(&mut reader, 1).await, [(new, json!("new"))]);
}

#[actix_web::test]
async fn what_redis_kept_is_delivered_again_under_new_ids() {
    let mut redis = RedisServer::start().unwrap();
    let servers = [
        serve::<Sse>(&redis, "p:", &[]).await,
        serve::<Ws>(&redis, "p:", &[]).await,
    ];
    let mut stream = EventStream::subscribe(&servers[0], "channel=c").await;
    let mut socket = Socket::subscribe(&servers[1], "channel=c").await;
    for number in 0..3 {
        servers[0].publish("c", number.into()).await;
    }
    keep_copy(&redis);
    for number in 3..5 {
        servers[0].publish("c", number.into()).await;
    }
    let last = messages(&mut stream, 5).await.pop().unwrap().0;
    assert_eq!(messages(&mut socket, 5).await.pop().unwrap().0, last);
    lose_all_since_the_copy(&mut redis);
    let oldest = reset(&mut stream, &last).await;
    assert_eq!(reset(&mut socket, &last).await, oldest);
    assert!(parts(&oldest).0 > parts(&last).0 && parts(&oldest).1 == 1);
    assert_eq!(bodies(&mut stream, 3).await, [0, 1, 2]);
    assert_eq!(bodies(&mut socket, 3).await, [0, 1, 2]);
    publish_surely(&servers[0], "c", json!("new"), "k").await;
    assert_eq!(bodies(&mut stream, 1).await, ["new"]);
    assert_eq!(bodies(&mut socket, 1).await, ["new"]);
}

#[actix_web::test]
async fn ids_that_were_assigned_twice_are_detected() {
    let (redis, server) = redis_and_server::<Sse>(&[]).await;
    let mut reader = EventStream::subscribe(&server, "channel=c").await;
    let last = publish_and_read(&server, &mut reader, 3).await;
    // As if Redis had restarted with two messages, and three were published before this service
    // reconnected.
    let epoch = parts(&last).0;
    redis
        .command(&format!("XTRIM p:{{c}}:log MINID {epoch}-9"))
        .unwrap();
    for (offset, body) in [(4, "a"), (5, "b")] {
        redis
            .command(&format!(
                "XADD p:{{c}}:log {epoch}-{offset} t 1 b '\"{body}\"'"
            ))
            .unwrap();
    }
    redis.command("HSET p:{c}:head offset 5").unwrap();
    redis.cut_connections().unwrap();
    let oldest = reset(&mut reader, &last).await;
    assert!(parts(&oldest).0 > epoch);
    assert_eq!(bodies(&mut reader, 2).await, ["a", "b"]);
}

/// Redis loses its last writes, and the services that knew them have ended.
async fn no_id_is_given_twice<S: Subscriber>() {
    let mut redis = RedisServer::start().unwrap();
    // As with `everysec`, the disk may miss the last writes, but the file is complete when it is
    // copied.
    redis.command("CONFIG SET appendfsync no").unwrap();
    let server = serve::<S::Transport>(&redis, "p:", &[]).await;
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(server.publish("c", number.into()).await);
    }
    keep_copy(&redis);
    for number in 3..5 {
        ids.push(server.publish("c", number.into()).await);
    }
    drop(server);
    lose_all_since_the_copy(&mut redis);
    let server = serve::<S::Transport>(&redis, "p:", &[]).await;
    for number in 5..8 {
        ids.push(server.publish("c", number.into()).await);
    }
    let last = ids[4].clone();
    let mut reader = S::subscribe(&server, &format!("channel=c&after={last}")).await;
    assert!(parts(&reset(&mut reader, &last).await).0 > parts(&last).0);
    let got = messages(&mut reader, 6).await;
    assert_eq!(
        got.iter().map(|(_, body)| body).collect::<Vec<_>>(),
        [0, 1, 2, 5, 6, 7]
    );
    assert!(got[3..].iter().map(|(id, _)| id).eq(&ids[5..]));
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 8, "no id means two messages");
}

on_each_transport!(no_id_is_given_twice);

#[actix_web::test]
async fn ids_grow_when_the_clock_of_redis_goes_back() {
    let (redis, server) = redis_and_server::<Sse>(&[]).await;
    // The counters are lost, and the history has an epoch in the future.
    redis
        .command("XADD p:{c}:log 4000000000000-7 t 4000000000000 b 1")
        .unwrap();
    let id = server.publish("c", json!(1)).await;
    assert_eq!(parts(&id), (4_000_000_000_001, 1));
    // Redis restarts, and its clock is still before the epoch of the channel.
    redis.command("HSET p:{c}:head life another").unwrap();
    let id = server.publish("c", json!(2)).await;
    assert_eq!(parts(&id), (4_000_000_000_002, 2));
}

#[actix_web::test]
async fn processes_with_different_durability_keep_the_epoch() {
    let redis = RedisServer::start().unwrap();
    let before = serve::<Sse>(&redis, "p:", &[]).await;
    let first = before.publish("c", json!(0)).await;
    redis.command("CONFIG SET appendfsync everysec").unwrap();
    let after = serve::<Sse>(&redis, "p:", &[]).await;
    for server in [&after, &before, &after] {
        let next = server.publish("c", json!(1)).await;
        assert_eq!(parts(&next).0, parts(&first).0);
    }
    let life = redis.command("HGET p:{c}:head life").unwrap();
    assert!(
        !life.ends_with('+'),
        "writes with the weaker durability count: {life}"
    );
}
