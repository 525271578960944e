//! The fields of a publication, unparsed, each at most once.

use crate::http::Problem;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::fmt;

/// A field that is repeated, or is of another type.
pub(super) struct NotOne;

/// A field, unparsed.
#[derive(Default)]
pub(super) enum Field<'a> {
    #[default]
    Missing,
    Once(&'a RawValue),
    Repeated,
}

/// The fields of a body.
#[derive(Default)]
pub(super) struct Fields<'a> {
    pub(super) message: Field<'a>,
    pub(super) event: Field<'a>,
    pub(super) end: Field<'a>,
    pub(super) key: Field<'a>,
    pub(super) channel: Field<'a>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum FieldName {
    Message,
    Event,
    End,
    Key,
    Channel,
    #[serde(other)]
    Other,
}

impl<'a> Field<'a> {
    fn set(&mut self, value: &'a RawValue) {
        *self = match self {
            Self::Missing => Self::Once(value),
            Self::Once(_) | Self::Repeated => Self::Repeated,
        };
    }

    /// Returns the value. Returns `None` without one, and for `null`.
    ///
    /// # Errors
    ///
    /// If it is repeated or of another type.
    pub(super) fn value<T: DeserializeOwned>(&self) -> Result<Option<T>, NotOne> {
        match self {
            Self::Missing => Ok(None),
            Self::Once(text) => serde_json::from_str(text.get()).map_err(|_| NotOne),
            Self::Repeated => Err(NotOne),
        }
    }

    /// Returns the string. Returns `None` without one, and for `null`.
    ///
    /// # Errors
    ///
    /// A problem that names the field if it is repeated or of another type.
    pub(super) fn string(
        &self,
        name: &str,
        problem: &'static str,
    ) -> Result<Option<String>, Problem> {
        let expected = |NotOne| Problem::new(400, problem, format!("{name}: expected one string"));
        self.value().map_err(expected)
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
                FieldName::Event => fields.event.set(object.next_value()?),
                FieldName::End => fields.end.set(object.next_value()?),
                FieldName::Key => fields.key.set(object.next_value()?),
                FieldName::Channel => fields.channel.set(object.next_value()?),
                FieldName::Other => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(fields)
    }
}
