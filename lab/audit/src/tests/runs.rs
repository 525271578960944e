//! Whole runs: a correct one has no violations, and each flaw in it is found.

use super::*;
use proptest::prelude::*;

/// A correct run: sequences of messages, with an announced loss between them.
fn correct() -> impl Strategy<Value = Vec<Received>> {
    prop::collection::vec((1..20u64, 0..15u64), 1..8).prop_map(|stretches| {
        let mut received = Vec::new();
        let mut at = 0;
        for (length, lost) in stretches {
            received.extend(messages(at + 1..=at + length));
            at += length;
            received.extend((lost > 0).then_some(Reset {
                after: at,
                oldest: at + lost + 1,
            }));
            at += lost;
        }
        received.extend(messages(at + 1..=at + 1 + HISTORY));
        received
    })
}

fn last(received: &[Received]) -> u64 {
    received
        .iter()
        .map(|received| {
            if let Message(offset) = received {
                *offset
            } else {
                0
            }
        })
        .max()
        .unwrap_or(0)
}

proptest! {
    #[test]
    fn a_correct_run_has_no_violations(received in correct()) {
        prop_assert_eq!(violations_of(&received, &mut ledger(last(&received))), []);
    }

    #[test]
    fn an_omitted_delivery_is_found(received in correct(), which: prop::sample::Index) {
        let mut less = received.clone();
        let left_out = less.remove(which.index(received.len()));
        let violations = violations_of(&less, &mut ledger(last(&received)));
        prop_assert!(!violations.is_empty(), "without {:?}", left_out);
    }

    #[test]
    fn a_repeated_delivery_is_found(received in correct(), which: prop::sample::Index) {
        let mut more = received.clone();
        let twice = received[which.index(received.len())];
        more.insert(which.index(received.len()), twice);
        let violations = violations_of(&more, &mut ledger(last(&received)));
        prop_assert!(!violations.is_empty(), "{:?} twice", twice);
    }

    #[test]
    fn a_swapped_pair_of_deliveries_is_found(received in correct(), which: prop::sample::Index) {
        let mut mixed = received.clone();
        let at = which.index(received.len() - 1);
        mixed.swap(at, at + 1);
        let violations = violations_of(&mixed, &mut ledger(last(&received)));
        prop_assert!(!violations.is_empty(), "{:?}", &mixed[at..=at + 1]);
    }
}
