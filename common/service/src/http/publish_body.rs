//! The body of a publication, from a request or from a WebSocket frame.

mod fields;

use super::{Problem, check::check_text};
use common::message::{Attributes, ChannelName, EventName, Quoted};
use fields::{Field, Fields};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::ops::Range;

/// The message of the end of a channel that has none.
const NO_MESSAGE: &str = "null";
/// The longest idempotency key, in characters.
const MAX_KEY: usize = 128;

/// `{"message": <any JSON>}`, perhaps with `"event"` and `"end"`, and in a WebSocket frame with
/// `"key"` and `"channel"`. With `"end": true` the message may be missing. Other fields are ignored.
pub struct PublishBody<'a> {
    /// The message. Every JSON parser can read it.
    message: Option<&'a RawValue>,
    event: Field<'a>,
    is_end: bool,
    key: Field<'a>,
    channel: Field<'a>,
}

impl<'a> PublishBody<'a> {
    /// Parses a body.
    ///
    /// # Errors
    ///
    /// `malformed-json` if it is not JSON, or has a message that subscribers could not parse;
    /// `missing-message` if it is not an object with one message; `bad-end` if `end` is neither true
    /// nor false.
    pub fn parse(text: &'a str) -> Result<Self, Problem> {
        // serde would accept an array in place of the object.
        if !text.trim_ascii_start().starts_with('{') {
            serde_json::from_str::<IgnoredAny>(text).map_err(Problem::malformed)?;
            return Err(bad_message("the body is not an object"));
        }
        let Fields {
            message,
            event,
            end,
            key,
            channel,
        } = serde_json::from_str(text).map_err(Problem::malformed)?;
        let bad_end = |_| Problem::new(400, "bad-end", "end: expected one true or false");
        let is_end = end.value().map_err(bad_end)?.unwrap_or(false);
        let message = match message {
            Field::Once(message) => Some(message),
            Field::Missing if is_end => None,
            Field::Missing => return Err(bad_message("`message` is missing")),
            Field::Repeated => return Err(bad_message("`message` is repeated")),
        };
        if let Some(message) = message {
            check_text(message.get()).map_err(Problem::malformed)?;
        }
        Ok(Self {
            message,
            event,
            is_end,
            key,
            channel,
        })
    }

    /// Returns the message. It is `null` if only the end of the channel is published.
    pub fn message(&self) -> &'a str {
        self.message.map_or(NO_MESSAGE, RawValue::get)
    }

    /// Returns the attributes of the message.
    ///
    /// # Errors
    ///
    /// `bad-event` if `event` is not the name of one.
    pub fn attributes(&self) -> Result<Attributes, Problem> {
        let parse = |name: String| {
            EventName::parse(&name).map_err(|invalid| {
                let detail = format!("event={}: {invalid}", Quoted(&name));
                Problem::new(400, "bad-event", detail)
            })
        };
        let name = self.event.string("event", "bad-event")?;
        Ok(Attributes {
            event: name.map(parse).transpose()?,
            end: self.is_end,
        })
    }

    /// Returns the idempotency key, if there is one.
    ///
    /// # Errors
    ///
    /// If it is not a string that may be a key, or there are several.
    pub fn key(&self) -> Result<Option<String>, Problem> {
        let key = self.key.string("key", "bad-key")?;
        key.map(parse_key).transpose()
    }

    /// Returns the channel, if there is one.
    ///
    /// # Errors
    ///
    /// `bad-channel` if it is not one channel name.
    pub fn channel(&self) -> Result<Option<ChannelName>, Problem> {
        let parse = |name: String| {
            ChannelName::parse(&name).map_err(|invalid| Problem::channel(&name, invalid))
        };
        let name = self.channel.string("channel", "bad-channel")?;
        name.map(parse).transpose()
    }

    /// Returns where the message is in the text that it was parsed from.
    fn range_in(&self, text: &str) -> Option<Range<usize>> {
        let message = self.message?.get();
        let start = message.as_ptr().addr() - text.as_ptr().addr();
        Some(start..start + message.len())
    }
}

/// Parses a body and returns its message, in the memory of the body, and the attributes.
///
/// # Errors
///
/// Those of [`PublishBody::parse`] and [`PublishBody::attributes`]; `malformed-json` if it is not
/// UTF-8.
pub(super) fn into_content(body: Vec<u8>) -> Result<(String, Attributes), Problem> {
    let mut text = String::from_utf8(body).map_err(Problem::malformed)?;
    let parsed = PublishBody::parse(&text)?;
    let attributes = parsed.attributes()?;
    let Some(range) = parsed.range_in(&text) else {
        return Ok((NO_MESSAGE.to_owned(), attributes));
    };
    text.truncate(range.end);
    text.drain(..range.start);
    Ok((text, attributes))
}

/// Checks an idempotency key.
///
/// # Errors
///
/// 400 `bad-key` unless it has 1 to 128 visible ASCII characters.
pub(super) fn parse_key(key: String) -> Result<String, Problem> {
    if (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(key);
    }
    let key = Quoted(&key);
    let detail = format!("key={key}: expected 1 to {MAX_KEY} visible ASCII characters");
    Err(Problem::new(400, "bad-key", detail))
}

fn bad_message(reason: &str) -> Problem {
    let detail = format!("{reason}: expected {{\"message\": <any JSON>}}");
    Problem::new(422, "missing-message", detail)
}

#[cfg(test)]
mod tests;
