//! Redis is down for a while and restarts with all its data: no message is lost, and no subscriber
//! gets a reset.

use crate::{
    on_redis::{ready, redis_and_server, serve, unready},
    redis::RedisServer,
    sse::EventStream,
    steps::{bodies, messages, parts, publish_surely, try_publish},
    ws::Socket,
};
use conformance::{Server, Subscriber, eventually, patient};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sse_svc::Sse;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;
use ws_svc::Ws;

#[actix_web::test]
async fn a_service_may_start_before_redis() {
    let mut redis = RedisServer::start().unwrap();
    redis.kill();
    let server = Server::configured::<Sse>(&["--broker", &redis.url()]);
    let answer = server.get("/health/ready").await;
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (503, Some("1"))
    );
    assert!(answer.body.contains("broker-away"), "{}", answer.body);
    assert_eq!(server.get("/health/live").await.status, 200);
    let refused = try_publish(&server, "c", &json!(1), "k").await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, Some("1")),
        "{}",
        refused.body
    );
    assert_eq!(server.get("/events?channel=c").await.status, 503);
    redis.launch().unwrap();
    ready(&server).await;
    let mut reader = EventStream::subscribe(&server, "channel=c").await;
    server.publish("c", json!(2)).await;
    assert_eq!(bodies(&mut reader, 1).await, [2]);
}

async fn subscribers_wait_while_redis_is_restarted<S: Subscriber>() {
    let (mut redis, server) = redis_and_server::<S::Transport>(&[]).await;
    let other = serve::<Ws>(&redis, "p:", &[]).await;
    let mut reader = S::subscribe(&server, "channel=c").await;
    other.publish("c", json!(0)).await;
    assert_eq!(bodies(&mut reader, 1).await, [0]);
    redis.kill();
    unready(&server).await;
    unready(&other).await;
    let refused = try_publish(&server, "c", &json!(1), "k").await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, Some("1")),
        "{}",
        refused.body
    );
    redis.launch().unwrap();
    for number in 1..4 {
        publish_surely(&other, "c", number.into(), &format!("k{number}")).await;
    }
    assert_eq!(bodies(&mut reader, 3).await, [1, 2, 3]);
    ready(&server).await;
    server.publish("c", json!(4)).await;
    assert_eq!(bodies(&mut reader, 1).await, [4]);
}

on_each_transport!(subscribers_wait_while_redis_is_restarted);

#[actix_web::test]
async fn a_frozen_redis_refuses_soon_and_stores_each_message_once() {
    let (redis, server) = redis_and_server::<Sse>(&[]).await;
    let mut reader = EventStream::subscribe(&server, "channel=c").await;
    redis.freeze().unwrap();
    let began = Instant::now();
    let refused = try_publish(&server, "c", &json!(0), "k0").await;
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "a publisher waits for some seconds at most"
    );
    unready(&server).await;
    redis.thaw().unwrap();
    // Redis may have read the first attempt after it continued.
    publish_surely(&server, "c", json!(0), "k0").await;
    publish_surely(&server, "c", json!(1), "k1").await;
    let (first, second) = (
        messages(&mut reader, 1).await,
        messages(&mut reader, 1).await,
    );
    assert_eq!((&first[0].1, &second[0].1), (&json!(0), &json!(1)));
    assert_eq!(parts(&second[0].0).1, parts(&first[0].0).1 + 1);
}

#[actix_web::test]
async fn repeatedly_cut_connections_lose_no_message() {
    let redis = RedisServer::start().unwrap();
    let servers = [
        serve::<Sse>(&redis, "p:", &[]).await,
        serve::<Ws>(&redis, "p:", &[]).await,
    ];
    let mut stream = EventStream::subscribe(&servers[0], "channel=c").await;
    let mut socket = Socket::subscribe(&servers[1], "channel=c").await;
    let (mut ids, mut cuts) = (Vec::new(), 0);
    for number in 0..200 {
        if number % 10 == 5 {
            redis.cut_connections().unwrap();
            cuts += 1;
        }
        ids.push(
            publish_surely(
                &servers[number % 2],
                "c",
                number.into(),
                &format!("k{number}"),
            )
            .await,
        );
    }
    assert_eq!(cuts, 20);
    let got = messages(&mut stream, 200).await;
    assert_eq!(
        got.iter().map(|(id, _)| id).collect::<Vec<_>>(),
        ids.iter().collect::<Vec<_>>()
    );
    assert_eq!(messages(&mut socket, 200).await, got);
}

/// The requests take longer than the timeout of a silent peer, because each waits for a Redis that
/// is down.
#[actix_web::test]
async fn a_socket_with_waiting_publications_is_read_and_answered_in_order() {
    let (mut redis, server) = redis_and_server::<Ws>(&["--heartbeat", "1"]).await;
    let mut socket = Socket::subscribe(&server, "channel=c").await.into_frames();
    redis.kill();
    for number in 0..8 {
        let publish = json!({ "publish": { "message": number }, "ref": number });
        socket
            .feed(Message::text(publish.to_string()))
            .await
            .unwrap();
    }
    socket
        .send(Message::Ping(b"are you there"[..].into()))
        .await
        .unwrap();
    let (mut answered, mut before_the_pong) = (Vec::new(), None);
    while answered.len() < 8 {
        match patient("a frame", socket.next())
            .await
            .expect("an open connection")
            .expect("valid frames")
        {
            Message::Text(text) => answered.push(serde_json::from_str::<Value>(&text).unwrap()),
            Message::Pong(payload) if payload == b"are you there"[..] => {
                before_the_pong = Some(answered.len());
            }
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(
        before_the_pong.is_some_and(|answered| answered < 8),
        "{before_the_pong:?}"
    );
    let refused = |number| json!({ "ref": number, "status": 503 });
    let told: Vec<_> = answered
        .iter()
        .map(|told| json!({ "ref": told["ref"], "status": told["error"]["status"] }))
        .collect();
    assert_eq!(told, (0..8).map(refused).collect::<Vec<_>>());
}

/// Returns how many connections this Redis has accepted, with the one that asks.
fn connections_accepted(redis: &RedisServer) -> u64 {
    let stats = redis.command("INFO stats").unwrap();
    let line = stats
        .lines()
        .find_map(|line| line.strip_prefix("total_connections_received:"));
    line.unwrap().trim().parse().unwrap()
}

#[actix_web::test]
async fn a_lost_session_is_replaced_without_other_connections() {
    let (redis, server) = redis_and_server::<Sse>(&[]).await;
    let before = connections_accepted(&redis);
    redis.cut_connections().unwrap();
    eventually("a publication", async || {
        try_publish(&server, "c", &json!(1), "k").await.status == 200
    })
    .await;
    // Two belong to the new session, two have cut the old one, and one asks.
    assert_eq!(connections_accepted(&redis) - before, 5);
}
