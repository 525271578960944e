//! Statistics: no figure without its interval, and no difference within the noise. Pure functions,
//! without knowledge of transports.
//!
//! - [`bootstrap`]: confidence intervals over repetitions
//! - [`ratio`]: how figures of two runs relate
//! - [`slope`]: growth by least squares
//! - [`student`]: the wider intervals of few repetitions

pub(crate) mod bootstrap;
pub(crate) mod ratio;
pub(crate) mod slope;
mod student;

use serde::{Deserialize, Serialize};

/// A number and its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Estimate {
    pub(crate) value: f64,
    /// `None` if it was measured only once.
    pub(crate) interval: Option<Interval>,
}

/// A 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Interval {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Estimate {
    /// Rounds to six significant digits, which survive writing and reading.
    pub(crate) fn rounded(self) -> Self {
        let round = |value: f64| format!("{value:.5e}").parse().unwrap_or(value);
        let interval = self.interval.map(|Interval { low, high }| Interval {
            low: round(low),
            high: round(high),
        });
        Self {
            value: round(self.value),
            interval,
        }
    }
}
