//! Steps and assertions that several scenarios share.

use crate::{Client, Event, Response, Server, Subscriber, eventually};
use serde_json::{Value, json};
use socket2::SockRef;
use std::{ops::Range, time::Duration};

/// Waits for the next event, which must be a message.
pub(crate) async fn next_message<S: Subscriber>(subscriber: &mut S) -> Value {
    match subscriber.next().await {
        Event::Message(message) => message,
        reset => panic!("expected a message, got {reset:?}"),
    }
}

/// Waits for messages, and returns what their publishers sent.
pub(crate) async fn bodies<S: Subscriber>(subscriber: &mut S, count: usize) -> Vec<Value> {
    let mut bodies = Vec::new();
    for _ in 0..count {
        bodies.push(next_message(subscriber).await["message"].take());
    }
    bodies
}

/// Waits for a reset, and checks it and the cursor that follows from it.
pub(crate) async fn expect_reset<S: Subscriber>(subscriber: &mut S, after: &str, oldest: &str) {
    let cursor = moved(oldest, -1);
    let reset = json!({ "after": after, "oldest": oldest, "cursor": cursor });
    assert_eq!(subscriber.next().await, Event::Reset(reset));
    assert_eq!(subscriber.cursor(), cursor);
}

pub(crate) fn numbers(range: Range<usize>) -> Vec<Value> {
    range.map(Value::from).collect()
}

/// Publishes a number after the other, and returns their ids.
pub(crate) async fn publish_numbers(
    server: &Server,
    channel: &str,
    range: Range<usize>,
) -> Vec<String> {
    let mut ids = Vec::new();
    for number in range {
        ids.push(server.publish(channel, number.into()).await);
    }
    ids
}

/// Returns the message id whose offset is larger by `by`.
pub(crate) fn moved(id: &str, by: i64) -> String {
    let (epoch, offset) = id.split_once('-').expect("an id");
    format!("{epoch}-{}", offset.parse::<i64>().expect("a number") + by)
}

/// Returns the headers of a subscription as they are sent.
pub(crate) fn header_lines<S: Subscriber>() -> String {
    let lines = S::HEADERS.iter();
    lines
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect()
}

/// Checks a problem (RFC 9457): its status code, its name, and words of its detail.
pub(crate) fn assert_problem(response: &Response, status: u16, name: &str, words: &str) {
    assert_eq!(response.status, status, "{}", response.body);
    assert_eq!(
        response.header("content-type"),
        Some("application/problem+json")
    );
    let problem = response.json();
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], format!("urn:trilane:problem:{name}"));
    let detail = problem["detail"].as_str().expect("a detail");
    assert!(detail.contains(words), "{words:?} is not in {problem}");
}

/// Resets a connection: closes it so that the kernel sends RST.
pub(crate) fn tcp_reset(client: Client) {
    let (io, _) = client.into_parts();
    SockRef::from(&io)
        .set_linger(Some(Duration::ZERO))
        .expect("a socket");
}

/// Waits until the service holds no connection: neither in actix, nor in the hub, nor a permit.
pub(crate) async fn nothing_is_left(server: &Server) {
    let metrics = server.running().service().hub.metrics();
    eventually("every connection to be released", async || {
        let left = [
            metrics.http_connections.get(),
            metrics.connections.get(),
            metrics.subscribers.get(),
        ];
        left == [0, 0, 0]
    })
    .await;
}
