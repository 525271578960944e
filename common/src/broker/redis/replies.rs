//! Parses what the scripts return, and what they publish.

use crate::{
    broker::PublishAck,
    message::{ChannelName, Message, MessageId},
};
use redis::{ErrorKind, RedisError, RedisResult};
use std::str::FromStr;

/// A message that this process has. Its time tells it from a lost message with the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KnownMessage {
    pub(super) id: MessageId,
    pub(super) time: u64,
}

/// A channel in Redis: its latest id, and messages that end with it.
#[derive(Debug)]
pub(super) struct StoredHistory {
    pub(super) latest: MessageId,
    pub(super) messages: Vec<Message>,
}

/// What a script publishes on a channel.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Notification {
    /// The next message.
    Message(Message),
    /// The channel has a new epoch.
    NewEpoch,
}

/// The reply of the history script: the latest id, and stream entries with their fields `t` (time)
/// and `b` (body).
pub(super) type HistoryReply = (String, Vec<StreamEntry>);
type StreamEntry = (String, (String, String, String, String));

/// Parses `ID TIME`, with a ` SIZE` if the message is new: the memory that its channel takes, in
/// bytes.
pub(super) fn parse_ack(reply: &str) -> RedisResult<(PublishAck, Option<u64>)> {
    let (id, rest) = reply.split_once(' ').ok_or_else(|| unexpected(reply))?;
    let (time, size) = match rest.split_once(' ') {
        Some((time, size)) => (time, Some(parse(size)?)),
        None => (rest, None),
    };
    let ack = PublishAck {
        id: parse(id)?,
        time: parse(time)?,
    };
    Ok((ack, size))
}

/// Parses what a script published: `ID TIME BODY`, or just an id for a new epoch.
pub(super) fn parse_notification(
    channel: &ChannelName,
    payload: &str,
) -> RedisResult<Notification> {
    let Some((id, rest)) = payload.split_once(' ') else {
        return parse::<MessageId>(payload).map(|_| Notification::NewEpoch);
    };
    let (time, body) = rest.split_once(' ').ok_or_else(|| unexpected(payload))?;
    let message = Message::new(parse(id)?, channel, body, parse(time)?);
    Ok(Notification::Message(message))
}

/// Parses a page of a channel's history.
pub(super) fn parse_history(
    channel: &ChannelName,
    (latest, entries): HistoryReply,
) -> RedisResult<StoredHistory> {
    let messages = entries.into_iter().map(|entry| parse_entry(channel, entry));
    Ok(StoredHistory {
        latest: parse(&latest)?,
        messages: messages.collect::<RedisResult<_>>()?,
    })
}

fn parse_entry(channel: &ChannelName, entry: StreamEntry) -> RedisResult<Message> {
    let (id, (_, time, _, body)) = entry;
    Ok(Message::new(parse(&id)?, channel, &body, parse(&time)?))
}

fn parse<T: FromStr>(text: &str) -> RedisResult<T> {
    text.parse().map_err(|_| unexpected(text))
}

fn unexpected(reply: &str) -> RedisError {
    let start: String = reply.chars().take(60).collect();
    let description = "not what these scripts return";
    (ErrorKind::UnexpectedReturnType, description, start).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: MessageId = MessageId {
        epoch: 7,
        offset: 3,
    };

    #[test]
    fn the_formats_are_pinned() {
        let main = ChannelName::main();
        let message = Message::new(ID, &main, "{\"a\": 1}", 12);
        assert_eq!(
            parse_notification(&main, "7-3 12 {\"a\": 1}").unwrap(),
            Notification::Message(message.clone())
        );
        assert_eq!(
            parse_notification(&main, "7-3").unwrap(),
            Notification::NewEpoch
        );
        assert_eq!(
            parse_ack("7-3 12").unwrap(),
            (PublishAck { id: ID, time: 12 }, None)
        );
        assert_eq!(
            parse_ack("7-3 12 99").unwrap(),
            (PublishAck { id: ID, time: 12 }, Some(99))
        );
        let entry = (
            "7-3".into(),
            ("t".into(), "12".into(), "b".into(), "{\"a\": 1}".into()),
        );
        let StoredHistory { latest, messages } =
            parse_history(&main, ("7-3".into(), vec![entry])).unwrap();
        assert_eq!((latest, messages), (ID, vec![message]));
    }

    #[test]
    fn text_of_other_programs_is_an_error() {
        for payload in ["", "hello", "7-3 x 1", "7-3 12", "x 12 1"] {
            assert!(
                parse_notification(&ChannelName::main(), payload).is_err(),
                "{payload:?}"
            );
        }
        assert!(parse_ack("7-3").is_err() && parse_ack("7 3").is_err());
    }
}
