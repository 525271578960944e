//! When each subscriber is cut. It follows from the seed alone, so all rows have the same windows.

use super::Jitter;
use std::time::Duration;
use support::random::Random;

/// The offline windows of all subscribers.
pub(super) struct Plan {
    /// The first cut of each subscriber, after the first message is due.
    first: Vec<Duration>,
    every: Duration,
    publishing: Duration,
}

impl Plan {
    /// Creates the plan of a seed. First cuts are spread evenly over the time between two.
    pub(super) fn new(args: &Jitter, seed: u64) -> Self {
        let mut random = Random::new(seed);
        Self {
            first: (0..args.subscribers)
                .map(|_| random.up_to(args.cut_every))
                .collect(),
            every: args.cut_every,
            publishing: args.publishing(),
        }
    }

    /// Returns the time of a subscriber's cut with this number, from 0. There is none after the
    /// last message.
    pub(super) fn cut(&self, subscriber: usize, number: u32) -> Option<Duration> {
        let cut = self.first[subscriber] + self.every * number;
        (cut < self.publishing).then_some(cut)
    }

    /// Returns the number of all cuts.
    pub(super) fn cuts(&self) -> u64 {
        let of = |subscriber| (0..).map_while(move |number| self.cut(subscriber, number));
        (0..self.first.len()).flat_map(of).count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_fixes_all_windows() {
        let args = Jitter {
            subscribers: 50,
            cut_every: Duration::from_secs(15),
            offline: Duration::from_secs(2),
            messages: 120,
            pace: Duration::from_millis(500),
        };
        let cuts = |seed| {
            let plan = Plan::new(&args, seed);
            let of = |subscriber| {
                (0..9)
                    .map_while(|number| plan.cut(subscriber, number))
                    .collect()
            };
            (0..50).map(of).collect::<Vec<Vec<_>>>()
        };
        assert_eq!(Plan::new(&args, 1).cuts(), 200);
        assert_eq!(cuts(1), cuts(1));
        assert_ne!(cuts(1), cuts(2));
        for cuts in cuts(1) {
            assert_eq!(cuts.len(), 4, "{cuts:?}");
            assert!(
                cuts.windows(2)
                    .all(|pair| pair[1] - pair[0] == args.cut_every)
            );
        }
    }
}
