//! What a publisher says of a message beside its body.

use super::EventName;
use std::{fmt, str::FromStr};

const END: &str = "end";

/// The attributes of a message. By default it has none.
///
/// As text, for a broker that stores it: none, or some of `event=NAME` and `end` with a comma
/// between them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Attributes {
    /// The name of the event that the message is, for clients that listen to some events only.
    pub event: Option<EventName>,
    /// Whether it is the last message of its channel.
    pub end: bool,
}

/// A text that is not of attributes.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the attributes of a message")]
pub struct InvalidAttributes;

impl fmt::Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let event = self.event.as_ref().map(|event| format!("event={event}"));
        let end = self.end.then(|| END.to_owned());
        let attributes: Vec<_> = event.into_iter().chain(end).collect();
        f.write_str(&attributes.join(","))
    }
}

impl FromStr for Attributes {
    type Err = InvalidAttributes;

    fn from_str(text: &str) -> Result<Self, InvalidAttributes> {
        let mut attributes = Self::default();
        for attribute in text.split(',').filter(|attribute| !attribute.is_empty()) {
            if attribute == END {
                attributes.end = true;
                continue;
            }
            let name = attribute.strip_prefix("event=").ok_or(InvalidAttributes)?;
            let event = EventName::parse(name).map_err(|_| InvalidAttributes)?;
            attributes.event = Some(event);
        }
        Ok(attributes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_pinned() {
        let event = Some(EventName::parse("price").unwrap());
        let price = |end| Attributes {
            event: event.clone(),
            end,
        };
        let end = Attributes {
            end: true,
            ..Attributes::default()
        };
        for (attributes, text) in [
            (Attributes::default(), ""),
            (price(false), "event=price"),
            (price(true), "event=price,end"),
            (end, "end"),
        ] {
            assert_eq!(attributes.to_string(), text);
            assert_eq!(text.parse(), Ok(attributes));
        }
    }

    #[test]
    fn other_texts_are_rejected() {
        for text in ["price", "event=", "event=a b", "event=reset", "x=1"] {
            assert_eq!(text.parse::<Attributes>(), Err(InvalidAttributes), "{text}");
        }
    }
}
