//! The verdict: a correct run has no violations, and every way to break one is found.

use super::{
    body::Stamp,
    checker::{ResetIds, SubscriberChecker},
    ledger::Ledger,
    violation::Violation,
};
use common::message::MessageId;
use proptest::prelude::*;

const SSE: usize = 1;
const HISTORY: u64 = 10;

/// A delivery to a subscriber, by offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Received {
    Message(u64),
    Reset { after: u64, oldest: u64 },
}

use Received::{Message, Reset};

fn id(offset: u64) -> MessageId {
    MessageId { epoch: 7, offset }
}

fn stamp(offset: u64) -> Stamp {
    Stamp {
        publisher: offset as usize % 3,
        number: offset,
    }
}

/// Returns a ledger with this many messages, whose services keep 10 each.
fn ledger(messages: u64) -> Ledger {
    let mut ledger = Ledger::new(id(0), Some(HISTORY));
    for offset in 1..=messages {
        ledger.attempt();
        ledger.acknowledge(id(offset), stamp(offset));
    }
    ledger
}

/// Returns the violations of a subscriber that begins before the first message.
fn violations_of(received: &[Received], ledger: &mut Ledger) -> Vec<Violation> {
    let mut checker = SubscriberChecker::new(id(0));
    let mut violations = Vec::new();
    for received in received {
        let checked = match *received {
            Message(offset) => checker.message(id(offset), stamp(offset), ledger),
            Reset { after, oldest } => checker.reset(
                SSE,
                ResetIds {
                    after: id(after),
                    oldest: id(oldest),
                    to: id(oldest - 1),
                },
                ledger,
            ),
        };
        violations.extend(checked.err());
    }
    violations.extend(checker.end(ledger).err());
    violations
}

fn messages(offsets: impl IntoIterator<Item = u64>) -> Vec<Received> {
    offsets.into_iter().map(Message).collect()
}

fn kinds(violations: &[Violation]) -> Vec<String> {
    violations
        .iter()
        .map(|violation| violation.to_string().split(':').next().unwrap().to_owned())
        .collect()
}

fn assert_violations(received: &[Received], expected: &[&str]) {
    let violations = violations_of(received, &mut ledger(20));
    assert_eq!(kinds(&violations), expected, "{received:?}: {violations:?}");
}

#[test]
fn messages_once_and_in_order_are_correct() {
    assert_violations(&messages(1..=20), &[]);
}

#[test]
fn each_kind_of_flaw_has_its_name() {
    assert_violations(&messages([1, 2, 4].into_iter().chain(5..=20)), &["gap"]);
    assert_violations(
        &messages([1, 2, 2].into_iter().chain(3..=20)),
        &["duplicate"],
    );
    assert_violations(
        &messages([1, 3, 2].into_iter().chain(4..=20)),
        &["gap", "out-of-order"],
    );
    assert_violations(&messages(1..=19), &["missing"]);
    assert_violations(&messages([]), &["missing"]);
}

#[test]
fn a_reset_excuses_what_left_the_history() {
    let after_reset = |after, oldest| {
        [
            messages(1..=3),
            vec![Reset { after, oldest }],
            messages(oldest..=20),
        ]
        .concat()
    };
    assert_violations(&after_reset(3, 11), &[]);
    assert_violations(&after_reset(3, 7), &[]);
    assert_violations(&after_reset(3, 12), &["needless-reset"]);
    assert_violations(&after_reset(3, 4), &["needless-reset"]);
    assert_violations(&after_reset(2, 11), &["wrong-after"]);
    assert_violations(
        &[
            messages(1..=3),
            vec![Reset {
                after: 3,
                oldest: 8,
            }],
            messages(9..=20),
        ]
        .concat(),
        &["wrong-oldest"],
    );
}

#[test]
fn a_reset_moves_the_cursor_without_a_message() {
    let reset = Reset {
        after: 3,
        oldest: 7,
    };
    let moved_on = [
        vec![
            reset,
            Reset {
                after: 6,
                oldest: 9,
            },
        ],
        messages(9..=20),
    ]
    .concat();
    assert_violations(&[messages(1..=3), moved_on].concat(), &[]);
    let again = [
        vec![
            reset,
            Reset {
                after: 3,
                oldest: 9,
            },
        ],
        messages(9..=20),
    ]
    .concat();
    assert_violations(&[messages(1..=3), again].concat(), &["wrong-after"]);
}

