//! A broker that lost its last messages continues in a new epoch, with copies of what it kept.

use super::*;

/// The epoch after the loss.
const LATER: u64 = 8;

fn later(offset: u64) -> MessageId {
    MessageId {
        epoch: LATER,
        offset,
    }
}

/// Returns a ledger with this many messages, of a broker that lost the last one and got another.
fn ledger_after_a_loss(messages: u64, may_lose: bool) -> Ledger {
    let mut ledger = Ledger::new(id(0), Some(HISTORY), may_lose);
    for offset in 1..=messages {
        ledger.attempt();
        ledger.acknowledge(id(offset), stamp(offset));
    }
    ledger.attempt();
    ledger.acknowledge(later(messages), stamp(messages + 1));
    ledger
}

/// Follows a subscriber through the loss: it received three messages, gets a reset, the two that
/// were kept and a new one.
fn violations_after_a_loss(ledger: &mut Ledger, kept: &[u64]) -> Vec<Violation> {
    let mut checker = SubscriberChecker::new(id(0));
    let mut violations = Vec::new();
    for offset in 1..=3 {
        violations.extend(checker.message(id(offset), stamp(offset), ledger).err());
    }
    let reset = ResetIds {
        after: id(3),
        oldest: later(1),
        to: later(0),
    };
    violations.extend(checker.reset(SSE, reset, ledger).err());
    for offset in kept {
        violations.extend(
            checker
                .message(later(*offset), stamp(*offset), ledger)
                .err(),
        );
    }
    violations.extend(checker.message(later(3), stamp(4), ledger).err());
    violations.extend(checker.end(ledger).err());
    violations.extend(ledger.violations());
    violations
}

#[test]
fn a_loss_is_excused_by_a_reset_to_a_new_epoch() {
    let mut ledger = ledger_after_a_loss(3, true);
    assert_eq!(violations_after_a_loss(&mut ledger, &[1, 2]), []);
    assert_eq!(ledger.new_epochs(), 1);
}

#[test]
fn a_broker_that_loses_nothing_needs_no_new_epoch() {
    let mut ledger = ledger_after_a_loss(3, false);
    let violations = violations_after_a_loss(&mut ledger, &[1, 2]);
    assert_eq!(kinds(&violations), ["needless-reset"]);
}

#[test]
fn what_was_kept_must_arrive_once_and_in_order() {
    for (kept, kind) in [
        (&[1][..], "gap"),
        (&[1, 1, 2], "duplicate"),
        (&[2], "wrong-oldest"),
    ] {
        let mut ledger = ledger_after_a_loss(3, true);
        let violations = violations_after_a_loss(&mut ledger, kept);
        assert!(
            kinds(&violations).contains(&kind.to_owned()),
            "{violations:?}"
        );
    }
}

#[test]
fn an_id_of_the_new_epoch_has_one_message() {
    let mut ledger = ledger_after_a_loss(3, true);
    ledger.acknowledge(later(3), stamp(5));
    assert_eq!(kinds(&ledger.violations()), ["shared-id"]);
}

#[test]
fn a_message_that_was_seen_and_lost_is_published_again() {
    let mut ledger = ledger_after_a_loss(3, true);
    ledger.observe(id(4), stamp(5)).unwrap();
    assert_eq!(kinds(&ledger.violations()), ["unacknowledged"]);
    ledger.acknowledge(later(4), stamp(5));
    assert!(ledger.violations().is_empty());
    ledger.acknowledge(later(5), stamp(5));
    assert_eq!(kinds(&ledger.violations()), ["published-twice"]);
}

#[test]
fn a_reset_to_a_new_epoch_without_publications_may_be_the_last() {
    let (mut checker, mut ledger) = (SubscriberChecker::new(id(0)), ledger(2));
    for offset in 1..=2 {
        checker
            .message(id(offset), stamp(offset), &mut ledger)
            .unwrap();
    }
    let ends_after = |oldest, may_lose| {
        let ledger = Ledger::new(id(2), Some(HISTORY), may_lose);
        let mut checker = checker.clone();
        let reset = ResetIds {
            after: id(2),
            oldest,
            to: oldest,
        };
        let violation = checker.reset(SSE, reset, &ledger).err();
        kinds(
            &violation
                .or(checker.end(&ledger).err())
                .into_iter()
                .collect::<Vec<_>>(),
        )
    };
    assert!(ends_after(later(1), true).is_empty());
    assert_eq!(ends_after(later(1), false), ["needless-reset"]);
}
