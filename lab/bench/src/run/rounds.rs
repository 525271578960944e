//! The order of repetitions.

use support::random::Random;

/// Returns rounds that each contain every scenario once, in random order. So changes of the machine
/// over time affect all scenarios alike.
pub(super) fn rounds(scenarios: usize, repetitions: usize, random: &mut Random) -> Vec<Vec<usize>> {
    (0..repetitions)
        .map(|_| shuffled(scenarios, random))
        .collect()
}

fn shuffled(count: usize, random: &mut Random) -> Vec<usize> {
    let mut order: Vec<_> = (0..count).collect();
    (1..count)
        .rev()
        .for_each(|at| order.swap(at, random.below(at + 1)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_round_has_every_scenario_once_and_orders_differ() {
        let all = rounds(8, 3, &mut Random::new(7));
        for round in &all {
            let mut sorted = round.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..8).collect::<Vec<_>>());
        }
        assert!(all[0] != all[1] || all[1] != all[2]);
        assert_eq!(all, rounds(8, 3, &mut Random::new(7)));
    }
}
