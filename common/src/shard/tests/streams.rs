//! Heartbeats, backpressure, tokens and drains of streams.

use super::{
    clients::{read_all, seconds},
    harness::Harness,
};
use crate::{budget::MemoryBudget, hub::Drain};
use proptest::prelude::*;
use socket2::SockRef;
use std::{io::Write, mem, ops::RangeInclusive, time::Duration};

/// How long a service may take to end after a drain.
const ENDS_WITHIN: Duration = Duration::from_millis(2500);
/// A heartbeat is due after 15 s and fires up to two ticks later.
const HEARTBEAT_DUE: RangeInclusive<u32> = 150..=152;

#[actix_web::test]
async fn an_idle_stream_gets_a_heartbeat_every_15_s() {
    let mut harness = Harness::new();
    let client = harness.subscribe(Some(seconds(100)));
    harness.advance(seconds(101));
    assert_eq!(harness.letters(), "hhhhhhd");
    let written = harness.written();
    let mut last = 0;
    for (_, at) in &written[..6] {
        let pause = at - mem::replace(&mut last, *at);
        assert!(HEARTBEAT_DUE.contains(&pause), "{written:?}");
    }
    assert!(
        (1000..=1002).contains(&written[6].1),
        "the token is valid for 100 s: {written:?}"
    );
    assert_eq!(read_all(client), "hhhhhhd");
}

#[actix_web::test]
async fn heartbeats_that_are_due_together_fire_in_pieces() {
    let mut harness = Harness::new();
    let clients: Vec<_> = (0..260).map(|_| harness.subscribe(None)).collect();
    harness.advance_silently(seconds(16));
    let mut fired = || {
        let before = harness.letters().len();
        harness.subscribers.fire_timers();
        harness.letters().len() - before
    };
    assert_eq!([fired(), fired(), fired()], [256, 4, 0]);
    drop(clients);
}

#[actix_web::test]
async fn a_token_expires_while_the_machine_is_suspended() {
    let mut harness = Harness::new();
    let _client = harness.subscribe(Some(seconds(100)));
    harness.advance(seconds(1));
    harness.suspend(seconds(100));
    harness.advance(seconds(16));
    assert_eq!(harness.letters(), "hd");
}

#[actix_web::test]
async fn a_token_expires_in_time_after_the_clock_was_set_back() {
    let mut harness = Harness::new();
    harness.set_back(seconds(3600));
    let _client = harness.subscribe(Some(seconds(20)));
    harness.advance(seconds(31));
    assert_eq!(harness.letters(), "hd");
}

#[actix_web::test]
async fn a_stream_without_a_token_outlives_a_clock_that_was_at_1970() {
    let mut harness = Harness::new();
    let _client = harness.subscribe(None);
    harness.suspend(seconds(56 * 365 * 24 * 3600));
    harness.advance(seconds(16));
    assert_eq!(harness.letters(), "h");
}

#[actix_web::test]
async fn a_busy_stream_gets_no_heartbeats() {
    let mut harness = Harness::new();
    let client = harness.subscribe(Some(seconds(100)));
    for _ in 0..9 {
        harness.publish("1");
        harness.advance(seconds(12));
    }
    assert_eq!(read_all(client), "mmmmmmmmmd");
}