#[test]
fn a_reset_that_moves_to_a_wrong_cursor_is_found() {
    let (mut checker, mut ledger) = (SubscriberChecker::new(id(0)), ledger(20));
    let reset = |after, oldest, to| ResetIds {
        after: id(after),
        oldest: id(oldest),
        to: id(to),
    };
    assert_eq!(checker.reset(SSE, reset(0, 8, 9), &ledger), Ok(()));
    assert_eq!(checker.cursor(), id(9));
    assert!(checker.message(id(10), stamp(10), &mut ledger).is_err());
}

#[test]
fn a_stream_without_a_cursor_begins_after_the_latest_message() {
    assert_eq!(SubscriberChecker::new(id(3)).opened(id(3)), Ok(()));
    assert_eq!(
        kinds(&[SubscriberChecker::new(id(3)).opened(id(4)).unwrap_err()]),
        ["wrong-hello"]
    );
}

#[test]
fn a_restarted_service_may_have_lost_everything_before() {
    let received = [
        messages(1..=3),
        vec![Reset {
            after: 3,
            oldest: 15,
        }],
        messages(15..=20),
    ]
    .concat();
    let mut restarted = ledger(13);
    restarted.attempt();
    restarted.restarted(SSE, id(13));
    for offset in 14..=20 {
        restarted.attempt();
        restarted.acknowledge(id(offset), stamp(offset));
    }
    assert_eq!(violations_of(&received, &mut restarted), []);
    assert!(restarted.explains(SSE, id(3), id(14)) && !restarted.explains(SSE, id(3), id(16)));
    assert!(
        !restarted.explains(0, id(3), id(15)),
        "another service was restarted"
    );
}

#[test]
fn a_reset_at_the_end_must_name_the_next_message() {
    let mut restarted = ledger(20);
    restarted.attempt();
    restarted.restarted(SSE, id(20));
    let reset = |oldest| [messages(1..=18), vec![Reset { after: 18, oldest }]].concat();
    assert_eq!(violations_of(&reset(21), &mut restarted), []);
    assert_eq!(
        kinds(&violations_of(&reset(22), &mut restarted)),
        ["wrong-oldest"]
    );
}

#[test]
fn two_subscribers_must_receive_the_same() {
    let mut ledger = Ledger::new(id(0), None);
    let mut checker = SubscriberChecker::new(id(0));
    assert_eq!(checker.message(id(1), stamp(1), &mut ledger), Ok(()));
    let other = SubscriberChecker::new(id(0))
        .message(id(1), stamp(2), &mut ledger)
        .unwrap_err();
    assert_eq!(kinds(&[other]), ["wrong-body"]);
    ledger.acknowledge(id(1), stamp(2));
    assert_eq!(kinds(&ledger.violations()), ["shared-id"]);
}

#[test]
fn violations_of_publishing_are_found() {
    let verdict = |acknowledged: &[(u64, u64)], seen: &[(u64, u64)]| {
        let mut ledger = Ledger::new(id(0), None);
        acknowledged
            .iter()
            .for_each(|(offset, number)| ledger.acknowledge(id(*offset), stamp(*number)));
        seen.iter()
            .for_each(|(offset, number)| ledger.observe(id(*offset), stamp(*number)).unwrap());
        kinds(&ledger.violations())
    };
    assert!(verdict(&[(1, 1), (2, 2)], &[(1, 1)]).is_empty());
    assert_eq!(
        verdict(&[(2, 1)], &[(1, 1)]),
        ["unacknowledged", "published-twice"]
    );
    assert_eq!(verdict(&[(1, 1)], &[(2, 1)]), ["published-twice"]);
    assert_eq!(verdict(&[(2, 2)], &[(1, 1)]), ["unacknowledged"]);
    assert_eq!(verdict(&[(1, 1), (3, 3)], &[]), ["hole"]);
    assert_eq!(verdict(&[(1, 1), (1, 1)], &[]), ["shared-id"]);
    assert_eq!(verdict(&[(1, 4), (2, 1)], &[]), ["published-out-of-order"]);
}

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
