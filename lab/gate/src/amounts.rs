//! Amounts of bytes, time and bandwidth as the gate prints them: with a unit, and with three
//! significant digits.

use std::time::Duration;
use support::units::count;

/// Formats a number of bytes.
pub(super) fn bytes(bytes: u64) -> String {
    if bytes < 1000 {
        return count(bytes, "byte");
    }
    scaled(bytes as f64, &[(1e9, "GB"), (1e6, "MB"), (1e3, "kB")])
}

/// Formats a time in microseconds.
pub(super) fn micros(micros: u64) -> String {
    if micros < 1000 {
        return format!("{micros} µs");
    }
    scaled(micros as f64, &[(1e6, "s"), (1e3, "ms")])
}

/// Formats a duration.
pub(super) fn time(time: Duration) -> String {
    micros(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
}

/// Formats a time in milliseconds that somebody has chosen, with the digits that it has.
pub(super) fn millis(millis: f64) -> String {
    format!("{millis} ms")
}

/// Formats a bandwidth in bits a second that somebody has chosen, with the digits that it has.
pub(super) fn bandwidth(bits: u64) -> String {
    match bits {
        1_000_000.. => format!("{} Mbit/s", bits as f64 / 1e6),
        _ => format!("{} kbit/s", bits as f64 / 1e3),
    }
}

/// Formats an amount in the first of these units that it reaches.
fn scaled(amount: f64, units: &[(f64, &str)]) -> String {
    let reached = units.iter().find(|(size, _)| amount >= *size);
    let (size, unit) = reached.or(units.last()).copied().unwrap_or((1.0, ""));
    let number = amount / size;
    let digits = match number {
        100.0.. => 0,
        10.0.. => 1,
        _ => 2,
    };
    format!("{number:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_a_unit_and_three_digits() {
        assert_eq!(bytes(1), "1 byte");
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(8_000_000), "8.00 MB");
        assert_eq!(bytes(12_345_678_901), "12.3 GB");
        assert_eq!(micros(112), "112 µs");
        assert_eq!(time(Duration::from_millis(886)), "886 ms");
        assert_eq!(micros(12_345_678), "12.3 s");
        assert_eq!(
            (millis(2.5), millis(50.0)),
            ("2.5 ms".into(), "50 ms".into())
        );
        assert_eq!(
            (bandwidth(56_000), bandwidth(1_500_000)),
            ("56 kbit/s".into(), "1.5 Mbit/s".into())
        );
    }
}
