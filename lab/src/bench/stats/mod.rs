//! What numbers allow to say: no figure without its interval, no winner within the noise. Pure; knows nothing of transports.
//!
//! - [`bootstrap`]: confidence intervals over repetitions
//! - [`compare`]: whether one of two is better
//! - [`slope`]: growth by least squares
//! - [`student`]: how much wider an interval is for few repetitions

pub(crate) mod bootstrap;
pub(crate) mod compare;
pub(crate) mod slope;
mod student;

use serde::{Deserialize, Serialize};

/// A number and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Estimate {
    pub(crate) value: f64,
    /// Missing if it was measured only once.
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
    /// To six significant digits: enough for whoever reads it, and the same after it was written and read.
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

impl Interval {
    pub(crate) fn contains(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}
