//! Parsers of single settings.

use std::{num::NonZeroUsize, ops::RangeInclusive};

/// A text is not a whole number of this range.
#[derive(Debug, thiserror::Error)]
#[error("expected a whole number from {} to {}", .0.start(), .0.end())]
pub struct InvalidNumber(RangeInclusive<u64>);

/// Returns a parser of whole numbers of this range, in decimal.
///
/// # Errors
///
/// The parser fails if the text is not such a number, or `T` does not have it.
pub fn whole_number<T: TryFrom<u64>>(
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, InvalidNumber> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| InvalidNumber(range.clone()))
    }
}

/// Why a text is not the value of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum InvalidValue {
    #[error("expected a whole number of at least 1")]
    Count,
    #[error("expected true or false")]
    Switch,
    #[error("expected 0, or a number from 0.001 to 1000000")]
    Rate,
    #[error("expected at most 64 visible ASCII characters without braces")]
    KeyPrefix,
}

/// Parses a whole number of at least 1.
///
/// # Errors
///
/// If the text is another one.
pub(super) fn at_least_one(text: &str) -> Result<NonZeroUsize, InvalidValue> {
    text.parse().map_err(|_| InvalidValue::Count)
}

/// Parses the variable of a flag that is on or off: `true`, `t`, `yes`, `y`, `on` or `1`, or their
/// opposites, in any case.
pub(super) fn on_or_off(text: &str) -> Result<bool, InvalidValue> {
    match &*text.to_ascii_lowercase() {
        "true" | "t" | "yes" | "y" | "on" | "1" => Ok(true),
        "false" | "f" | "no" | "n" | "off" | "0" => Ok(false),
        _ => Err(InvalidValue::Switch),
    }
}

/// Parses messages a second: zero, or at least one in a quarter of an hour and at most a million a
/// second.
///
/// # Errors
///
/// If the text is not a number, or one out of range.
pub(super) fn publish_rate(text: &str) -> Result<f64, InvalidValue> {
    match text.parse() {
        Ok(rate) if rate == 0.0 || (0.001..=1e6).contains(&rate) => Ok(rate),
        _ => Err(InvalidValue::Rate),
    }
}

/// Parses a prefix of Redis keys. Braces are excluded: they enclose the channel's name.
///
/// # Errors
///
/// If the text is longer than 64 bytes, or has braces or other than visible ASCII characters.
pub(super) fn key_prefix(text: &str) -> Result<String, InvalidValue> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"{}".contains(&byte);
    if text.len() <= 64 && text.bytes().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err(InvalidValue::KeyPrefix)
    }
}
