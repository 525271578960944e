//! Heartbeats, and the ends of streams that come with time.

use super::world::{World, all, seconds};
use crate::budget::MemoryBudget;
use proptest::prelude::*;
use socket2::SockRef;
use std::{io::Write, time::Duration};

/// How long a service may take to end.
const ENDS_WITHIN: Duration = Duration::from_millis(2500);
/// A heartbeat is due after 15 s and comes with the tick after that.
const DUE: std::ops::RangeInclusive<u32> = 150..=152;

#[actix_web::test]
async fn an_idle_stream_gets_a_heartbeat_every_15_s() {
    let mut world = World::new(false);
    let client = world.subscribe(Some(seconds(100)));
    world.pass(seconds(101));
    let written = world.written();
    assert_eq!(
        written.iter().map(|(letter, _)| letter).collect::<String>(),
        "hhhhhhg"
    );
    let pauses = written[..6]
        .iter()
        .scan(0, |last, (_, at)| Some(at - std::mem::replace(last, *at)));
    assert!(
        pauses.clone().all(|pause| DUE.contains(&pause)),
        "{written:?}"
    );
    assert!(
        (1000..=1002).contains(&written[6].1),
        "the token is good for 100 s: {written:?}"
    );
    assert_eq!(all(client), "hhhhhhg");
}

#[actix_web::test]
async fn a_token_expires_while_the_machine_is_suspended() {
    let mut world = World::new(false);
    let _client = world.subscribe(Some(seconds(100)));
    world.pass(seconds(1));
    world.suspend(seconds(100));
    world.pass(seconds(16));
    assert_eq!(
        world
            .written()
            .iter()
            .map(|(letter, _)| letter)
            .collect::<String>(),
        "hg"
    );
}

#[actix_web::test]
async fn a_busy_stream_gets_none() {
    let mut world = World::new(false);
    let client = world.subscribe(Some(seconds(100)));
    for _ in 0..9 {
        world.publish("1");
        world.pass(seconds(12));
    }
    assert_eq!(all(client), "mmmmmmmmmg");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However messages come, in tenths of a second after one another.
    #[test]
    fn a_heartbeat_comes_15_s_after_whatever_was_written_last(gaps in prop::collection::vec(1_u64..400, 1..10)) {
        actix_web::rt::System::new().block_on(async {
            let mut world = World::new(false);
            let client = world.subscribe(None);
            for gap in gaps {
                world.pass(Duration::from_millis(100 * gap));
                world.publish("1");
            }
            world.pass(seconds(16));
            let mut last = 0;
            for (letter, at) in world.written() {
                assert!(at - last <= *DUE.end(), "nothing for {} tenths of a second", at - last);
                assert!(letter != 'h' || DUE.contains(&(at - last)), "a heartbeat after {} tenths", at - last);
                last = at;
            }
            drop(client);
        });
    }
}

#[actix_web::test]
async fn a_peer_that_answers_no_heartbeat_is_cut_however_busy_its_stream() {
    let mut world = World::new(true);
    let client = world.subscribe(None);
    for _ in 0..6 {
        world.publish("1");
        world.pass(seconds(5));
    }
    assert_eq!(world.metrics.subscribers.get(), 1, "30 s are allowed");
    world.pass(seconds(1));
    assert_eq!(world.metrics.subscribers.get(), 0);
    assert_eq!(all(client), "mmmmhmm");
    assert!(world.metrics.render().contains("reason=\"silent\"} 1"));
}

#[actix_web::test]
async fn a_peer_that_says_anything_lives() {
    let mut world = World::new(true);
    let mut client = world.subscribe(Some(seconds(120)));
    for _ in 0..12 {
        world.say(&mut client, b"pong").await;
        world.pass(seconds(10));
    }
    world.pass(seconds(1));
    assert_eq!(all(client), "hhhhhhhg");
}

#[actix_web::test]
async fn a_reader_that_takes_nothing_for_20_s_is_cut() {
    let mut world = World::new(false);
    let client = world.subscribe(None);
    let large = "x".repeat(1 << 20);
    // More than the kernel holds for it.
    (0..16).for_each(|_| world.publish(&large));
    world.pass(seconds(20));
    assert_eq!(world.metrics.subscribers.get(), 1);
    world.pass(seconds(1));
    assert_eq!(world.metrics.subscribers.get(), 0);
    assert!(world.metrics.render().contains("reason=\"slow\"} 1"));
    assert!(
        all(client).bytes().all(|byte| byte == b'm'),
        "no heartbeat was put between two halves of a message"
    );
}

#[actix_web::test]
async fn a_peer_that_resets_while_it_waits_for_an_answer_is_gone_and_one_that_closes_is_heard_to_the_end()
 {
    let mut world = World::new(false);
    let (resets, mut closes) = (world.subscribe_and_ask(), world.subscribe_and_ask());
    for _ in 0..2 {
        closes.write_all(b"more").unwrap();
    }
    drop(closes);
    SockRef::from(&resets)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    drop(resets);
    let gone = async {
        while world.metrics.subscribers.get() > 1 {
            world.hear().await;
        }
    };
    tokio::time::timeout(seconds(10), gone)
        .await
        .expect("the reset is noticed");
    assert_eq!(world.metrics.subscribers.get(), 1);
}

#[actix_web::test]
async fn a_reader_that_leaves_more_for_later_than_there_is_room_for_is_cut_at_once() {
    let mut world = World::within(false, MemoryBudget::new(1000));
    let client = world.subscribe(None);
    let large = "x".repeat(1 << 20);
    // More than the kernel holds for it.
    (0..16).for_each(|_| world.publish(&large));
    assert_eq!(world.metrics.subscribers.get(), 0);
    assert!(world.metrics.render().contains("reason=\"slow\"} 1"));
    drop(client);
}

#[actix_web::test]
async fn goodbyes_are_spread_evenly_and_comebacks_come_after_the_last() {
    let mut world = World::new(false);
    let clients: Vec<_> = (0..10).map(|_| world.subscribe(None)).collect();
    world.sleep(seconds(10));
    world.subscribers.drain(seconds(2), seconds(1), ENDS_WITHIN);
    world.pass(seconds(3));
    assert_eq!(
        world.written(),
        (0..10)
            .map(|subscriber| ('g', 101 + 2 * subscriber))
            .collect::<Vec<_>>()
    );
    assert_eq!(world.metrics.drained.get(), 10);
    assert!(clients.into_iter().all(|client| all(client) == "g"));
    let (first, last) = (
        world.comebacks().into_iter().min(),
        world.comebacks().into_iter().max(),
    );
    // The last goodbye is due at 12 s. The service is gone before the first comes back; five more seconds, and all are.
    assert!(first > Some(seconds(12) + ENDS_WITHIN), "{first:?}");
    assert!(last <= Some(seconds(20)), "{last:?}");
}

#[actix_web::test]
async fn several_messages_since_the_last_walk_are_noticed() {
    let mut world = World::new(false);
    let _client = world.subscribe(None);
    world.append("1");
    assert!(!world.fan_out());
    world.append("2");
    world.append("3");
    assert!(world.fan_out());
    assert!(!world.fan_out());
}
