//! Confidence intervals without a formula: what would the figure be, had other repetitions been drawn?

use super::{Estimate, Interval, student::tail};
use crate::chance::Chance;
use std::collections::HashMap;

const DRAWS: usize = 2000;
/// Always the same, so that a file always gives the same figures.
const SEED: u64 = 20_261_122;

/// Estimates what `statistic` says of `n` repetitions; it is asked for those with the given numbers, some of them more than once.
/// None where it has no answer.
pub(crate) fn bootstrap(n: usize, statistic: impl Fn(&[usize]) -> Option<f64>) -> Option<Estimate> {
    let all: Vec<_> = (0..n).collect();
    let value = statistic(&all)?;
    Some(Estimate { value, interval: (n > 1).then(|| interval(n, statistic)).flatten() })
}

fn interval(n: usize, statistic: impl Fn(&[usize]) -> Option<f64>) -> Option<Interval> {
    let mut chance = Chance::new(SEED);
    // Few repetitions give few different draws, and a statistic of histograms is not cheap.
    let mut known = HashMap::new();
    let mut draw = |_| {
        let mut picked: Vec<_> = (0..n).map(|_| chance.below(n)).collect();
        picked.sort_unstable();
        *known.entry(picked).or_insert_with_key(|picked| statistic(picked))
    };
    let mut drawn = (0..DRAWS).map(&mut draw).collect::<Option<Vec<f64>>>()?;
    drawn.sort_by(f64::total_cmp);
    let out = (tail(n) * DRAWS as f64) as usize;
    Some(Interval { low: drawn[out], high: drawn[DRAWS - 1 - out] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mean(values: &[f64]) -> Option<Estimate> {
        bootstrap(values.len(), |picked| Some(picked.iter().map(|&at| values[at]).sum::<f64>() / picked.len() as f64))
    }

    /// About normal: the sum of twelve uniform draws has variance 1.
    fn normal(chance: &mut Chance) -> f64 {
        (0..12).map(|_| chance.below(1_000_000) as f64 / 1e6).sum::<f64>() - 6.0
    }

    #[test]
    fn nineteen_intervals_of_twenty_contain_the_truth() {
        for n in [3, 5, 10] {
            let mut chance = Chance::new(1);
            let right = (0..200)
                .filter(|_| {
                    let values: Vec<_> = (0..n).map(|_| normal(&mut chance)).collect();
                    mean(&values).unwrap().interval.unwrap().contains(0.0)
                })
                .count();
            // Of three repetitions no draw goes beyond the least and the greatest, which miss the truth in a quarter of all cases.
            let expected = if n == 3 { 130..=170 } else { 178..=199 };
            assert!(expected.contains(&right), "{n}: {right} of 200");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn an_interval_surrounds_its_value_and_stays_within_what_was_seen(values in prop::collection::vec(-1e6..1e6, 2..9)) {
            let Estimate { value, interval: Some(Interval { low, high }) } = mean(&values).unwrap() else { panic!("no interval") };
            let (least, most) = values.iter().fold((f64::MAX, f64::MIN), |(a, b), &v| (a.min(v), b.max(v)));
            prop_assert!(least - 1e-6 <= low && low <= value + 1e-6 && value <= high + 1e-6 && high <= most + 1e-6);
        }
    }

    #[test]
    fn the_same_file_gives_the_same_interval() {
        let values = [1.0, 2.0, 4.0, 8.0, 16.0];
        assert_eq!(mean(&values), mean(&values));
    }

    #[test]
    fn one_repetition_has_no_interval_and_none_no_value() {
        assert_eq!(mean(&[3.0]), Some(Estimate { value: 3.0, interval: None }));
        assert_eq!(bootstrap(0, |picked| picked.first().map(|_| 1.0)), None);
    }
}
