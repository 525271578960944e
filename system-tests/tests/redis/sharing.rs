//! Several services with separate connections to one Redis, like several processes.

use crate::{
    longpoll::Poller,
    on_redis::{SHARED, new_prefix, ready, serve},
    redis::RedisServer,
    sse::EventStream,
    steps::{bodies, messages, parts, publish_surely},
    ws::Socket,
};
use conformance::{Event, Server, Subscriber, eventually};
use longpoll_svc::LongPoll;
use serde_json::{Value, json};
use sse_svc::Sse;
use system_tests::process::Process;
use ws_svc::Ws;

/// Starts a service of each transport, and a second one of SSE.
async fn four(flags: &[&str]) -> [Server; 4] {
    let prefix = new_prefix();
    [
        serve::<LongPoll>(&SHARED, &prefix, flags).await,
        serve::<Sse>(&SHARED, &prefix, flags).await,
        serve::<Ws>(&SHARED, &prefix, flags).await,
        serve::<Sse>(&SHARED, &prefix, flags).await,
    ]
}

#[actix_web::test]
async fn all_services_deliver_in_one_order() {
    let servers = four(&[]).await;
    let [longpoll, sse, ws, replica] = &servers;
    let mut poller = Poller::subscribe(longpoll, "channel=c").await;
    let mut stream = EventStream::subscribe(sse, "channel=c").await;
    let mut socket = Socket::subscribe(ws, "channel=c").await;
    let mut other = EventStream::subscribe(replica, "channel=c").await;
    let publish = async |server: &Server, first: usize| {
        for number in first..first + 50 {
            server.publish("c", number.into()).await;
        }
    };
    tokio::join!(
        publish(longpoll, 0),
        publish(sse, 100),
        publish(ws, 200),
        publish(replica, 300)
    );
    let all = messages(&mut poller, 200).await;
    assert_eq!(messages(&mut stream, 200).await, all);
    assert_eq!(messages(&mut socket, 200).await, all);
    assert_eq!(messages(&mut other, 200).await, all);
    for first in [0, 100, 200, 300] {
        let of_one = all
            .iter()
            .filter_map(|(_, body)| body.as_u64())
            .filter(|n| (first..first + 50).contains(n));
        assert!(
            of_one.eq(first..first + 50),
            "each publisher's messages keep their order"
        );
    }
}

#[actix_web::test]
async fn a_cursor_is_valid_on_every_replica_of_every_transport() {
    let [longpoll, sse, ws, replica] = four(&[]).await;
    let mut ids = Vec::new();
    for number in 0..8 {
        ids.push(longpoll.publish("c", number.into()).await);
    }
    // The channel is new to each of these.
    let after = |at: usize| format!("channel=c&after={}", ids[at]);
    assert_eq!(
        bodies(&mut EventStream::subscribe(&sse, &after(0)).await, 2).await,
        [1, 2]
    );
    assert_eq!(
        bodies(&mut Socket::subscribe(&ws, &after(2)).await, 2).await,
        [3, 4]
    );
    assert_eq!(
        bodies(&mut Poller::subscribe(&longpoll, &after(4)).await, 1).await,
        [5]
    );
    assert_eq!(
        bodies(&mut EventStream::subscribe(&replica, &after(5)).await, 2).await,
        [6, 7]
    );
}

#[actix_web::test]
async fn a_later_service_has_the_history_of_redis() {
    let prefix = new_prefix();
    let flags = ["--history", "3"];
    let first = serve::<Sse>(&SHARED, &prefix, &flags).await;
    let mut ids = Vec::new();
    for number in 0..6 {
        ids.push(first.publish("c", number.into()).await);
    }
    drop(first);
    let later = serve::<Ws>(&SHARED, &prefix, &flags).await;
    assert_eq!(
        bodies(&mut Socket::subscribe(&later, "channel=c&after=0").await, 3).await,
        [3, 4, 5]
    );
    let mut late = Socket::subscribe(&later, &format!("channel=c&after={}", ids[0])).await;
    let Event::Reset(reset) = late.next().await else {
        panic!("a reset was due")
    };
    assert_eq!(
        (&reset["after"], &reset["oldest"]),
        (&json!(ids[0]), &json!(ids[3]))
    );
    assert_eq!(bodies(&mut late, 3).await, [3, 4, 5]);
    let history = later.get("/messages?channel=c").await.json();
    assert_eq!(history["messages"].as_array().map(Vec::len), Some(3));
}

