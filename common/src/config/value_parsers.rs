//! Parsers of single settings.

use std::{num::NonZeroUsize, ops::RangeInclusive};

/// A text is not a whole number of this range.
#[derive(Debug, thiserror::Error)]
#[error("expected a whole number from {} to {}", .0.start(), .0.end())]
pub(super) struct InvalidNumber(RangeInclusive<u64>);

/// Returns a parser of whole numbers of this range.
pub(super) fn whole_number<T: TryFrom<u64>>(
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, InvalidNumber> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| InvalidNumber(range.clone()))
    }
}

/// Parses a whole number of at least 1.
pub(super) fn at_least_one(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse()
        .map_err(|_| "expected a whole number of at least 1")
}

/// Parses the variable of a flag that is on or off.
pub(super) fn on_or_off(text: &str) -> Result<bool, &'static str> {
    match &*text.to_ascii_lowercase() {
        "true" | "t" | "yes" | "y" | "on" | "1" => Ok(true),
        "false" | "f" | "no" | "n" | "off" | "0" => Ok(false),
        _ => Err("expected true or false"),
    }
}

/// Parses messages a second: zero, or at least one in a quarter of an hour and at most a million a
/// second.
pub(super) fn publish_rate(text: &str) -> Result<f64, &'static str> {
    match text.parse() {
        Ok(rate) if rate == 0.0 || (0.001..=1e6).contains(&rate) => Ok(rate),
        _ => Err("expected 0, or a number from 0.001 to 1000000"),
    }
}

/// Parses a prefix of Redis keys. Braces are excluded: they enclose the channel's name.
pub(super) fn key_prefix(text: &str) -> Result<String, &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"{}".contains(&byte);
    if text.len() <= 64 && text.bytes().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err("expected at most 64 visible ASCII characters without braces")
    }
}
