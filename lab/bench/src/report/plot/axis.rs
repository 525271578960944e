//! Maps values to coordinates, and chooses the ticks of an axis.

/// An axis from `from` to `to`, in units of the drawing.
pub(super) struct Axis {
    from: f64,
    to: f64,
    least: f64,
    most: f64,
    logarithmic: bool,
}

impl Axis {
    /// Returns a linear axis that begins at 0.
    pub(super) fn linear(from: f64, to: f64, most: f64) -> Self {
        Self {
            from,
            to,
            least: 0.0,
            most: if most > 0.0 { most } else { 1.0 },
            logarithmic: false,
        }
    }

    /// Returns a logarithmic axis for values above 0.
    pub(super) fn logarithmic(
        from: f64,
        to: f64,
        values: impl Iterator<Item = f64> + Clone,
    ) -> Self {
        let least = values.clone().fold(f64::MAX, f64::min);
        let most = values.fold(f64::MIN_POSITIVE, f64::max);
        Self {
            from,
            to,
            least: least.min(most),
            most: most.max(least * 1.01),
            logarithmic: true,
        }
    }

    pub(super) fn place(&self, value: f64) -> f64 {
        let share = if self.logarithmic {
            (value.max(self.least) / self.least).ln() / (self.most / self.least).ln()
        } else {
            (value - self.least) / (self.most - self.least)
        };
        self.from + share * (self.to - self.from)
    }

    /// Returns round values on the axis: 1, 2 or 5 times a power of ten.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let powers = (-6..=12).map(|exponent| 10f64.powi(exponent));
        let round: Vec<_> = powers
            .flat_map(|power| [1.0, 2.0, 5.0].map(|times| times * power))
            .collect();
        match self.logarithmic {
            true => round
                .into_iter()
                .filter(|value| (self.least * 0.999..=self.most * 1.001).contains(value))
                .collect(),
            false => {
                let step = round
                    .into_iter()
                    .find(|step| self.most / step <= 5.0)
                    .unwrap_or(self.most);
                (0..=5)
                    .map(|times| f64::from(times) * step)
                    .filter(|&value| value <= self.most * 1.001)
                    .collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_map_to_coordinates() {
        let linear = Axis::linear(10.0, 110.0, 50.0);
        assert_eq!(
            [0.0, 25.0, 50.0].map(|value| linear.place(value)),
            [10.0, 60.0, 110.0]
        );
        let logarithmic = Axis::logarithmic(200.0, 0.0, [1.0, 10.0, 100.0].into_iter());
        assert_eq!(
            [1.0, 10.0, 100.0].map(|value| logarithmic.place(value).round()),
            [200.0, 100.0, 0.0]
        );
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(
            Axis::linear(0.0, 1.0, 183.0).ticks(),
            [0.0, 50.0, 100.0, 150.0]
        );
        assert_eq!(
            Axis::logarithmic(0.0, 1.0, [2.4, 50.0].into_iter()).ticks(),
            [5.0, 10.0, 20.0, 50.0]
        );
    }

    #[test]
    fn an_empty_range_has_finite_coordinates() {
        assert!(Axis::linear(0.0, 1.0, 0.0).place(0.0).is_finite());
        assert!(
            Axis::logarithmic(0.0, 1.0, [3.0].into_iter())
                .place(3.0)
                .is_finite()
        );
    }
}
