//! Checks that subscribers can parse a message, without building a value.

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use std::fmt;

/// How many levels deep a message may be nested. Many parsers allow 128 levels, and a response
/// around messages adds some.
const MAX_LEVELS: u8 = 119;

/// Refuses valid JSON that common parsers refuse: half a surrogate pair, a number out of the range
/// of `f64`, and nesting beyond 119 levels.
///
/// # Errors
///
/// If a parser could refuse it. The text says where.
pub(super) fn check_text(json: &str) -> serde_json::Result<()> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    Level(MAX_LEVELS).deserialize(&mut deserializer)
}

/// A value that may be nested this many levels deep.
struct Level(u8);

impl Level {
    fn below<E: Error>(&self) -> Result<u8, E> {
        self.0
            .checked_sub(1)
            .ok_or_else(|| E::custom(format_args!("nested more than {MAX_LEVELS} levels deep")))
    }
}

impl<'de> DeserializeSeed<'de> for Level {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let below = self.below()?;
        while elements.next_element_seed(Level(below))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let below = self.below()?;
        while entries.next_key_seed(Level(0))?.is_some() {
            entries.next_value_seed(Level(below))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    /// The model: parses a value eight levels deeper.
    fn parses(json: &str) -> bool {
        serde_json::from_str::<Value>(&format!("[[[[[[[[{json}]]]]]]]]")).is_ok()
    }

    #[test]
    fn text_that_a_parser_refuses_is_refused() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        for (json, good) in [
            ("null", true),
            (
                r#"{"a":[1,-2,1.5,true,"x\u00e9\ud83d\ude00"],"a":{}}"#,
                true,
            ),
            (r#""\ud800""#, false),
            (r#"{"\ud800":1}"#, false),
            ("1e999", false),
            ("[1,]", false),
            (nested(119).as_str(), true),
            (nested(120).as_str(), false),
        ] {
            assert_eq!(
                (check_text(json).is_ok(), parses(json)),
                (good, good),
                "{json}"
            );
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_parser(text in r#"[\[\]{}:,"0-9eu\\d .a-]{0,24}"#) {
            // Only well-formed JSON is checked.
            if serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok() {
                prop_assert_eq!(check_text(&text).is_ok(), parses(&text), "{}", text);
            }
        }
    }
}
