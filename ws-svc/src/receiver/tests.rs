//! What messages count in the memory budget.

use super::*;
use bytes::BytesMut;
use common::budget::MemoryBudget;
use rfc6455::{Opcode, encode};

fn binary(len: usize) -> BytesMut {
    let mut frame = BytesMut::new();
    encode::masked_frame(
        Opcode::Binary,
        true,
        [1, 2, 3, 4],
        &vec![0; len],
        &mut frame,
    );
    frame
}

#[test]
fn a_message_counts_from_its_arrival_until_it_is_released() {
    let budget = MemoryBudget::new(1 << 20);
    let mut receiver = Receiver::new(1 << 16, budget.share(None));
    receiver
        .feed(&binary(2 * FREE_PER_CONNECTION)[..FREE_PER_CONNECTION + FREE_PER_CONNECTION / 2]);
    assert_eq!(receiver.next_event(), Ok(None));
    assert!(budget.held() > 0, "half of a message");
    receiver.release();
    assert!(budget.held() > 0, "the half is still buffered");
    receiver
        .feed(&binary(2 * FREE_PER_CONNECTION)[FREE_PER_CONNECTION + FREE_PER_CONNECTION / 2..]);
    assert!(matches!(receiver.next_event(), Ok(Some(Event::Binary(_)))));
    assert!(budget.held() > 0, "the whole message");
    receiver.release();
    assert_eq!(budget.held(), 0);
}

#[test]
fn a_message_without_room_in_the_budget_ends_the_connection_and_holds_nothing() {
    let budget = MemoryBudget::new(FREE_PER_CONNECTION);
    let mut receiver = Receiver::new(1 << 16, budget.share(None));
    receiver.feed(&binary(2 * FREE_PER_CONNECTION));
    let error = receiver.next_event().unwrap_err();
    assert_eq!(
        (error, error.close_code()),
        (ReceiveError::BudgetExhausted, 1013)
    );
    assert_eq!(
        error.to_string(),
        "no room for a message of this size at the moment: retry later"
    );
    receiver.feed(&binary(1));
    assert_eq!(
        (receiver.next_event(), receiver.buffered(), budget.held()),
        (Ok(None), 0, 0)
    );
}

#[test]
fn messages_that_follow_each_other_have_different_numbers() {
    let mut receiver = Receiver::new(1 << 16, MemoryBudget::new(0).share(None));
    let frame = binary(3);
    let mut numbers = Vec::new();
    for _ in 0..3 {
        receiver.feed(&frame[..4]);
        assert_eq!(receiver.next_event(), Ok(None));
        numbers.extend(receiver.unfinished());
        receiver.feed(&frame[4..]);
        assert!(matches!(receiver.next_event(), Ok(Some(Event::Binary(_)))));
        assert_eq!(receiver.next_event(), Ok(None));
        assert!(receiver.decoder.is_none(), "nothing between two messages");
    }
    assert_eq!(numbers, [0, 1, 2]);
}
