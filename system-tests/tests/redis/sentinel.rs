//! A Redis whose master changes: a failover under load, and replicas that lack the last writes.

use crate::{
    on_redis::{configured, serve},
    redis::RedisServer,
    sentinel_servers::{Watched, free_port, words},
    sse::EventStream,
    steps::{bodies, messages, parts, publish_all, publish_surely, reset},
    tcp::listen,
};
use conformance::{Subscriber, eventually};
use serde_json::{Value, json};
use sse_svc::Sse;

/// The master dies while messages are published, and its replicas have all that was published
/// before.
async fn subscribers_follow_a_failover<S: Subscriber>() {
    let mut watched = Watched::start().await;
    let server = configured::<S::Transport>(&["--broker", &watched.url()]).await;
    let mut reader = S::subscribe(&server, "channel=c").await;
    let last = publish_all(&server, "c", 0..20).await.pop().unwrap();
    assert_eq!(bodies(&mut reader, 20).await, (0..20).collect::<Vec<_>>());
    watched.replicated().await;
    let before = watched.master();
    watched.servers[before].kill();
    let ids = publish_all(&server, "c", 20..40).await;
    eventually("another master", async || watched.master() != before).await;
    let oldest = reset(&mut reader, &last).await;
    assert!(parts(&oldest).0 > parts(&last).0);
    let (got, all): (Vec<_>, Vec<_>) = messages(&mut reader, 40).await.into_iter().unzip();
    assert_eq!(all, (0..40).collect::<Vec<_>>());
    assert_eq!(got[20..], ids);
}

on_each_transport!(subscribers_follow_a_failover);

/// The replica that takes over lacks two acknowledged messages.
async fn subscribers_learn_what_a_failover_lost<S: Subscriber>() {
    let mut watched = Watched::start().await;
    let server = configured::<S::Transport>(&["--broker", &watched.url()]).await;
    let mut reader = S::subscribe(&server, "channel=c").await;
    let mut ids = publish_all(&server, "c", 0..3).await;
    watched.replicated().await;
    watched.cut_replicas_off();
    ids.extend(publish_all(&server, "c", 3..5).await);
    assert_eq!(bodies(&mut reader, 5).await, [0, 1, 2, 3, 4]);
    let master = watched.master();
    watched.servers[master].kill();
    for (_, replica) in (0..).zip(&watched.servers).filter(|(at, _)| *at != master) {
        replica.thaw().unwrap();
    }
    ids.extend(publish_all(&server, "c", 5..8).await);
    assert!(parts(&reset(&mut reader, &ids[4]).await).0 > parts(&ids[4]).0);
    let got = messages(&mut reader, 6).await;
    let kept: Vec<_> = got.iter().map(|(_, body)| body.clone()).collect();
    assert_eq!(kept, [0, 1, 2, 5, 6, 7]);
    assert!(got[3..].iter().map(|(id, _)| id).eq(&ids[5..]));
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 8, "no id means two messages");
}

on_each_transport!(subscribers_learn_what_a_failover_lost);

/// A master whose sentinels have chosen another one may still respond, cut off from them.
#[actix_web::test]
async fn a_replaced_master_is_left_although_it_responds() {
    let [former, new] = [(); 2].map(|()| RedisServer::start().unwrap());
    let ports = [&former, &new].map(listen);
    let monitor = format!("127.0.0.1 {} 1", ports[0]);
    let port = free_port();
    let sentinel = RedisServer::start_sentinel(
        &format!("sentinel monitor cache {monitor}\n"),
        words(&format!("--port {port}")),
    )
    .unwrap();
    let url = format!("redis+sentinel://127.0.0.1:{port}/cache");
    let server = configured::<Sse>(&["--broker", &url]).await;
    server.publish("c", json!(1)).await;
    sentinel
        .command(&format!(
            "SENTINEL REMOVE cache\r\nSENTINEL MONITOR cache 127.0.0.1 {} 1",
            ports[1]
        ))
        .unwrap();
    eventually("a message at the new master", async || {
        publish_surely(&server, "c", json!(2), "k").await;
        new.command("EXISTS trilane:{c}:log").unwrap().trim() == ":1"
    })
    .await;
}

/// A master becomes a replica of one that lacks its last messages, and is a master again.
#[actix_web::test]
async fn a_master_that_was_a_replica_gives_no_id_twice() {
    let [first, second] = [(); 2].map(|()| RedisServer::start().unwrap());
    let ports = [&first, &second].map(listen);
    let follow =
        |replica: &RedisServer, port: u16| replica.command(&format!("REPLICAOF 127.0.0.1 {port}"));
    let has = |redis: &RedisServer, count: usize| {
        redis.command("XLEN p:{c}:log").unwrap().trim() == format!(":{count}")
    };
    follow(&second, ports[0]).unwrap();
    let server = serve::<Sse>(&first, "p:", &[]).await;
    let mut ids = publish_all(&server, "c", 0..3).await;
    eventually("a replica", async || has(&second, 3)).await;
    second.command("REPLICAOF NO ONE").unwrap();
    ids.extend(publish_all(&server, "c", 3..5).await);
    let mut reader = EventStream::subscribe(&server, &format!("channel=c&after={}", ids[0])).await;
    let before: Vec<Value> = bodies(&mut reader, 4).await;
    assert_eq!(before, [1, 2, 3, 4]);
    follow(&first, ports[1]).unwrap();
    eventually("the first one to follow", async || has(&first, 3)).await;
    first.command("REPLICAOF NO ONE").unwrap();
    first.cut_connections().unwrap();
    ids.extend(publish_all(&server, "c", 5..7).await);
    reset(&mut reader, &ids[4]).await;
    assert_eq!(bodies(&mut reader, 5).await, [0, 1, 2, 5, 6]);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 7, "no id means two messages");
}
