//! What scenarios say and hear, in a few words.

use super::{Event, Reader, Server};
use serde_json::{Value, json};

pub(super) async fn message<R: Reader>(reader: &mut R) -> Value {
    match reader.next().await {
        Event::Message(message) => message,
        reset => panic!("a message was due, not {reset:?}"),
    }
}

pub(super) async fn bodies<R: Reader>(reader: &mut R, count: usize) -> Vec<Value> {
    let mut bodies = Vec::new();
    for _ in 0..count {
        bodies.push(message(reader).await["message"].take());
    }
    bodies
}

pub(super) async fn expect_reset<R: Reader>(reader: &mut R, after: &str, oldest: &str) {
    let cursor = moved(oldest, -1);
    let reset = json!({ "after": after, "oldest": oldest, "cursor": cursor });
    assert_eq!(
        (reader.next().await, reader.cursor()),
        (Event::Reset(reset), &cursor[..])
    );
}

pub(super) fn numbers(range: std::ops::Range<usize>) -> Vec<Value> {
    range.map(Value::from).collect()
}

pub(super) async fn publish_numbers(
    server: &Server,
    channel: &str,
    range: std::ops::Range<usize>,
) -> Vec<String> {
    let mut ids = Vec::new();
    for number in range {
        ids.push(server.publish(channel, number.into()).await);
    }
    ids
}

/// The id so many places later.
pub(super) fn moved(id: &str, by: i64) -> String {
    let (epoch, offset) = id.split_once('-').expect("an id");
    format!("{epoch}-{}", offset.parse::<i64>().expect("a number") + by)
}
