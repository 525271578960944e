//! Waits, and what may pass between two polls.

use super::world::{World, all, seconds};

#[actix_web::test]
async fn a_wait_ends_when_it_is_over_and_the_connection_75_s_later() {
    let mut world = World::new(false);
    let client = world.poll();
    world.pass(seconds(25));
    assert_eq!(world.written(), []);
    world.pass(seconds(1));
    let answered = world.written();
    assert!(matches!(answered[..], [('e', 251..=252)]), "{answered:?}");
    world.pass(seconds(74));
    assert!(
        !world.subscribers.subscribers.is_empty(),
        "the next poll may still come"
    );
    world.pass(seconds(6));
    assert!(world.subscribers.subscribers.is_empty());
    assert_eq!(all(client), "e");
}

#[actix_web::test]
async fn a_poll_that_comes_again_waits_anew() {
    let mut world = World::new(false);
    let mut client = world.poll();
    world.pass(seconds(20));
    world.publish("1");
    world.pass(seconds(70));
    world.say(&mut client, b"again").await;
    assert_eq!(world.metrics.subscribers.get(), 1);
    world.pass(seconds(24));
    assert_eq!(world.written(), [('m', 200)]);
    world.pass(seconds(2));
    let answered = world.written();
    assert!(
        matches!(answered[..], [_, ('e', 1151..=1152)]),
        "{answered:?}"
    );
}
