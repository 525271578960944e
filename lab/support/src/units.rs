//! Numbers with a unit: in arguments, and as commands print them.

pub use service::config::{duration, duration_within};

use std::{num::NonZeroU64, str::FromStr};

/// Parses a bandwidth such as `56kbit` or `1mbit`, in bits per second.
///
/// # Errors
/// Returns a description of what is allowed.
pub fn bandwidth(text: &str) -> Result<NonZeroU64, &'static str> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[number.len()..] {
        "kbit" => 1000,
        "mbit" => 1_000_000,
        "gbit" => 1_000_000_000,
        _ => return Err(BANDWIDTHS),
    };
    let number: u32 = number.parse().map_err(|_| BANDWIDTHS)?;
    NonZeroU64::new(u64::from(number) * unit).ok_or(BANDWIDTHS)
}

/// Parses a number of things that must not be 0.
///
/// # Errors
/// Returns a description of what is allowed.
pub fn at_least_one<N: FromStr>(text: &str) -> Result<N, &'static str> {
    text.parse().map_err(|_| "expected a whole number from 1")
}

const BANDWIDTHS: &str =
    "expected a whole number from 1, with kbit, mbit or gbit (a second), such as 1mbit";

/// Formats a number with separators between its thousands, such as `12,345`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a number of things, such as `1 message` or `12,345 messages`.
pub fn count(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", grouped(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bandwidth_has_a_unit() {
        let bits = |text| bandwidth(text).map(NonZeroU64::get);
        assert_eq!(bits("56kbit"), Ok(56_000));
        assert_eq!(bits("1mbit"), Ok(1_000_000));
        assert_eq!(bits("10gbit"), Ok(10_000_000_000));
        for text in ["", "0kbit", "1", "mbit", "1mb", "1.5mbit", "-1kbit"] {
            assert!(bits(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_number_that_must_not_be_0_is_refused_in_plain_words() {
        assert_eq!(at_least_one("1"), Ok(NonZeroU64::MIN));
        for text in ["0", "-1", "1.5", "many", ""] {
            let expected = Err("expected a whole number from 1");
            assert_eq!(at_least_one::<NonZeroU64>(text), expected, "{text:?}");
        }
    }

    #[test]
    fn thousands_have_separators() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn one_thing_is_singular() {
        assert_eq!(count(0, "message"), "0 messages");
        assert_eq!(count(1, "message"), "1 message");
        assert_eq!(count(2000, "message"), "2,000 messages");
    }
}
