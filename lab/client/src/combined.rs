//! The combined cursor of a client that reads several channels: `a@ID,b@ID`, in any order.

use bytes::Bytes;
use common::message::{ChannelList, ChannelName, Cursor, InvalidChannelName, InvalidCursor};
use serde::Deserialize;

/// Returns the cursor with which to begin to read several channels.
pub(super) fn first(channels: &ChannelList, after: Option<String>) -> Option<String> {
    let is_several = channels.as_slice().len() > 1;
    if !is_several || after.as_deref() != Some("0") {
        return after;
    }
    let parts = channels.as_slice().iter().map(|name| format!("{name}@0"));
    Some(parts.collect::<Vec<_>>().join(","))
}

/// Returns the cursor after a message that came with this id.
pub(super) fn after_message(after: Option<&str>, id: &str, json: &Bytes) -> String {
    #[derive(Deserialize)]
    struct Head {
        channel: String,
    }
    let is_combined = after.is_some_and(|after| after.contains('@'));
    // An event stream sends the combined cursor as the id.
    if !is_combined || id.contains('@') {
        return id.to_owned();
    }
    match serde_json::from_slice(json) {
        Ok(Head { channel }) => with(after, &channel, id),
        Err(_) => id.to_owned(),
    }
}

/// Returns the cursor after a connection was opened with the cursor `opened`: that of the channels
/// which had none.
pub(super) fn after_opening(after: Option<&str>, opened: &str) -> String {
    let Some(after) = after else {
        return opened.to_owned();
    };
    let mut cursor = after.to_owned();
    for (channel, id) in parts(opened) {
        if !parts(after).any(|(known, _)| known == channel) {
            cursor = with(Some(&cursor), channel, id);
        }
    }
    cursor
}

/// Checks a cursor of one channel or several from the command line.
pub(super) fn check(text: &str) -> Result<(), InvalidCursor> {
    if !text.contains('@') {
        text.parse::<Cursor>()?;
        return Ok(());
    }
    let names = parts(text).map(|(name, _)| ChannelName::parse(name));
    let names: Result<Vec<_>, _> = names.collect();
    let names = names.map_err(|InvalidChannelName| InvalidCursor::NoChannel)?;
    Cursor::parse_several(text, &names).map(drop)
}

fn with(cursor: Option<&str>, channel: &str, id: &str) -> String {
    let mut all: Vec<_> = parts(cursor.unwrap_or(""))
        .filter(|(other, _)| *other != channel)
        .collect();
    all.push((channel, id));
    let parts = all.into_iter().map(|(name, id)| format!("{name}@{id}"));
    parts.collect::<Vec<_>>().join(",")
}

fn parts(cursor: &str) -> impl Iterator<Item = (&str, &str)> {
    cursor.split(',').filter_map(|part| part.split_once('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &str) -> ChannelList {
        ChannelList::parse(names.split(',')).unwrap()
    }

    #[test]
    fn a_cursor_of_everything_names_each_channel() {
        let zero = || Some("0".to_owned());
        assert_eq!(first(&list("a,b"), zero()).as_deref(), Some("a@0,b@0"));
        assert_eq!(first(&list("a"), zero()), zero());
        assert_eq!(first(&list("a,b"), None), None);
    }

    #[test]
    fn a_message_moves_its_channel() {
        let json = Bytes::from_static(br#"{"id":"7-2","channel":"a"}"#);
        let after = |cursor, id| after_message(cursor, id, &json);
        assert_eq!(after(Some("a@7-1,b@0"), "7-2"), "b@0,a@7-2");
        assert_eq!(after(Some("a@7-1,b@0"), "a@7-2,b@1-1"), "a@7-2,b@1-1");
        assert_eq!(after(Some("7-1"), "7-2"), "7-2");
        assert_eq!(after(None, "7-2"), "7-2");
    }

    #[test]
    fn opening_adds_the_channels_without_a_cursor() {
        assert_eq!(after_opening(None, "a@7-1,b@8-1"), "a@7-1,b@8-1");
        assert_eq!(after_opening(Some("b@0"), "a@7-1,b@8-1"), "b@0,a@7-1");
        assert_eq!(after_opening(Some("0"), "7-1"), "0");
    }

    #[test]
    fn cursors_of_the_command_line_are_checked() {
        for good in ["0", "7-1", "a@7-1", "a@0,b.c@8-2"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in ["", "7", "a@7", "a@7-1,b", "a@7-1,a@7-1", "@7-1", "a/b@7-1"] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
