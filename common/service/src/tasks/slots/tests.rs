//! Which tasks are admitted, and when a slot is free.

use super::*;
use common::message::ChannelName;

const LARGE: u64 = 400_000_000;

fn task(account: u64) -> Arc<Task> {
    task_of(account, LARGE)
}

fn task_of(account: u64, primes_below: u64) -> Arc<Task> {
    Arc::new(Task::new(ChannelName::main(), Some(account), primes_below))
}

#[test]
fn an_account_has_one_task_and_all_have_a_limit() {
    let (mut slots, first, second) = (TaskSlots::default(), task(1), task(2));
    slots.insert(first.clone());
    assert!(matches!(
        slots.admit(2, first.account, LARGE),
        Err(TaskRefused::HasOne { .. })
    ));
    assert!(slots.admit(2, second.account, LARGE).is_ok());
    slots.insert(second.clone());
    assert!(matches!(
        slots.admit(2, task(3).account, LARGE),
        Err(TaskRefused::Full { .. })
    ));
    assert!(matches!(
        slots.admit(2, None, LARGE),
        Err(TaskRefused::Full { .. })
    ));
    first.mark_ended();
    assert_eq!(slots.cancellable().count(), 1);
    assert!(
        slots.admit(2, task(3).account, LARGE).is_err(),
        "its outcome is not published yet"
    );
    slots.remove(&first);
    assert!(slots.admit(2, first.account, LARGE).is_ok());
}

#[test]
fn small_and_large_tasks_have_separate_slots() {
    let mut slots = TaskSlots::default();
    (1..=8).for_each(|account| slots.insert(task(account)));
    let ninth = task_of(9, SMALL);
    assert!(matches!(
        slots.admit(8, ninth.account, SMALL + 1),
        Err(TaskRefused::Full { .. })
    ));
    assert!(slots.admit(8, ninth.account, SMALL).is_ok());
    assert!(
        matches!(
            slots.admit(8, task(1).account, SMALL),
            Err(TaskRefused::HasOne { .. })
        ),
        "an account has one task of any size"
    );
    slots.insert(ninth.clone());
    (10..17).for_each(|account| slots.insert(task_of(account, SMALL)));
    let Err(TaskRefused::Full { free_after }) = slots.admit(8, None, SMALL) else {
        panic!("there is a slot")
    };
    assert_eq!(free_after, 5 * DEFAULT_PACE, "small tasks run first");
    slots.remove(&ninth);
    assert!(
        slots.admit(8, None, SMALL + 1).is_err(),
        "the slot of a small task is for small tasks"
    );
    assert!(slots.admit(8, None, 0).is_ok());
}

#[test]
fn a_refusal_has_the_time_until_a_slot_is_free() {
    let (mut slots, first, second) = (TaskSlots::default(), task(1), task(2));
    slots.insert(first.clone());
    slots.insert(second.clone());
    let Err(TaskRefused::Full { free_after }) = slots.admit(2, None, LARGE) else {
        panic!("there is a slot")
    };
    assert_eq!(free_after, 400 * DEFAULT_PACE);
    let Err(TaskRefused::HasOne { free_after: own }) = slots.admit(9, second.account, LARGE) else {
        panic!("the account has no task")
    };
    // The threads share what is ahead of the second task, which then runs on one of them.
    assert_eq!(own, free_after.mul_f64(1.0 + 1.0 / max_threads() as f64));
    first.record_progress(75);
    let Err(TaskRefused::Full { free_after }) = slots.admit(2, None, LARGE) else {
        panic!("there is a slot")
    };
    assert!(
        free_after < Duration::from_secs(1),
        "a quarter of a fast task is left: {free_after:?}"
    );
}
