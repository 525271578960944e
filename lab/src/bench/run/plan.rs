//! Which scenarios are run, and in which order.

use crate::{
    bench::scenario::{Link, Load, Manner, Measures, Scenario, Server, Transport},
    chance::Chance,
};

/// Each repetition of each scenario: the first of all of them in random order, then the second of all of them, and so on.
/// What changes on the machine meanwhile thus meets all alike.
pub(super) fn rounds(scenarios: usize, repetitions: usize, chance: &mut Chance) -> Vec<usize> {
    (0..repetitions).flat_map(|_| shuffled(scenarios, chance)).collect()
}

fn shuffled(count: usize, chance: &mut Chance) -> Vec<usize> {
    let mut order: Vec<_> = (0..count).collect();
    (1..count).rev().for_each(|at| order.swap(at, chance.below(at + 1)));
    order
}

/// Deliveries to many readers beside the limit of the kernel.
pub(super) fn fanout(readers: &[u32], seconds: f64) -> Vec<Scenario> {
    let mut all = Vec::new();
    for transport in [Transport::Longpoll, Transport::Sse, Transport::Ws] {
        for (readers, in_flight) in readers.iter().flat_map(|&readers| [(readers, 1), (readers, 16)]) {
            all.extend([Server::Limit, Server::Ours].map(|server| Scenario {
                experiment: "fanout".to_owned(),
                transport,
                manner: Manner::Usual,
                measures: Measures::Delivery,
                server,
                readers,
                load: Load::InFlight(in_flight),
                payload_bytes: 100,
                seconds,
                warm_up_seconds: 0.3,
                link: Link::default(),
            }));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_round_has_every_scenario_once_and_orders_differ() {
        let order = rounds(8, 3, &mut Chance::new(7));
        let rounds: Vec<_> = order.chunks(8).map(<[usize]>::to_vec).collect();
        for round in &rounds {
            let mut sorted = round.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..8).collect::<Vec<_>>());
        }
        assert!(rounds[0] != rounds[1] || rounds[1] != rounds[2]);
        assert_eq!(order, super::rounds(8, 3, &mut Chance::new(7)));
    }
}