#[actix_web::test]
async fn a_cursor_may_come_from_a_process_that_is_ahead() {
    let prefix = new_prefix();
    let server = serve::<Sse>(&SHARED, &prefix, &[]).await;
    let mut waiting = EventStream::subscribe(&server, "channel=c").await;
    let (epoch, _) = parts(&server.publish("c", json!(1)).await);
    // A message that another process has received and this one has not.
    SHARED
        .command(&format!("XADD {prefix}{{c}}:log {epoch}-2 t 1 b 2"))
        .unwrap();
    SHARED
        .command(&format!("HSET {prefix}{{c}}:head offset 2"))
        .unwrap();
    let mut ahead = EventStream::subscribe(&server, &format!("channel=c&after={epoch}-2")).await;
    server.publish("c", json!(3)).await;
    assert_eq!(bodies(&mut ahead, 1).await, [3]);
    assert_eq!(bodies(&mut waiting, 3).await, [1, 2, 3]);
}

#[actix_web::test]
async fn bytes_and_age_limit_the_history_in_redis() {
    let prefix = new_prefix();
    let flags = ["--history-bytes", "1000", "--history-age", "1"];
    let server = serve::<Sse>(&SHARED, &prefix, &flags).await;
    let held = || SHARED.command(&format!("XLEN {prefix}{{c}}:log")).unwrap();
    for _ in 0..20 {
        server.publish("c", json!("x".repeat(98))).await;
    }
    assert_eq!(held().trim(), ":10", "ten times a hundred bytes");
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    server.publish("c", json!("y")).await;
    assert_eq!(held().trim(), ":1", "the others are older than a second");
}

#[actix_web::test]
async fn every_replica_knows_an_idempotency_key() {
    let [longpoll, sse, ws, replica] = four(&[]).await;
    let mut subscriber = EventStream::subscribe(&replica, "channel=c").await;
    let first = publish_surely(&longpoll, "c", json!(1), "k").await;
    assert_eq!(publish_surely(&sse, "c", json!(1), "k").await, first);
    assert_eq!(publish_surely(&ws, "c", json!(1), "k").await, first);
    assert_ne!(publish_surely(&ws, "c", json!(2), "l").await, first);
    assert_eq!(bodies(&mut subscriber, 2).await, [1, 2]);
}

#[actix_web::test]
async fn databases_and_prefixes_are_separate() {
    let redis = RedisServer::start().unwrap();
    let on = |db: u8, prefix: &str| {
        let url = format!("{}?db={db}", redis.url());
        Server::configured::<Sse>(&["--broker", &url, "--broker-prefix", prefix])
    };
    let servers = [on(0, "a:"), on(1, "a:"), on(0, "b:")];
    let mut subscribers = Vec::new();
    for server in &servers {
        ready(server).await;
        subscribers.push(EventStream::subscribe(server, "channel=c").await);
    }
    for (number, server) in servers.iter().enumerate() {
        server.publish("c", number.into()).await;
    }
    for (number, subscriber) in subscribers.iter_mut().enumerate() {
        assert_eq!(bodies(subscriber, 1).await, [number]);
    }
    for (number, server) in servers.iter().enumerate() {
        server.publish("c", (10 + number).into()).await;
        assert_eq!(
            bodies(&mut subscribers[number], 1).await,
            [10 + number],
            "and no reset in between"
        );
    }
}

#[actix_web::test]
async fn a_channel_without_subscribers_costs_a_process_nothing() {
    let [longpoll, sse, ..] = four(&["--max-channels", "2"]).await;
    for number in 0..20 {
        longpoll.publish(&format!("c{number}"), number.into()).await;
    }
    let mut subscriber = EventStream::subscribe(&sse, "channel=c7&after=0").await;
    assert_eq!(bodies(&mut subscriber, 1).await, [7]);
    let refused = sse.get("/messages?channel=c8").await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, Some("60")),
        "{}",
        refused.body
    );
    drop(subscriber);
    eventually("room", async || {
        sse.get("/messages?channel=c8").await.status == 200
    })
    .await;
}

#[actix_web::test]
async fn subscribers_of_a_killed_process_resume_at_another() {
    let prefix = new_prefix();
    let broker = format!("--broker {} --broker-prefix {prefix}", SHARED.url());
    let process = Process::start(&format!("serve sse --port 0 {broker}"), "");
    let here = serve::<Ws>(&SHARED, &prefix, &[]).await;
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(here.publish("c", number.into()).await);
    }
    let mut client = conformance::Client::connect(process.address()).await;
    let path = format!("/events?channel=c&after={}", ids[0]);
    client.send("GET", &path, &[], "").await;
    assert_eq!(client.head().await.status, 200);
    let mut text = String::new();
    while !text.contains(&ids[1]) {
        text += &client.chunk().await.unwrap();
    }
    drop(process);
    let mut subscriber = Socket::subscribe(&here, &format!("channel=c&after={}", ids[1])).await;
    here.publish("c", json!(3)).await;
    assert_eq!(bodies(&mut subscriber, 2).await, [json!(2), Value::from(3)]);
}
