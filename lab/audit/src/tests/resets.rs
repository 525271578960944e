//! Resets: which ones are correct, and what they excuse.

use super::*;

#[test]
fn a_reset_excuses_what_left_the_history() {
    for (after, oldest, next, expected) in [
        (3, 11, 11, &[][..]),
        (3, 7, 7, &[]),
        (3, 12, 12, &["needless-reset"]),
        (3, 4, 4, &["needless-reset"]),
        (2, 11, 11, &["wrong-after"]),
        (3, 8, 9, &["wrong-oldest"]),
    ] {
        let parts = [messages(1..=3), reset(after, oldest), messages(next..=20)];
        assert_violations(&parts.concat(), expected);
    }
}

#[test]
fn a_reset_moves_the_cursor_without_a_message() {
    for (after, expected) in [(6, &[][..]), (3, &["wrong-after"])] {
        let resets = [reset(3, 7), reset(after, 9)].concat();
        let parts = [messages(1..=3), resets, messages(9..=20)];
        assert_violations(&parts.concat(), expected);
    }
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
fn a_restarted_service_may_have_lost_everything_before() {
    let received = [messages(1..=3), reset(3, 15), messages(15..=20)].concat();
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
    let mut violations = |oldest| {
        let received = [messages(1..=18), reset(18, oldest)].concat();
        kinds(&violations_of(&received, &mut restarted))
    };
    assert!(violations(21).is_empty());
    assert_eq!(violations(22), ["wrong-oldest"]);
}
