//! Reproducible random numbers from one seed.

use std::time::Duration;

/// A SplitMix64 generator: small, and good enough to choose targets and samples.
pub struct Random(u64);

impl Random {
    /// Returns the sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns an independent generator, for a task whose draws are not in a reproducible order.
    pub fn fork(&mut self) -> Self {
        Self(self.bits())
    }

    /// Returns a number below `end`, which must not be 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }

    /// Returns the numbers below `end` in random order.
    pub fn shuffled(&mut self, end: usize) -> Vec<usize> {
        let mut order: Vec<_> = (0..end).collect();
        (1..end)
            .rev()
            .for_each(|at| order.swap(at, self.below(at + 1)));
        order
    }

    /// Returns true once in `n` times on average.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// Returns a time up to `most`.
    pub fn up_to(&mut self, most: Duration) -> Duration {
        // An f64 has 53 bits of precision.
        most.mul_f64((self.bits() >> 11) as f64 / (1u64 << 53) as f64)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_numbers() {
        let draw = |seed| -> Vec<_> {
            let mut random = Random::new(seed);
            (0..20).map(|_| random.below(1000)).collect()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn orders_differ_and_have_every_number_once() {
        let mut random = Random::new(7);
        let mut orders = [(); 3].map(|()| random.shuffled(8));
        assert!(orders[0] != orders[1] || orders[1] != orders[2]);
        orders.iter_mut().for_each(|order| order.sort_unstable());
        assert!(orders.iter().all(|order| order.iter().copied().eq(0..8)));
    }

    #[test]
    fn every_number_is_drawn_about_equally_often() {
        let mut random = Random::new(1);
        let mut drawn = [0; 10];
        (0..10_000).for_each(|_| drawn[random.below(10)] += 1);
        assert!(
            drawn.iter().all(|times| (800..1200).contains(times)),
            "{drawn:?}"
        );
        (0..1000)
            .for_each(|_| assert!(random.up_to(Duration::from_secs(1)) < Duration::from_secs(1)));
    }
}