#[actix_web::test]
async fn fan_outs_share_an_allowance() {
    let mut harness = Harness::new();
    let _clients = [(); 3].map(|()| harness.subscribe(None));
    let mut allowance = 5;
    for (left, is_incomplete) in [(2, false), (0, true)] {
        harness.deliver("1");
        assert_eq!(harness.begin_fan_out_with(&mut allowance), is_incomplete);
        assert_eq!(allowance, left);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// `gaps` are the tenths of a second between messages.
    #[test]
    fn a_heartbeat_comes_15_s_after_the_last_write(
        gaps in prop::collection::vec(1_u64..400, 1..10)
    ) {
        actix_web::rt::System::new().block_on(async {
            let mut harness = Harness::new();
            let client = harness.subscribe(None);
            for gap in gaps {
                harness.advance(Duration::from_millis(100 * gap));
                harness.publish("1");
            }
            harness.advance(seconds(16));
            let mut last = 0;
            for (letter, at) in harness.written() {
                let pause = at - last;
                assert!(pause <= *HEARTBEAT_DUE.end(), "nothing for {pause} tenths of a second");
                let is_due = HEARTBEAT_DUE.contains(&pause);
                assert!(letter != 'h' || is_due, "a heartbeat after {pause}");
                last = at;
            }
            drop(client);
        });
    }
}

#[actix_web::test]
async fn a_silent_client_is_disconnected_also_from_a_busy_stream() {
    let mut harness = Harness::expecting_replies();
    let client = harness.subscribe(None);
    for _ in 0..6 {
        harness.publish("1");
        harness.advance(seconds(5));
    }
    assert_eq!(harness.count(), 1, "30 s are allowed");
    harness.advance(seconds(1));
    assert_eq!(harness.count(), 0);
    assert_eq!(read_all(client), "mmmmhmm");
    assert!(harness.metrics.render().contains("reason=\"silent\"} 1"));
}

#[actix_web::test]
async fn a_client_that_sends_anything_is_not_silent() {
    let mut harness = Harness::expecting_replies();
    let mut client = harness.subscribe(Some(seconds(120)));
    for _ in 0..12 {
        harness.receive(&mut client, b"pong").await;
        harness.advance(seconds(10));
    }
    harness.advance(seconds(1));
    assert_eq!(read_all(client), "hhhhhhhd");
}

#[actix_web::test]
async fn a_subscriber_that_accepts_nothing_for_20_s_is_disconnected() {
    let mut harness = Harness::new();
    let client = harness.subscribe(None);
    publish_more_than_the_kernel_buffers(&mut harness);
    harness.advance(seconds(20));
    assert_eq!(harness.count(), 1);
    harness.advance(seconds(1));
    assert_eq!(harness.count(), 0);
    assert!(harness.metrics.render().contains("reason=\"slow\"} 1"));
    assert!(
        read_all(client).bytes().all(|byte| byte == b'm'),
        "no heartbeat inside a message"
    );
}

#[actix_web::test]
async fn unsent_bytes_beyond_the_budget_disconnect_at_once() {
    let mut harness = Harness::with_budget(MemoryBudget::new(1000));
    let client = harness.subscribe(None);
    publish_more_than_the_kernel_buffers(&mut harness);
    assert_eq!(harness.count(), 0);
    assert!(harness.metrics.render().contains("reason=\"slow\"} 1"));
    drop(client);
}

fn publish_more_than_the_kernel_buffers(harness: &mut Harness) {
    let large = "x".repeat(1 << 20);
    for _ in 0..16 {
        harness.publish(&large);
    }
}

#[actix_web::test]
async fn a_tcp_reset_ends_a_pending_request_and_a_close_does_not() {
    let mut harness = Harness::new();
    let resets = harness.subscribe_and_request();
    let mut closes = harness.subscribe_and_request();
    for _ in 0..2 {
        closes.write_all(b"more").unwrap();
    }
    drop(closes);
    SockRef::from(&resets)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    drop(resets);
    let disconnected = async {
        while harness.count() > 1 {
            harness.serve_ready().await;
        }
    };
    tokio::time::timeout(seconds(10), disconnected)
        .await
        .expect("a disconnect after the RST");
    assert_eq!(harness.count(), 1);
}

#[actix_web::test]
async fn a_drain_spreads_disconnects_and_reconnects_come_after_the_last() {
    let mut harness = Harness::new();
    let clients: Vec<_> = (0..10).map(|_| harness.subscribe(None)).collect();
    harness.advance_silently(seconds(10));
    harness.subscribers.drain(Drain {
        spread: seconds(2),
        accept_for: seconds(1),
        ends_within: ENDS_WITHIN,
    });
    harness.advance(seconds(3));
    let expected: Vec<_> = (0..10).map(|index| ('d', 101 + 2 * index)).collect();
    assert_eq!(harness.written(), expected);
    assert_eq!(harness.metrics.drained.get(), 10);
    assert!(clients.into_iter().all(|client| read_all(client) == "d"));
    let first = harness.reconnects().into_iter().min();
    let last = harness.reconnects().into_iter().max();
    // The last disconnect is due at 12 s. The service has ended before the first client reconnects;
    // all reconnect within five more seconds.
    assert!(first > Some(seconds(12) + ENDS_WITHIN), "{first:?}");
    assert!(last <= Some(seconds(20)), "{last:?}");
}

#[actix_web::test]
async fn a_fan_out_of_several_messages_is_crowded() {
    let mut harness = Harness::new();
    let _client = harness.subscribe(None);
    harness.deliver("1");
    assert!(!harness.fan_out());
    harness.deliver("2");
    harness.deliver("3");
    assert!(harness.fan_out());
    assert!(!harness.fan_out());
}
