//! The judgement: a correct run never complains, and every way to break one is found.

use super::{
    body::Stamp,
    flaw::Flaw,
    ledger::Ledger,
    witness::{Moved, Witness},
};
use common::message::MessageId;
use proptest::prelude::*;

const SSE: usize = 1;
const HISTORY: u64 = 10;

/// What comes over a reader's connections, by offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    Message(u64),
    Reset { after: u64, oldest: u64 },
}

use Came::{Message, Reset};

fn id(offset: u64) -> MessageId {
    MessageId { epoch: 7, offset }
}

fn stamp(offset: u64) -> Stamp {
    Stamp {
        publisher: offset as usize % 3,
        number: offset,
    }
}

/// A ledger with this many messages, whose services keep 10 each.
fn ledger(messages: u64) -> Ledger {
    let mut ledger = Ledger::new(id(0), Some(HISTORY));
    for offset in 1..=messages {
        ledger.attempt();
        ledger.acknowledge(id(offset), stamp(offset));
    }
    ledger
}

/// What a reader that begins before the first message has to complain about.
fn judge(came: &[Came], ledger: &mut Ledger) -> Vec<Flaw> {
    let (mut witness, mut flaws) = (Witness::new(id(0)), Vec::new());
    for came in came {
        let judged = match *came {
            Message(offset) => witness.message(id(offset), stamp(offset), ledger),
            Reset { after, oldest } => witness.reset(
                SSE,
                Moved {
                    after: id(after),
                    oldest: id(oldest),
                    to: id(oldest - 1),
                },
                ledger,
            ),
        };
        flaws.extend(judged.err());
    }
    flaws.extend(witness.end(ledger).err());
    flaws
}

fn messages(offsets: impl IntoIterator<Item = u64>) -> Vec<Came> {
    offsets.into_iter().map(Message).collect()
}

fn kinds(flaws: &[Flaw]) -> Vec<String> {
    flaws
        .iter()
        .map(|flaw| flaw.to_string().split(':').next().unwrap().to_owned())
        .collect()
}

fn complains(came: &[Came], expected: &[&str]) {
    let flaws = judge(came, &mut ledger(20));
    assert_eq!(kinds(&flaws), expected, "{came:?}: {flaws:?}");
}

#[test]
fn everything_once_and_in_order_is_right() {
    complains(&messages(1..=20), &[]);
}

#[test]
fn each_kind_of_flaw_has_its_name() {
    complains(&messages([1, 2, 4].into_iter().chain(5..=20)), &["gap"]);
    complains(
        &messages([1, 2, 2].into_iter().chain(3..=20)),
        &["duplicate"],
    );
    complains(
        &messages([1, 3, 2].into_iter().chain(4..=20)),
        &["gap", "out-of-order"],
    );
    complains(&messages(1..=19), &["missing"]);
    complains(&messages([]), &["missing"]);
}

