//! The body of a publication, from a request or from a WebSocket frame.

use super::{Problem, check::check_text};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{fmt, ops::Range};

/// The longest idempotency key.
const MAX_KEY: usize = 128;

/// `{"message": <any JSON>}`, in a WebSocket frame also with `"key"`. Other fields are ignored.
pub struct PublishBody<'a> {
    /// The message. Every JSON parser can read it.
    pub message: &'a RawValue,
    key: Field<'a>,
}

/// A field of the body, unparsed.
#[derive(Default)]
enum Field<'a> {
    #[default]
    Missing,
    Once(&'a RawValue),
    Repeated,
}

#[derive(Default)]
struct Fields<'a> {
    message: Field<'a>,
    key: Field<'a>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum FieldName {
    Message,
    Key,
    #[serde(other)]
    Other,
}

impl<'a> PublishBody<'a> {
    /// Parses a body.
    ///
    /// # Errors
    ///
    /// `malformed-json` if it is not JSON, or has a message that subscribers could not parse;
    /// `missing-message` if it is not an object with one message.
    pub fn parse(text: &'a str) -> Result<Self, Problem> {
        // serde would accept an array in place of the object.
        if !text.trim_ascii_start().starts_with('{') {
            serde_json::from_str::<IgnoredAny>(text).map_err(Problem::malformed)?;
            return Err(bad_message("the body is not an object"));
        }
        let Fields { message, key } = serde_json::from_str(text).map_err(Problem::malformed)?;
        let message = match message {
            Field::Once(message) => message,
            Field::Missing => return Err(bad_message("`message` is missing")),
            Field::Repeated => return Err(bad_message("`message` is repeated")),
        };
        check_text(message.get()).map_err(Problem::malformed)?;
        Ok(Self { message, key })
    }

    /// Returns the idempotency key, if there is one.
    pub fn key(&self) -> Result<Option<String>, Problem> {
        let key = match self.key {
            Field::Missing => return Ok(None),
            Field::Once(key) => serde_json::from_str::<Option<String>>(key.get()).ok(),
            Field::Repeated => None,
        };
        let Some(key) = key else {
            let detail = "key: expected one string";
            return Err(Problem::new(400, "bad-key", detail));
        };
        key.map(parse_key).transpose()
    }

    /// Returns where the message is in the text that it was parsed from.
    fn range_in(&self, text: &str) -> Range<usize> {
        let message = self.message.get();
        let start = message.as_ptr().addr() - text.as_ptr().addr();
        start..start + message.len()
    }
}

/// Parses a body and returns its message, in the memory of the body.
pub(super) fn into_message(body: Vec<u8>) -> Result<String, Problem> {
    let mut text = String::from_utf8(body).map_err(Problem::malformed)?;
    let range = PublishBody::parse(&text)?.range_in(&text);
    text.truncate(range.end);
    text.drain(..range.start);
    Ok(text)
}

/// Checks an idempotency key.
pub(super) fn parse_key(key: String) -> Result<String, Problem> {
    if (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(key);
    }
    let detail = format!("key={key:?}: expected 1 to {MAX_KEY} visible ASCII characters");
    Err(Problem::new(400, "bad-key", detail))
}

fn bad_message(reason: &str) -> Problem {
    let detail = format!("{reason}: expected {{\"message\": <any JSON>}}");
    Problem::new(422, "missing-message", detail)
}

impl<'a> Field<'a> {
    fn set(&mut self, value: &'a RawValue) {
        *self = match self {
            Self::Missing => Self::Once(value),
            Self::Once(_) | Self::Repeated => Self::Repeated,
        };
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

/// Reads the whole object even if a field is repeated, so that text that is not JSON is always
/// reported as such.
impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Fields::default();
        while let Some(name) = object.next_key()? {
            match name {
                FieldName::Message => fields.message.set(object.next_value()?),
                FieldName::Key => fields.key.set(object.next_value()?),
                FieldName::Other => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests;
