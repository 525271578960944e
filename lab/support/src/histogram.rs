//! A histogram of latencies: HdrHistogram in memory, and a list of pairs in a file, which a browser
//! can read.

use hdrhistogram::Histogram as Hdr;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::time::Duration;

/// Significant digits: values are exact to 1 %, and result files stay small.
const DIGITS: u8 = 2;
/// The longest latency in microseconds: an hour. Longer ones count as an hour.
const LONGEST: u64 = 3_600_000_000;

/// Counts of latencies in microseconds, exact to 1 %.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram(Hdr<u64>);

impl Default for Histogram {
    fn default() -> Self {
        Self(Hdr::new_with_bounds(1, LONGEST, DIGITS).expect("these bounds are allowed"))
    }
}

impl Histogram {
    /// Adds one latency, in microseconds.
    pub fn record(&mut self, latency: Duration) {
        self.0
            .saturating_record(u64::try_from(latency.as_micros()).unwrap_or(LONGEST));
    }

    /// Adds the counts of another histogram.
    pub fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("both have the same bounds");
    }

    /// Subtracts the counts of an earlier copy.
    pub fn subtract(&mut self, earlier: &Self) {
        self.0
            .subtract(&earlier.0)
            .expect("all of it is in this one");
    }

    /// Returns the number of recorded latencies.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// Returns the latency in microseconds that `share` (0 to 1) of all do not exceed. Returns 0 if
    /// the histogram is empty.
    pub fn quantile(&self, share: f64) -> u64 {
        self.0.value_at_quantile(share)
    }

    /// Returns pairs of a latency in microseconds and its count, in ascending order.
    pub fn counts(&self) -> impl Iterator<Item = (u64, u64)> {
        self.0
            .iter_recorded()
            .map(|step| (step.value_iterated_to(), step.count_since_last_iteration()))
    }
}

impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.counts())
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let counts = Vec::<(u64, u64)>::deserialize(deserializer)?;
        let mut read = Self::default();
        counts
            .iter()
            .for_each(|&(micros, times)| read.0.saturating_record_n(micros, times));
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(micros: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        micros
            .iter()
            .for_each(|&micros| histogram.record(Duration::from_micros(micros)));
        histogram
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(micros in prop::collection::vec(0..2 * LONGEST, 0..50)) {
            let histogram = of(&micros);
            let again: Histogram = serde_json::from_str(&serde_json::to_string(&histogram).unwrap()).unwrap();
            prop_assert_eq!(again.counts().collect::<Vec<_>>(), histogram.counts().collect::<Vec<_>>());
        }

        #[test]
        fn a_quantile_is_right_to_one_percent(mut micros in prop::collection::vec(1..LONGEST, 1..200), share in 0.0..=1.0) {
            let found = of(&micros).quantile(share) as f64;
            micros.sort_unstable();
            let rank = ((share * micros.len() as f64).ceil() as usize).max(1);
            let exact = micros[rank - 1] as f64;
            prop_assert!((found - exact).abs() <= exact * 0.01 + 1.0, "{found} for {exact}");
        }
    }

    /// The page has its own histogram, and `web/test/histogram.test.js` expects the same of it.
    /// `UPDATE=1 cargo test -p support same_buckets` rewrites the file.
    #[test]
    fn the_page_has_the_same_buckets() {
        const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/test/histogram.json");
        let micros: Vec<_> = (0..32)
            .flat_map(|power| [1 << power, (1 << power) - 1, (1 << power) * 10 / 7])
            .collect();
        let histogram = of(&micros);
        let shares =
            [0.0, 0.1, 0.5, 0.9, 0.99, 1.0].map(|share| (share, histogram.quantile(share)));
        let told =
            serde_json::json!({ "micros": micros, "counts": &histogram, "quantiles": shares });
        let told = serde_json::to_string(&told).unwrap() + "\n";
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(FILE, &told).unwrap();
        }
        assert!(
            std::fs::read_to_string(FILE).unwrap() == told,
            "UPDATE=1 cargo test -p support same_buckets"
        );
    }
}
