//! The end of a channel.

use crate::{
    Event, Response, Server, Subscriber, eventually,
    steps::{assert_problem, bodies, next_message},
};
use serde_json::{Value, json};
use service::server::TransportService;

/// Publishes on the channel `c`, and returns the response.
async fn post(server: &Server, body: &Value, key: &str) -> Response {
    post_on(server, "c", body, key).await
}

async fn post_on(server: &Server, channel: &str, body: &Value, key: &str) -> Response {
    let headers = [("idempotency-key", key)];
    let path = format!("/messages?channel={channel}");
    server.post(&path, &headers, &body.to_string()).await
}

/// Ends the channel `c` with a message, and returns its id.
async fn end(server: &Server) -> String {
    end_of(server, "c").await
}

async fn end_of(server: &Server, channel: &str) -> String {
    let last = json!({ "message": "last", "end": true });
    let ended = post_on(server, channel, &last, "end").await;
    assert_eq!(ended.status, 200, "{}", ended.body);
    ended.json()["id"].as_str().expect("an id").to_owned()
}

/// The end comes after the last message. Other channels go on.
pub async fn an_end_is_told_to_subscribers<S: Subscriber>() {
    let server = S::start(&[]).await;
    let mut subscribers = Vec::new();
    for _ in 0..4 {
        subscribers.push(S::subscribe(&server, "channel=c").await);
    }
    let mut other = S::subscribe(&server, "channel=d").await;
    server.publish("c", json!(1)).await;
    let last = end(&server).await;
    for subscriber in &mut subscribers {
        assert_eq!(next_message(subscriber).await.get("end"), None);
        let message = next_message(subscriber).await;
        assert_eq!(
            (&message["end"], &message["id"]),
            (&json!(true), &json!(last))
        );
        assert_eq!(subscriber.next().await, Event::End);
        assert_eq!(subscriber.cursor(), last);
    }
    server.publish("d", json!(2)).await;
    assert_eq!(bodies(&mut other, 1).await, [2]);
}

/// Late subscribers get what the history has before the end, on another service too.
pub async fn an_end_is_told_to_those_who_come_later<S: Subscriber>() {
    let server = S::start(&[]).await;
    server.publish("c", json!(1)).await;
    let last = end(&server).await;
    let other = server.beside::<S::Transport>().await;
    for server in [&server, &other] {
        let mut subscriber = S::subscribe(server, "channel=c&after=0").await;
        assert_eq!(bodies(&mut subscriber, 2).await, [json!(1), json!("last")]);
        assert_eq!(subscriber.next().await, Event::End);
        for query in [
            format!("channel=c&after={last}"),
            format!("channel=c&after={last}&envelope=none"),
        ] {
            assert!(S::has_ended(server, &query).await, "{query}");
        }
        let history = server.get("/messages?channel=c").await.json();
        assert_eq!(
            (&history["end"], &history["cursor"]),
            (&json!(true), &json!(last))
        );
        let page = server.get("/messages?channel=c&limit=1").await.json();
        assert_eq!(page.get("end"), None, "there is more");
    }
}

/// A retry of the end gets the first response.
pub async fn an_ended_channel_takes_no_messages<S: Subscriber>() {
    let server = S::start(&[]).await;
    let last = end(&server).await;
    let other = server.beside::<S::Transport>().await;
    for server in [&server, &other] {
        for (key, body) in [
            ("a", json!({ "message": 1 })),
            ("b", json!({ "message": "last", "end": true })),
        ] {
            let refused = post(server, &body, key).await;
            assert_problem(&refused, 409, "channel-ended", "has ended");
        }
        assert_eq!(end(server).await, last);
        let reused = post(server, &json!({ "message": "last" }), "end").await;
        assert_problem(&reused, 422, "key-reused", "a new key");
    }
    let history = server.get("/messages?channel=c").await.json();
    assert_eq!(history["messages"].as_array().map(Vec::len), Some(1));
}

/// With an envelope the end is a message like any other, with `null`. Without one there is nothing
/// to send.
pub async fn an_end_without_a_message_has_no_payload<S: Subscriber>() {
    let server = S::start(&[]).await;
    let mut whole = S::subscribe(&server, "channel=c").await;
    server.publish("c", json!("a")).await;
    let ended = post(&server, &json!({ "end": true }), "k").await;
    assert_eq!(ended.status, 200, "{}", ended.body);
    assert_eq!(bodies(&mut whole, 2).await, [json!("a"), json!(null)]);
    assert_eq!(whole.next().await, Event::End);
    let query = "channel=c&after=0&envelope=none";
    assert_eq!(S::payloads(&server, query, 1).await, ["a"]);
    let history = server.get("/messages?channel=c&envelope=none").await;
    assert_eq!(history.json(), json!(["a"]));
    assert_eq!(history.header("trilane-end"), Some("true"));
}

/// The channel takes messages again, and a client with the last cursor waits for them.
pub async fn an_end_that_left_the_history_ends_nothing<S: Subscriber>() {
    let server = S::start(&["--history-age", "1"]).await;
    let last = end(&server).await;
    let service = server.running().service();
    let rest = format!("/messages?channel=c&after={last}");
    eventually("the end to leave the history", async || {
        service.hub.trim(service.broker.now()).await;
        server.get(&rest).await.json().get("end").is_none()
    })
    .await;
    let mut subscriber = S::subscribe(&server, &format!("channel=c&after={last}")).await;
    eventually("the broker to take messages", async || {
        post(&server, &json!({ "message": 2 }), "l").await.status == 200
    })
    .await;
    assert_eq!(bodies(&mut subscriber, 1).await, [2]);
    assert_eq!(server.metric("resets_total", S::Transport::NAME), 0);
}

/// A subscriber of several channels goes on until the last of them has ended. So does one that
/// comes after the first end.
pub async fn several_channels_end_when_all_have_ended<S: Subscriber>() {
    let server = S::start(&[]).await;
    let mut subscriber = S::subscribe(&server, "channel=c,d").await;
    let c = end(&server).await;
    let message = next_message(&mut subscriber).await;
    assert_eq!(
        (&message["channel"], &message["end"]),
        (&json!("c"), &json!(true))
    );
    let query = format!("channel=c,d&after={}", subscriber.cursor());
    let mut later = S::subscribe(&server, &query).await;
    server.publish("d", json!(1)).await;
    let d = end_of(&server, "d").await;
    let cursor = format!("c@{c},d@{d}");
    for subscriber in [&mut subscriber, &mut later] {
        assert_eq!(bodies(subscriber, 2).await, [json!(1), json!("last")]);
        assert_eq!(subscriber.next().await, Event::End);
        assert_eq!(subscriber.cursor(), cursor);
    }
    assert!(S::has_ended(&server, &format!("channel=c,d&after={cursor}")).await);
    let history = server.get("/messages?channel=d,c").await.json();
    assert_eq!(
        (&history["end"], &history["cursor"]),
        (&json!(true), &json!(format!("d@{d},c@{c}")))
    );
    let page = server.get("/messages?channel=d,c&limit=2").await.json();
    assert_eq!(page.get("end"), None, "there is more");
    let bare = server.get("/messages?channel=c,d&envelope=none").await;
    assert_eq!(bare.header("trilane-end"), Some("true"));
}
