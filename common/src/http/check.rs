//! Whether a JSON text can be read by those who get it, found without building anything of it.

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use std::fmt;

/// How deep a message may be nested. Many parsers allow 128 levels, and a response with several messages adds some.
const MOST_LEVELS: u8 = 119;

/// Refuses what a reader's parser would not survive: half a surrogate pair, a number beyond all others, and nesting beyond
/// 119 levels.
pub(super) fn check_text(json: &str) -> serde_json::Result<()> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    Level(MOST_LEVELS).deserialize(&mut deserializer)
}

/// A value that may have so many levels.
struct Level(u8);

impl Level {
    fn below<E: Error>(&self) -> Result<u8, E> {
        self.0
            .checked_sub(1)
            .ok_or_else(|| E::custom(format_args!("nested more than {MOST_LEVELS} levels deep")))
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
        f.write_str("any JSON")
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

    /// What it was before: parsed as a whole, eight levels deeper.
    fn whole(json: &str) -> bool {
        serde_json::from_str::<Value>(&format!("[[[[[[[[{json}]]]]]]]]")).is_ok()
    }

    #[test]
    fn what_a_parser_would_refuse_is_refused() {
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
                (check_text(json).is_ok(), whole(json)),
                (good, good),
                "{json}"
            );
        }
    }

    proptest! {
        #[test]
        fn it_says_what_a_parser_says(text in r#"[\[\]{}:,"0-9eu\\d .a-]{0,24}"#) {
            // Only what is JSON by its form comes here.
            if serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok() {
                prop_assert_eq!(check_text(&text).is_ok(), whole(&text), "{}", text);
            }
        }
    }
}
