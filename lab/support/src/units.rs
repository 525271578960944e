//! Parses arguments that are a number with a unit.

use std::{num::NonZeroU64, time::Duration};

/// Parses a time such as `50ms`, `20s` or `10m`.
pub fn time(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text);
    let millis = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        _ => return Err("a time is a whole number of ms, s or m, such as 50ms".to_owned()),
    };
    let parsed = number
        .parse::<u32>()
        .map_err(|error| format!("{number:?}: {error}"))?;
    Ok(Duration::from_millis(u64::from(parsed) * millis))
}

/// Parses a bandwidth such as `56kbit` or `1mbit`, in bits per second.
pub fn bandwidth(text: &str) -> Result<NonZeroU64, String> {
    let (number, unit) = split(text);
    let bits = match unit {
        "kbit" => 1000,
        "mbit" => 1_000_000,
        "gbit" => 1_000_000_000,
        _ => {
            return Err(
                "a bandwidth is a whole number of kbit, mbit or gbit a second, such as 1mbit"
                    .to_owned(),
            );
        }
    };
    let parsed = number
        .parse::<u32>()
        .map_err(|error| format!("{number:?}: {error}"))?;
    NonZeroU64::new(u64::from(parsed) * bits)
        .ok_or_else(|| "no bandwidth is no link: see `gate fault`".to_owned())
}

fn split(text: &str) -> (&str, &str) {
    text.split_at(
        text.trim_end_matches(|c: char| c.is_ascii_alphabetic())
            .len(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit() {
        assert_eq!(time("50ms"), Ok(Duration::from_millis(50)));
        assert_eq!(time("20s"), Ok(Duration::from_secs(20)));
        assert_eq!(time("10m"), Ok(Duration::from_secs(600)));
        for text in ["", "5", "s", "-1s", "1h", "1.5s", "5000000000s"] {
            assert!(time(text).is_err(), "{text:?}");
        }
    }

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
}
