//! The slope of a line by least squares: the growth of y per x, without the constant part.

use super::{Estimate, Interval, student::t};

/// Returns the slope. Returns `None` without two different x.
pub(crate) fn slope(points: &[(f64, f64)]) -> Option<Estimate> {
    let n = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    if points.is_empty() || spread <= 0.0 {
        return None;
    }
    let value = points
        .iter()
        .map(|point| (point.0 - x) * (point.1 - y))
        .sum::<f64>()
        / spread;
    let missed: f64 = points
        .iter()
        .map(|point| (point.1 - y - value * (point.0 - x)).powi(2))
        .sum();
    Some(Estimate {
        value,
        interval: interval(value, missed, spread, points.len()),
    })
}

fn interval(value: f64, missed: f64, spread: f64, points: usize) -> Option<Interval> {
    let degrees = points.checked_sub(2).filter(|&degrees| degrees > 0)?;
    let reach = t(degrees) * (missed / degrees as f64 / spread).sqrt();
    Some(Interval {
        low: value - reach,
        high: value + reach,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_line_is_found(base in -1e6..1e6f64, rise in -1e3..1e3f64) {
            let points: Vec<_> = [0.0, 100.0, 500.0, 1000.0].map(|x| (x, base + rise * x)).into();
            let Estimate { value, interval: Some(interval) } = slope(&points).unwrap() else { panic!("no interval") };
            prop_assert!((value - rise).abs() < 1e-6);
            prop_assert!(interval.high - interval.low < 1e-5);
        }

        #[test]
        fn a_constant_does_not_change_the_slope(ys in prop::collection::vec(0.0..1e6, 4), more in 0.0..1e6) {
            let at = |more: f64| slope(&ys.iter().enumerate().map(|(x, y)| (x as f64, y + more)).collect::<Vec<_>>());
            prop_assert!((at(0.0).unwrap().value - at(more).unwrap().value).abs() < 1e-6);
        }
    }

    #[test]
    fn a_textbook_example() {
        let points = [(1.0, 2.0), (2.0, 4.0), (3.0, 5.0), (4.0, 4.0), (5.0, 5.0)];
        let Estimate {
            value,
            interval: Some(Interval { low, high }),
        } = slope(&points).unwrap()
        else {
            panic!()
        };
        assert!(
            (value - 0.6).abs() < 1e-9 && (low + 0.3).abs() < 0.01 && (high - 1.5).abs() < 0.01,
            "{low} {high}"
        );
    }

    #[test]
    fn one_x_has_no_slope_and_two_points_no_interval() {
        assert_eq!(slope(&[(1.0, 2.0), (1.0, 3.0)]), None);
        assert_eq!(slope(&[]), None);
        assert_eq!(
            slope(&[(0.0, 0.0), (1.0, 3.0)]),
            Some(Estimate {
                value: 3.0,
                interval: None
            })
        );
    }
}
