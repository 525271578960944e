//! Steps of the tests: publishing, receiving and comparing.

use conformance::{Event, Response, Server, Subscriber, patient};
use serde_json::{Value, json};
use std::{ops::Range, time::Duration};
use tokio::time::timeout;

/// How long a failover may take. Sentinels pause for 30 s when their own process was stopped for two.
pub(crate) const FAILOVER: Duration = Duration::from_secs(90);

/// Publishes with retries until the message is acknowledged. Returns the id.
pub(crate) async fn publish_surely(
    server: &Server,
    channel: &str,
    message: Value,
    key: &str,
) -> String {
    let published = publish_until_taken(server, channel, &message, key);
    patient("an acknowledgement", published).await
}

/// Publishes these numbers, over a failover if there is one. Returns their ids.
pub(crate) async fn publish_all(
    server: &Server,
    channel: &str,
    numbers: Range<u64>,
) -> Vec<String> {
    let mut ids = Vec::new();
    for number in numbers {
        let (message, key) = (json!(number), format!("k{number}"));
        let published = publish_until_taken(server, channel, &message, &key);
        let id = timeout(FAILOVER, published).await;
        ids.push(id.expect("a new master in time"));
    }
    ids
}

async fn publish_until_taken(server: &Server, channel: &str, message: &Value, key: &str) -> String {
    loop {
        let answer = try_publish(server, channel, message, key).await;
        match answer.status {
            200 => return answer.json()["id"].as_str().unwrap().to_owned(),
            503 => assert!(answer.body.contains(":broker-"), "{}", answer.body),
            _ => panic!("{}", answer.body),
        }
    }
}

/// Publishes once.
pub(crate) async fn try_publish(
    server: &Server,
    channel: &str,
    message: &Value,
    key: &str,
) -> Response {
    let body = json!({ "message": message }).to_string();
    let path = format!("/messages?channel={channel}");
    server.post(&path, &[("idempotency-key", key)], &body).await
}

/// Receives the next messages. Returns their ids and their bodies.
pub(crate) async fn messages(reader: &mut impl Subscriber, count: usize) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for _ in 0..count {
        match patient("a message", reader.next()).await {
            Event::Message(mut message) => {
                let id = message["id"].as_str().unwrap().to_owned();
                all.push((id, message["message"].take()));
            }
            reset => panic!("expected a message, got {reset:?}"),
        }
    }
    all
}

/// Receives the next messages. Returns their bodies.
pub(crate) async fn bodies(reader: &mut impl Subscriber, count: usize) -> Vec<Value> {
    messages(reader, count)
        .await
        .into_iter()
        .map(|(_, body)| body)
        .collect()
}

/// Receives a reset that names this cursor. Returns its `oldest`.
pub(crate) async fn reset(reader: &mut impl Subscriber, after: &str) -> String {
    match patient("a reset", reader.next()).await {
        Event::Reset(reset) if reset["after"] == after => {
            reset["oldest"].as_str().unwrap().to_owned()
        }
        other => panic!("expected a reset of {after}, got {other:?}"),
    }
}

/// Returns the epoch and the offset of an id.
pub(crate) fn parts(id: &str) -> (u64, u64) {
    let (epoch, offset) = id.split_once('-').unwrap();
    (epoch.parse().unwrap(), offset.parse().unwrap())
}