#[test]
fn a_reset_may_take_what_was_pushed_out_of_the_log() {
    let after_reset = |after, oldest| {
        [
            messages(1..=3),
            vec![Reset { after, oldest }],
            messages(oldest..=20),
        ]
        .concat()
    };
    complains(&after_reset(3, 11), &[]);
    complains(&after_reset(3, 7), &[]);
    complains(&after_reset(3, 12), &["needless-reset"]);
    complains(&after_reset(3, 4), &["needless-reset"]);
    complains(&after_reset(2, 11), &["wrong-after"]);
    complains(
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
fn a_reset_moves_the_reader_though_no_message_has_come() {
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
    complains(&[messages(1..=3), moved_on].concat(), &[]);
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
    complains(&[messages(1..=3), again].concat(), &["wrong-after"]);
}

#[test]
fn a_reset_that_moves_the_reader_elsewhere_than_it_says_is_found_when_it_comes_back() {
    let (mut witness, mut ledger) = (Witness::new(id(0)), ledger(20));
    let reset = |after, oldest, to| Moved {
        after: id(after),
        oldest: id(oldest),
        to: id(to),
    };
    assert_eq!(witness.reset(SSE, reset(0, 8, 9), &ledger), Ok(()));
    assert_eq!(witness.cursor(), id(9));
    assert!(witness.message(id(10), stamp(10), &mut ledger).is_err());
}

#[test]
fn a_reader_without_a_cursor_begins_where_nothing_is_missing() {
    assert_eq!(Witness::new(id(3)).begins(id(3)), Ok(()));
    assert_eq!(
        kinds(&[Witness::new(id(3)).begins(id(4)).unwrap_err()]),
        ["wrong-hello"]
    );
}

#[test]
fn a_service_that_was_started_anew_may_have_forgotten_everything_before() {
    let came = [
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
    restarted.began(SSE, id(13));
    for offset in 14..=20 {
        restarted.attempt();
        restarted.acknowledge(id(offset), stamp(offset));
    }
    assert_eq!(judge(&came, &mut restarted), []);
    assert!(restarted.explains(SSE, id(3), id(14)) && !restarted.explains(SSE, id(3), id(16)));
    assert!(
        !restarted.explains(0, id(3), id(15)),
        "another service was restarted"
    );
}

#[test]
fn a_reset_at_the_very_end_must_name_the_message_that_would_come_next() {
    let mut restarted = ledger(20);
    restarted.attempt();
    restarted.began(SSE, id(20));
    let reset = |oldest| [messages(1..=18), vec![Reset { after: 18, oldest }]].concat();
    assert_eq!(judge(&reset(21), &mut restarted), []);
    assert_eq!(kinds(&judge(&reset(22), &mut restarted)), ["wrong-oldest"]);
}

#[test]
fn two_readers_must_get_the_same() {
    let mut ledger = Ledger::new(id(0), None);
    let mut witness = Witness::new(id(0));
    assert_eq!(witness.message(id(1), stamp(1), &mut ledger), Ok(()));
    let other = Witness::new(id(0))
        .message(id(1), stamp(2), &mut ledger)
        .unwrap_err();
    assert_eq!(kinds(&[other]), ["wrong-body"]);
    ledger.acknowledge(id(1), stamp(2));
    assert_eq!(kinds(&ledger.verdict()), ["shared-id"]);
}

#[test]
fn what_is_wrong_with_publishing_is_found() {
    let verdict = |acknowledged: &[(u64, u64)], seen: &[(u64, u64)]| {
        let mut ledger = Ledger::new(id(0), None);
        acknowledged
            .iter()
            .for_each(|(offset, number)| ledger.acknowledge(id(*offset), stamp(*number)));
        seen.iter()
            .for_each(|(offset, number)| ledger.witness(id(*offset), stamp(*number)).unwrap());
        kinds(&ledger.verdict())
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

/// A correct run: stretches of messages, between them a loss that is announced.
fn correct() -> impl Strategy<Value = Vec<Came>> {
    prop::collection::vec((1..20u64, 0..15u64), 1..8).prop_map(|stretches| {
        let (mut came, mut at) = (Vec::new(), 0);
        for (length, lost) in stretches {
            came.extend(messages(at + 1..=at + length));
            at += length;
            came.extend((lost > 0).then_some(Reset {
                after: at,
                oldest: at + lost + 1,
            }));
            at += lost;
        }
        came.extend(messages(at + 1..=at + 1 + HISTORY));
        came
    })
}

fn last(came: &[Came]) -> u64 {
    came.iter()
        .map(|came| {
            if let Message(offset) = came {
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
    fn a_correct_run_never_complains(came in correct()) {
        prop_assert_eq!(judge(&came, &mut ledger(last(&came))), []);
    }

    #[test]
    fn whatever_is_left_out_is_missed(came in correct(), which: prop::sample::Index) {
        let mut less = came.clone();
        let left_out = less.remove(which.index(came.len()));
        let flaws = judge(&less, &mut ledger(last(&came)));
        prop_assert!(!flaws.is_empty(), "without {:?}", left_out);
    }

    #[test]
    fn whatever_comes_twice_is_noticed(came in correct(), which: prop::sample::Index) {
        let mut more = came.clone();
        let twice = came[which.index(came.len())];
        more.insert(which.index(came.len()), twice);
        let flaws = judge(&more, &mut ledger(last(&came)));
        prop_assert!(!flaws.is_empty(), "{:?} twice", twice);
    }

    #[test]
    fn whatever_changes_places_is_noticed(came in correct(), which: prop::sample::Index) {
        let mut mixed = came.clone();
        let at = which.index(came.len() - 1);
        mixed.swap(at, at + 1);
        let flaws = judge(&mixed, &mut ledger(last(&came)));
        prop_assert!(!flaws.is_empty(), "{:?}", &mixed[at..=at + 1]);
    }
}
