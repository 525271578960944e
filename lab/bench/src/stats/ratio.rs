//! Ratios of two figures: of paired repetitions within one run, and of estimates of two runs.

use super::{Estimate, Interval, bootstrap::bootstrap};

/// Estimates the ratio of two statistics over `n` pairs of repetitions.
pub(crate) fn paired(
    n: usize,
    above: impl Fn(&[usize]) -> Option<f64>,
    below: impl Fn(&[usize]) -> Option<f64>,
) -> Option<Estimate> {
    bootstrap(n, |picked| {
        Some(above(picked)? / below(picked)?).filter(|ratio| ratio.is_finite())
    })
}

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
        let computed = means.iter().map(|example| {
            let estimate = mean(&example.values).unwrap();
            let expected = Interval {
                low: example.low,
                high: example.high,
            };
            let value = example.mean;
            (
                estimate,
                Estimate {
                    value,
                    interval: Some(expected),
                },
            )
        });
        let divided = ratios.iter().map(|example| {
            (
                independent(example.above, example.below).unwrap(),
                example.ratio,
            )
        });
        for (found, expected) in computed.chain(divided) {
            assert!(about(found.value, expected.value), "{found:?} {expected:?}");
            assert_eq!(found.interval.is_some(), expected.interval.is_some());
            if let Some((found, expected)) = found.interval.zip(expected.interval) {
                assert!(about(found.low, expected.low) && about(found.high, expected.high));
            }
        }
    }

    #[test]
    fn a_shared_drift_does_not_widen_the_ratio_of_pairs() {
        // The machine slows down from round to round, for both alike.
        let drift = [100.0, 200.0, 400.0, 800.0, 1600.0];
        let of = |values: [f64; 5]| {
            move |picked: &[usize]| Some(picked.iter().map(|&at| values[at]).sum::<f64>())
        };
        let Estimate { value, interval } =
            paired(5, of(drift.map(|value| value * 0.8)), of(drift)).unwrap();
        let Interval { low, high } = interval.unwrap();
        assert!(about(value, 0.8) && about(low, 0.8) && about(high, 0.8));
    }
}
