//! Resets: which ones are correct, and what they excuse.

use super::*;

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
