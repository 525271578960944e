//! Compares two figures. A difference must exceed the noise, and be large enough to matter.

use super::{Estimate, bootstrap::bootstrap};

/// Differences below this share of the second value are insignificant.
const SHARE: f64 = 0.05;

/// The comparison of a first with a second figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Comparison {
    /// The first minus the second, of paired repetitions.
    pub(crate) difference: Estimate,
    /// The first divided by the second.
    pub(crate) ratio: Estimate,
    pub(crate) outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Less,
    More,
    /// The interval of the difference contains 0, or the difference is insignificant.
    NoMeasurableDifference,
}

/// Compares two statistics over `n` pairs of repetitions. Differences up to `floor`, or 5 % of the
/// second value if that is larger, are insignificant.
pub(crate) fn compare(
    n: usize,
    floor: f64,
    first: impl Fn(&[usize]) -> Option<f64>,
    second: impl Fn(&[usize]) -> Option<f64>,
) -> Option<Comparison> {
    let difference = bootstrap(n, |picked| Some(first(picked)? - second(picked)?))?;
    let ratio = bootstrap(n, |picked| {
        Some(first(picked)? / second(picked)?).filter(|ratio| ratio.is_finite())
    })?;
    let all: Vec<_> = (0..n).collect();
    let floor = floor.max(SHARE * second(&all)?.abs());
    Some(Comparison {
        difference,
        ratio,
        outcome: outcome(difference, floor),
    })
}

fn outcome(difference: Estimate, floor: f64) -> Outcome {
    match difference.interval {
        Some(interval) if !interval.contains(0.0) && difference.value.abs() > floor => {
            if difference.value < 0.0 {
                Outcome::Less
            } else {
                Outcome::More
            }
        }
        _ => Outcome::NoMeasurableDifference,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn outcome_of(first: &[f64], second: &[f64], floor: f64) -> Outcome {
        let mean = |values: &[f64], picked: &[usize]| {
            Some(picked.iter().map(|&at| values[at]).sum::<f64>() / picked.len() as f64)
        };
        compare(
            first.len(),
            floor,
            |picked| mean(first, picked),
            |picked| mean(second, picked),
        )
        .unwrap()
        .outcome
    }

    #[test]
    fn a_difference_must_be_clear_and_significant() {
        let about = |middle: f64| {
            [
                middle - 0.2,
                middle + 0.1,
                middle,
                middle + 0.2,
                middle - 0.1,
            ]
        };
        for (first, second, floor, expected) in [
            (about(10.0), about(20.0), 1.0, Outcome::Less),
            (about(20.0), about(10.0), 1.0, Outcome::More),
            (
                about(10.8),
                about(10.0),
                1.0,
                Outcome::NoMeasurableDifference,
            ),
            (
                about(10.4),
                about(10.0),
                0.0,
                Outcome::NoMeasurableDifference,
            ),
            (about(10.8), about(10.0), 0.0, Outcome::More),
            (
                [1.0, 30.0, 12.0, 9.0, 20.0],
                [9.0; 5],
                0.0,
                Outcome::NoMeasurableDifference,
            ),
        ] {
            assert_eq!(
                outcome_of(&first, &second, floor),
                expected,
                "{first:?} against {second:?}"
            );
        }
    }

    #[test]
    fn a_shared_drift_does_not_hide_a_difference() {
        // The machine slows down from round to round, for both alike.
        let drift = [100.0, 200.0, 400.0, 800.0, 1600.0];
        let less = drift.map(|value| value * 0.8);
        assert_eq!(outcome_of(&less, &drift, 0.0), Outcome::Less);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn equal_values_do_not_differ(values in prop::collection::vec(0.1..1e6, 1..8)) {
            prop_assert_eq!(outcome_of(&values, &values, 0.0), Outcome::NoMeasurableDifference);
        }
    }
}
