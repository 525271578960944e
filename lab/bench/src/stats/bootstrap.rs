//! Confidence intervals by bootstrap: the spread of a statistic over random draws of the
//! repetitions.

use super::{Estimate, Interval, student::tail};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use support::random::Random;

/// Number of draws.
const DRAWS: usize = 2000;
/// A fixed seed, so that a file always yields the same figures.
const SEED: u64 = 20_261_122;

/// Estimates a statistic of `n` repetitions. It is called with the indices of drawn repetitions,
/// with duplicates. Returns `None` if the statistic does.
pub(crate) fn bootstrap(n: usize, statistic: impl Fn(&[usize]) -> Option<f64>) -> Option<Estimate> {
    let all: Vec<_> = (0..n).collect();
    let value = statistic(&all)?;
    Some(Estimate {
        value,
        interval: (n > 1).then(|| interval(n, statistic)).flatten(),
    })
}

/// Estimates the mean of one value per repetition.
pub(crate) fn mean(values: &[f64]) -> Option<Estimate> {
    bootstrap(values.len(), |picked| {
        Some(picked.iter().map(|&at| values[at]).sum::<f64>() / picked.len() as f64)
    })
}

fn interval(n: usize, statistic: impl Fn(&[usize]) -> Option<f64>) -> Option<Interval> {
    let value = |draw: &Draw| Some((statistic(&draw.picked)?, draw.times));
    let mut drawn = draws(n).iter().map(value).collect::<Option<Vec<_>>>()?;
    drawn.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let out = (tail(n) * DRAWS as f64) as usize;
    Some(Interval {
        low: beyond(drawn.iter(), out)?,
        high: beyond(drawn.iter().rev(), out)?,
    })
}

/// Returns the first value at which more than `out` draws have passed.
fn beyond<'a>(mut drawn: impl Iterator<Item = &'a (f64, usize)>, out: usize) -> Option<f64> {
    let mut passed = 0;
    let found = drawn.find(|(_, times)| {
        passed += times;
        passed > out
    });
    found.map(|(value, _)| *value)
}

/// A distinct draw: its repetitions in ascending order, and how often it was drawn.
struct Draw {
    picked: Vec<usize>,
    times: usize,
}

/// Returns the distinct draws from `n` repetitions. Few repetitions have few distinct draws, and a
/// statistic of histograms is costly. They depend only on `n`, so they are cached.
fn draws(n: usize) -> Arc<Vec<Draw>> {
    static KNOWN: Mutex<BTreeMap<usize, Arc<Vec<Draw>>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(n).or_insert_with(|| Arc::new(draw(n))).clone()
}

fn draw(n: usize) -> Vec<Draw> {
    let (mut random, mut times) = (Random::new(SEED), BTreeMap::new());
    for _ in 0..DRAWS {
        let mut picked: Vec<_> = (0..n).map(|_| random.below(n)).collect();
        picked.sort_unstable();
        *times.entry(picked).or_default() += 1;
    }
    times
        .into_iter()
        .map(|(picked, times)| Draw { picked, times })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Returns an approximately normal number: the sum of twelve uniform draws has variance 1.
    fn normal(random: &mut Random) -> f64 {
        (0..12)
            .map(|_| random.below(1_000_000) as f64 / 1e6)
            .sum::<f64>()
            - 6.0
    }

    #[test]
    fn nineteen_intervals_of_twenty_contain_the_truth() {
        for n in [3, 5, 10] {
            let mut random = Random::new(1);
            let right = (0..200)
                .filter(|_| {
                    let values: Vec<_> = (0..n).map(|_| normal(&mut random)).collect();
                    let Interval { low, high } = mean(&values).unwrap().interval.unwrap();
                    (low..=high).contains(&0.0)
                })
                .count();
            // With three repetitions no draw exceeds the extremes, which miss the truth in a
            // quarter of cases.
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
    fn one_repetition_has_no_interval_and_none_no_value() {
        assert_eq!(
            mean(&[3.0]),
            Some(Estimate {
                value: 3.0,
                interval: None
            })
        );
        assert_eq!(bootstrap(0, |picked| picked.first().map(|_| 1.0)), None);
    }
}
