//! Student's t distribution, which widens the intervals of few repetitions.

/// Two-sided 95 % points of Student's t for 1, 2, … degrees of freedom.
const T: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
];
/// The same for many.
const NORMAL: f64 = 1.960;

/// By how many standard errors an interval reaches to each side.
fn t(degrees: usize) -> f64 {
    match degrees {
        0 => f64::INFINITY,
        few => T.get(few - 1).copied().unwrap_or(NORMAL),
    }
}

/// Returns the share of a bootstrap's distribution to leave out on each side for `n` repetitions.
/// Plain 2.5 % would give intervals that are too narrow for few of them (Hesterberg, "What Teachers
/// Should Know about the Bootstrap", 2015, expanded percentile interval).
pub(super) fn tail(n: usize) -> f64 {
    let count = n as f64;
    upper_tail(t(n.saturating_sub(1)) * (count / (count - 1.0)).sqrt())
}

/// Returns the share of the normal distribution beyond `z`, not below 0 (Abramowitz and Stegun
/// 26.2.17, error below 1e-7).
fn upper_tail(z: f64) -> f64 {
    const B: [f64; 5] = [
        0.319381530,
        -0.356563782,
        1.781477937,
        -1.821255978,
        1.330274429,
    ];
    let k = 1.0 / (1.0 + 0.2316419 * z);
    let sum = B.iter().rev().fold(0.0, |sum, b| (sum + b) * k);
    (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt() * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_the_tables() {
        for (z, tail) in [
            (0.0, 0.5),
            (1.0, 0.158655),
            (1.96, 0.0249979),
            (3.0, 0.0013499),
        ] {
            assert!(
                (upper_tail(z) - tail).abs() < 1e-6,
                "{z}: {}",
                upper_tail(z)
            );
        }
    }

    #[test]
    fn fewer_repetitions_leave_out_less() {
        let tails: Vec<_> = [2, 3, 5, 10, 30, 1000].map(tail).into();
        assert!(
            tails.is_sorted() && tails[0] < 1e-9 && (tails[5] - 0.025).abs() < 1e-3,
            "{tails:?}"
        );
    }
}
