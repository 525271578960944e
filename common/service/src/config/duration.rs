//! Durations on a command line, with or without a unit.

use std::{ops::RangeInclusive, time::Duration};

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const HOUR: Duration = Duration::from_secs(3600);
/// The longest duration: 100,000 hours, about eleven years.
pub(super) const LONGEST: Duration = Duration::from_secs(100_000 * 3600);

/// Why a text is not an allowed duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDuration {
    /// It is not a number, or its unit is unknown.
    #[error("expected seconds, or a number with ms, s, m or h, such as 5, 500ms or 2m")]
    Syntax,
    /// It is too short or too long.
    #[error("expected {} to {}", shown(*.0), shown(*.1))]
    Range(Duration, Duration),
}

/// Parses a duration of at most 100,000 hours, such as `5`, `0.5s`, `500ms`, `2m` or `1h`. A number
/// without a unit is in seconds.
///
/// # Errors
/// Returns an error if the text is not a duration, or if the duration is longer.
pub fn duration(text: &str) -> Result<Duration, InvalidDuration> {
    duration_within(Duration::ZERO..=LONGEST)(text)
}

/// Returns a parser like [`duration`] that accepts this range only.
///
/// # Errors
///
/// The parser fails if the text is not a duration of this range.
pub fn duration_within(
    range: RangeInclusive<Duration>,
) -> impl Fn(&str) -> Result<Duration, InvalidDuration> + Clone + Send + Sync + 'static {
    move |text| {
        let seconds = seconds(text).ok_or(InvalidDuration::Syntax)?;
        Duration::try_from_secs_f64(seconds)
            .ok()
            .filter(|duration| range.contains(duration))
            .ok_or_else(|| InvalidDuration::Range(*range.start(), *range.end()))
    }
}

/// Parses a number with or without a unit. Returns its seconds.
fn seconds(text: &str) -> Option<f64> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[number.len()..] {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    // `f64` would accept signs, exponents, and names such as `inf`.
    let is_plain = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let number = number
        .parse::<f64>()
        .ok()
        .filter(|_| number.bytes().all(is_plain))?;
    Some(number * unit)
}

/// Formats a duration as [`duration`] reads it, in the largest unit in which it is a whole number.
fn shown(duration: Duration) -> String {
    let millis = duration.as_millis();
    let units = [(3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")];
    let unit = units.iter().find(|(unit, _)| millis.is_multiple_of(*unit));
    match unit {
        Some((unit, name)) if millis > 0 => format!("{}{name}", millis / unit),
        _ => "0".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_unit_or_is_in_seconds() {
        for (text, millis) in [
            ("0", 0),
            ("5", 5000),
            ("0.5", 500),
            ("5s", 5000),
            ("1.5s", 1500),
            ("50ms", 50),
            ("2m", 120_000),
            ("1h", 3_600_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "", "s", ".", "-1s", "+1", "1 s", "1S", "1d", "1e3", "inf", "1.2.3",
        ] {
            assert_eq!(duration(text), Err(InvalidDuration::Syntax), "{text:?}");
        }
    }

    #[test]
    fn an_error_names_the_range() {
        let within = |shortest, longest| {
            duration_within(Duration::from_millis(shortest)..=Duration::from_millis(longest))
        };
        let error = |parsed: Result<_, InvalidDuration>| parsed.unwrap_err().to_string();
        assert_eq!(error(within(0, 600_000)("601")), "expected 0 to 10m");
        assert_eq!(error(within(50, 90_000)("49ms")), "expected 50ms to 90s");
        assert_eq!(
            error(duration("101h").and(duration("100001h"))),
            "expected 0 to 100000h"
        );
        assert_eq!(within(50, 90_000)("50ms"), Ok(Duration::from_millis(50)));
        assert_eq!(within(50, 90_000)("90"), Ok(Duration::from_secs(90)));
    }
}
