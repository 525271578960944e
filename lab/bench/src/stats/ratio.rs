//! The ratio of two figures of different runs.

use super::{Estimate, Interval};

/// Estimates the ratio of two independent estimates. Its interval follows from theirs on a
/// logarithmic scale (MOVER: Zou and Donner, "Construction of confidence limits about effect
/// measures", 2008). It has none if one of them has none or reaches 0.
pub(crate) fn independent(above: Estimate, below: Estimate) -> Option<Estimate> {
    let value = Some(above.value / below.value).filter(|ratio| ratio.is_finite())?;
    let interval = above.interval.zip(below.interval).and_then(|(a, b)| {
        let reach = |first: f64, second: f64| first.ln().hypot(second.ln());
        let low = reach(above.value / a.low, b.high / below.value);
        let high = reach(a.high / above.value, below.value / b.low);
        let both = Interval {
            low: value * (-low).exp(),
            high: value * high.exp(),
        };
        (both.low.is_finite() && both.high.is_finite()).then_some(both)
    });
    Some(Estimate { value, interval })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::bootstrap::mean;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Examples {
        means: Vec<Mean>,
        ratios: Vec<Ratio>,
    }

    #[derive(Deserialize)]
    struct Mean {
        values: Vec<f64>,
        mean: f64,
        low: f64,
        high: f64,
    }

    #[derive(Deserialize)]
    struct Ratio {
        above: Estimate,
        below: Estimate,
        ratio: Estimate,
    }

    fn about(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-9
    }

    /// `web/test/figures.test.js` holds the page to the same examples.
    #[test]
    fn the_page_computes_the_same() {
        let examples = include_str!("../../../../web/test/statistics.json");
        let Examples { means, ratios } = serde_json::from_str(examples).unwrap();
        let of_mean = |one: &Mean| Estimate {
            value: one.mean,
            interval: Some(Interval {
                low: one.low,
                high: one.high,
            }),
        };
        let computed = means.iter().map(|one| (mean(&one.values), of_mean(one)));
        let divided = ratios
            .iter()
            .map(|one| (independent(one.above, one.below), one.ratio));
        for (found, expected) in computed.chain(divided) {
            let found = found.unwrap();
            assert!(about(found.value, expected.value), "{found:?} {expected:?}");
            assert_eq!(found.interval.is_some(), expected.interval.is_some());
            if let Some((found, expected)) = found.interval.zip(expected.interval) {
                assert!(about(found.low, expected.low) && about(found.high, expected.high));
            }
        }
    }
}
