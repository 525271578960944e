//! Formats numbers and scenarios, equally in every report.

use super::{
    scenario::{ClientVariant, Link, Load, Operation, Scenario, Server},
    stats::{Estimate, Interval},
};
use std::fmt;
use support::{secrets::without_secrets, units::grouped};

/// Formats a number with three significant digits and at most three decimals. Whole numbers have no
/// decimals. Thousands are grouped.
/// Further digits are noise in a benchmark.
pub(crate) fn number(value: f64) -> String {
    let rounded: f64 = format!("{value:.2e}").parse().unwrap_or(value);
    let decimals = match rounded.abs() {
        100.0.. => 0,
        _ if value.fract() == 0.0 => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    let text = format!("{rounded:.decimals$}");
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let digits = whole.trim_start_matches('-');
    let sign = &whole[..whole.len() - digits.len()];
    let grouped = digits.parse().map_or_else(|_| digits.to_owned(), grouped);
    format!("{sign}{grouped}{fraction}")
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.interval {
            Some(Interval { low, high }) if number(low) != number(high) => {
                write!(
                    f,
                    "{} [{}, {}]",
                    number(self.value),
                    number(low),
                    number(high)
                )
            }
            _ => f.write_str(&number(self.value)),
        }
    }
}

impl fmt::Display for ClientVariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Usual => "usual",
            Self::OnePerAnswer => "one per response",
            Self::NoCursor => "no cursor",
            Self::NewConnection => "new connections",
        })
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Delivery => "a delivery",
            Self::Publication => "a publication",
            Self::Opening => "an opening",
            Self::Reconnect => "a reconnect",
            Self::Idle => "idle connections",
            Self::Quiet => "a quiet connection",
            Self::Echo => "an echo",
        })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ours => "Trilane",
            Self::Limit => "limit",
            Self::Url(url) => return f.write_str(&without_secrets(url)),
            Self::Peer(name) => name,
        })
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InFlight(count) => write!(f, "{count} in flight"),
            Self::PerSecond(rate) => write!(f, "{}/s", number(*rate)),
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::default() {
            return f.write_str("loopback");
        }
        write!(f, "{} ms each way", number(self.delay_ms))?;
        if self.jitter_ms > 0.0 {
            write!(f, " + 0 to {} ms", number(self.jitter_ms))?;
        }
        self.bytes_per_second
            .map_or(Ok(()), |limit| write!(f, ", {} B/s", number(limit as f64)))
    }
}

/// Returns the title of a column.
pub(crate) fn titled(name: &str, unit: &str) -> String {
    match unit {
        "" => name.to_owned(),
        unit => format!("{name}, {unit}"),
    }
}

/// The name of an aspect of scenarios, and the function that formats a scenario's choice.
pub(crate) type Choice = (&'static str, fn(&Scenario) -> String);

/// The aspect in which runs of the same scenario may differ.
pub(crate) const DURATION: &str = "measured for";

/// All aspects of a scenario.
pub(crate) const CHOICES: [Choice; 9] = [
    ("transport", |scenario| scenario.transport.to_string()),
    ("client", |scenario| scenario.variant.to_string()),
    ("server", |scenario| scenario.server.to_string()),
    ("what", |scenario| scenario.operation.to_string()),
    ("link", |scenario| scenario.link.to_string()),
    ("load", |scenario| scenario.load.to_string()),
    ("connections", |scenario| {
        number(f64::from(scenario.readers))
    }),
    ("text", |scenario| format!("{} B", scenario.payload_bytes)),
    (DURATION, |scenario| {
        format!("{} s", number(scenario.seconds))
    }),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_at_most_three_decimals_and_grouped_thousands() {
        for (value, text) in [
            (0.0, "0"),
            (0.01234, "0.012"),
            (0.5, "0.500"),
            (1.0, "1"),
            (1.234, "1.23"),
            (9.999, "10.0"),
            (51.26, "51.3"),
            (999.6, "1,000"),
            (1234.5, "1,230"),
            (183_214.0, "183,000"),
            (2_345_678.0, "2,350,000"),
            (-1234.0, "-1,230"),
            (-123.0, "-123"),
            (-0.5, "-0.500"),
        ] {
            assert_eq!(number(value), text, "{value}");
        }
    }

    #[test]
    fn an_interval_within_the_shown_digits_is_omitted() {
        let estimate = |low, high| {
            Estimate {
                value: 51.23,
                interval: Some(Interval { low, high }),
            }
            .to_string()
        };
        assert_eq!(estimate(51.21, 51.24), "51.2");
        assert_eq!(estimate(50.5, 52.0), "51.2 [50.5, 52]");
    }
}
