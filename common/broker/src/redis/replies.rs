//! Parses what the scripts return, and what they publish.

use crate::PublishAck;
use common::message::{Attributes, ChannelName, Message, MessageId};
use redis::{ErrorKind, RedisError, RedisResult};
use std::str::FromStr;

/// A message that this process has. Its time tells it from a lost message with the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KnownMessage {
    pub(super) id: MessageId,
    /// When Redis accepted it, in milliseconds since 1970.
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

/// A page of a channel in Redis.
pub(super) struct HistoryPage {
    /// The channel's latest id.
    pub(super) latest: MessageId,
    /// `None` if not even the first message fits into the page.
    pub(super) messages: Option<Vec<Message>>,
}

/// The reply of the history script: the latest id, and stream entries with their fields `t` (time),
/// `b` (body) and perhaps `a` (attributes), each name before its value.
pub(super) type HistoryReply = (String, Option<Vec<StreamEntry>>);
type StreamEntry = (String, Vec<String>);

/// Parses `ID TIME`, with a ` SIZE` if the message is new: the memory that its channel takes, in
/// bytes.
///
/// # Errors
///
/// If it has another form, as the reply of another program.
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

/// Parses what a script published: `ID TIME BODY`, `ID TIME @ATTRIBUTES BODY`, or just an id for a
/// new epoch. JSON does not begin with `@`.
///
/// # Errors
///
/// If it has another form, as what another program publishes.
pub(super) fn parse_notification(
    channel: &ChannelName,
    payload: &str,
) -> RedisResult<Notification> {
    let Some((id, rest)) = payload.split_once(' ') else {
        return parse::<MessageId>(payload).map(|_| Notification::NewEpoch);
    };
    let (time, content) = rest.split_once(' ').ok_or_else(|| unexpected(payload))?;
    let (attributes, body) = match content.strip_prefix('@') {
        Some(rest) => rest.split_once(' ').ok_or_else(|| unexpected(payload))?,
        None => ("", content),
    };
    let (id, time) = (parse(id)?, parse(time)?);
    let message = Message::with_attributes(id, channel, body, &parse(attributes)?, time);
    Ok(Notification::Message(message))
}

/// Parses a page of a channel's history.
///
/// # Errors
///
/// If an id, a time or the fields of an entry have another form.
pub(super) fn parse_history(
    channel: &ChannelName,
    (latest, entries): HistoryReply,
) -> RedisResult<HistoryPage> {
    let parse_all = |entries: Vec<StreamEntry>| {
        let messages = entries.into_iter().map(|entry| parse_entry(channel, entry));
        messages.collect::<RedisResult<_>>()
    };
    Ok(HistoryPage {
        latest: parse(&latest)?,
        messages: entries.map(parse_all).transpose()?,
    })
}

fn parse_entry(channel: &ChannelName, (id, fields): StreamEntry) -> RedisResult<Message> {
    let [_, time, _, body, rest @ ..] = &fields[..] else {
        return Err(unexpected(&id));
    };
    let attributes: Attributes = match rest {
        [] => Attributes::default(),
        [_, attributes] => parse(attributes)?,
        _ => return Err(unexpected(&id)),
    };
    let (id, time) = (parse(&id)?, parse(time)?);
    Ok(Message::with_attributes(
        id,
        channel,
        body,
        &attributes,
        time,
    ))
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
        let entry = entry(&["t", "12", "b", "{\"a\": 1}"]);
        let HistoryPage { latest, messages } =
            parse_history(&main, ("7-3".into(), Some(vec![entry]))).unwrap();
        assert_eq!((latest, messages), (ID, Some(vec![message])));
        let too_large = parse_history(&main, ("7-3".into(), None)).unwrap();
        assert_eq!((too_large.latest, too_large.messages), (ID, None));
    }

    #[test]
    fn the_formats_with_attributes_are_pinned() {
        let main = ChannelName::main();
        let attributes = "event=price".parse().unwrap();
        let message = Message::with_attributes(ID, &main, "[1, 2]", &attributes, 12);
        assert_eq!(
            parse_notification(&main, "7-3 12 @event=price [1, 2]").unwrap(),
            Notification::Message(message.clone())
        );
        let entry = entry(&["t", "12", "b", "[1, 2]", "a", "event=price"]);
        let page = parse_history(&main, ("7-3".into(), Some(vec![entry]))).unwrap();
        assert_eq!(page.messages, Some(vec![message]));
    }

    fn entry(fields: &[&str]) -> StreamEntry {
        let fields = fields.iter().map(|field| (*field).to_owned());
        ("7-3".into(), fields.collect())
    }

    #[test]
    fn text_of_other_programs_is_an_error() {
        for payload in [
            "",
            "hello",
            "7-3 x 1",
            "7-3 12",
            "x 12 1",
            "7-3 12 @event=a",
            "7-3 12 @a 1",
        ] {
            assert!(
                parse_notification(&ChannelName::main(), payload).is_err(),
                "{payload:?}"
            );
        }
        for fields in [
            &["a", "b"][..],
            &["t", "12", "b", "1", "a"],
            &["t", "12", "b", "1", "a", "x"],
        ] {
            let reply = ("7-3".into(), Some(vec![entry(fields)]));
            assert!(
                parse_history(&ChannelName::main(), reply).is_err(),
                "{fields:?}"
            );
        }
        assert!(parse_ack("7-3").is_err() && parse_ack("7 3").is_err());
    }
}
