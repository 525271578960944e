//! The cursors of clients that are not told them with each message.

use crate::steps::moved;
use serde_json::Value;

/// Returns the cursor of a client after a message: its id, or the combined cursor with its id.
///
/// # Panics
///
/// If the message has no id or no channel.
pub fn cursor_after(cursor: &str, message: &Value) -> String {
    let id = message["id"].as_str().expect("an id");
    with(cursor, message, id)
}

/// Returns the cursor of a client before the message with which it reached `cursor`.
///
/// # Panics
///
/// If the message has no id or no channel.
pub fn cursor_before(cursor: &str, message: &Value) -> String {
    let id = message["id"].as_str().expect("an id");
    with(cursor, message, &moved(id, -1))
}

fn with(cursor: &str, message: &Value, id: &str) -> String {
    if !cursor.contains('@') {
        return id.to_owned();
    }
    let channel = message["channel"].as_str().expect("a channel");
    let parts = cursor.split(',').map(|part| match part.split_once('@') {
        Some((name, _)) if name == channel => format!("{name}@{id}"),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join(",")
}
