//! How long polls wait, and how long their connections are kept between two of them.

use super::{
    clients::{KERNEL_BUFFER, read_all, seconds},
    harness::Harness,
};

#[actix_web::test]
async fn a_poll_gets_an_empty_response_and_its_connection_75_s_more() {
    let mut harness = Harness::new();
    let client = harness.poll();
    harness.advance(seconds(25));
    assert_eq!(harness.written(), []);
    harness.advance(seconds(1));
    let written = harness.written();
    assert!(matches!(written[..], [('e', 251..=252)]), "{written:?}");
    harness.advance(seconds(74));
    assert!(
        !harness.subscribers.table.is_empty(),
        "the next poll may still come"
    );
    harness.advance(seconds(6));
    assert!(harness.subscribers.table.is_empty());
    assert_eq!(read_all(client), "e");
}

#[actix_web::test]
async fn the_next_poll_has_a_wait_of_its_own() {
    let mut harness = Harness::new();
    let mut client = harness.poll();
    harness.advance(seconds(20));
    harness.publish("1");
    harness.advance(seconds(70));
    harness.receive(&mut client, b"again").await;
    assert_eq!(harness.count(), 1);
    harness.advance(seconds(24));
    assert_eq!(harness.written(), [('m', 200)]);
    harness.advance(seconds(2));
    let written = harness.written();
    assert!(
        matches!(written[..], [_, ('e', 1151..=1152)]),
        "{written:?}"
    );
}

#[actix_web::test]
async fn a_connection_ends_also_after_a_response_that_was_read_for_longer_than_the_keep_alive() {
    let mut harness = Harness::new();
    let mut client = harness.poll();
    client.set_nonblocking(true).unwrap();
    harness.publish(&"x".repeat(32 * KERNEL_BUFFER));
    harness.read(&mut client, 4 * KERNEL_BUFFER).await;
    for _ in 0..16 {
        harness.advance(seconds(5));
        harness.read(&mut client, KERNEL_BUFFER).await;
    }
    assert!(!harness.subscribers.table.is_empty(), "it is still blocked");
    harness.read(&mut client, 12 * KERNEL_BUFFER).await;
    harness.advance(seconds(6));
    assert!(harness.subscribers.table.is_empty());
}
