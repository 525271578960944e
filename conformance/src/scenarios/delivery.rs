//! Every message reaches every subscriber of its channel, unchanged and in order.

use crate::{
    Subscriber,
    steps::{bodies, moved, next_message, numbers, publish_numbers},
};
use serde_json::json;

/// Any JSON value arrives as it was sent, with the id that the publisher got.
pub async fn a_message_arrives_unchanged<S: Subscriber>() {
    let server = S::start(&[]).await;
    let mut subscriber = S::subscribe(&server, "channel=c").await;
    let long = "x".repeat(60_000);
    for body in [
        json!("hi"),
        json!(null),
        json!({"a": [1, "\u{0}\n\r\u{2028}\"é😀"]}),
        json!(long),
        json!([]),
        json!(1e300),
    ] {
        let id = server.publish("c", body.clone()).await;
        let message = next_message(&mut subscriber).await;
        assert_eq!(
            (&message["id"], &message["channel"], &message["message"]),
            (&json!(id), &json!("c"), &body)
        );
        assert!(message["time"].is_u64());
    }
}

/// The name arrives live, after a reconnect, and with `GET /messages`. A message without an event
/// has no such field.
pub async fn an_event_arrives_with_its_name<S: Subscriber>() {
    let server = S::start(&[]).await;
    let mut live = S::subscribe(&server, "channel=c").await;
    let longest = "x".repeat(128);
    for name in ["price", "a:b.c-d_E", &longest] {
        let body = json!({ "message": 1, "event": name }).to_string();
        let published = server.post("/messages?channel=c", &[], &body).await;
        assert_eq!(published.status, 200, "{}", published.body);
        assert_eq!(next_message(&mut live).await["event"], name);
    }
    server.publish("c", json!(2)).await;
    assert_eq!(next_message(&mut live).await.get("event"), None);
    let history = server.get("/messages?channel=c").await.json();
    assert_eq!(history["messages"][2]["event"], json!(longest));
    let other = server.beside::<S::Transport>().await;
    let mut late = S::subscribe(&other, "channel=c&after=0").await;
    for expected in history["messages"].as_array().expect("a list") {
        assert_eq!(next_message(&mut late).await, *expected);
    }
}

/// It arrives from the history and live. Another subscriber gets whole messages meanwhile.
pub async fn without_an_envelope_only_the_payload_arrives<S: Subscriber>() {
    let server = S::start(&[]).await;
    let mut whole = S::subscribe(&server, "channel=c").await;
    let texts = [
        "hi",
        "<b>\n \u{2028}\"😀</b>",
        "",
        "null",
        "[1,{\"a\":null}]",
        "7",
    ];
    let values = texts.map(|text| match text {
        "null" | "7" => serde_json::from_str(text).expect("JSON"),
        text if text.starts_with('[') => serde_json::from_str(text).expect("JSON"),
        text => json!(text),
    });
    server.publish("c", values[0].clone()).await;
    let publish_the_rest = async {
        for value in &values[1..] {
            server.publish("c", value.clone()).await;
        }
    };
    let query = "channel=c&after=0&envelope=none";
    let (payloads, ()) = tokio::join!(S::payloads(&server, query, 6), publish_the_rest);
    assert_eq!(payloads, texts);
    assert_eq!(bodies(&mut whole, 6).await, values);
}

/// Offsets are contiguous, and every acknowledged message arrives.
pub async fn concurrent_publishers_share_one_order<S: Subscriber>() {
    let server = S::start(&[]).await;
    let mut subscriber = S::subscribe(&server, "channel=c").await;
    let publish =
        |publisher: usize| publish_numbers(&server, "c", publisher * 100..publisher * 100 + 100);
    let (a, b, c, d) = tokio::join!(publish(0), publish(1), publish(2), publish(3));
    let mut published = [a, b, c, d].concat();
    let mut received = Vec::new();
    for _ in 0..400 {
        received.push(
            next_message(&mut subscriber).await["id"]
                .as_str()
                .expect("an id")
                .to_owned(),
        );
    }
    let contiguous: Vec<_> = (0..400).map(|by| moved(&received[0], by)).collect();
    assert_eq!(received, contiguous);
    published.sort_unstable();
    received.sort_unstable();
    assert_eq!(received, published);
}

/// A message reaches only subscribers of its channel.
pub async fn channels_are_isolated<S: Subscriber>() {
    let server = S::start(&[]).await;
    let (mut a, mut b) = (
        S::subscribe(&server, "channel=a").await,
        S::subscribe(&server, "channel=b").await,
    );
    for (channel, body) in [("a", 1), ("b", 2), ("a", 3), ("b", 4)] {
        server.publish(channel, body.into()).await;
    }
    assert_eq!(bodies(&mut a, 2).await, [1, 3]);
    assert_eq!(bodies(&mut b, 2).await, [2, 4]);
}

/// There are more subscribers than worker threads; all get the same order.
pub async fn all_subscribers_receive_the_same_messages<S: Subscriber>() {
    let server = S::start(&[]).await;
    let mut subscribers = Vec::new();
    for _ in 0..20 {
        subscribers.push(S::subscribe(&server, "channel=c").await);
    }
    publish_numbers(&server, "c", 0..10).await;
    for subscriber in &mut subscribers {
        assert_eq!(bodies(subscriber, 10).await, numbers(0..10));
    }
}
