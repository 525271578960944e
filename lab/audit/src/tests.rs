//! The verdict: a correct run has no violations, and every way to break one is found.

mod epochs;
mod resets;
mod runs;

use super::{
    body::Stamp,
    checker::{ResetIds, SubscriberChecker},
    ledger::Ledger,
    violation::Violation,
};
use common::message::MessageId;

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
    let mut ledger = Ledger::new(id(0), Some(HISTORY), false);
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

fn reset(after: u64, oldest: u64) -> Vec<Received> {
    vec![Reset { after, oldest }]
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
fn a_stream_without_a_cursor_begins_after_the_latest_message() {
    assert_eq!(SubscriberChecker::new(id(3)).opened(id(3)), Ok(()));
    assert_eq!(
        kinds(&[SubscriberChecker::new(id(3)).opened(id(4)).unwrap_err()]),
        ["wrong-hello"]
    );
}

#[test]
fn two_subscribers_must_receive_the_same() {
    let mut ledger = Ledger::new(id(0), None, false);
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
        let mut ledger = Ledger::new(id(0), None, false);
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
