//! What every transport must do with a channel.

use super::{Event, Reader, Server, eventually};
use crate::{
    log::Gap,
    message::{Channel, Id, Message},
    server::Transport,
};
use serde_json::{Value, json};

/// Makes a test of each scenario and each request for one transport.
///
/// `streams:` before it adds those for transports whose connection stays.
#[macro_export]
macro_rules! scenarios {
    (streams: $reader:ty) => {
        $crate::scenarios!($reader);
        $crate::scenarios!(@ $reader, scenarios:
            a_reader_that_takes_nothing_is_cut
        );
    };
    ($reader:ty) => {
        $crate::scenarios!(@ $reader, scenarios:
            a_message_arrives_to_the_letter
            without_a_cursor_only_what_comes_later
            after_zero_everything_that_is_held
            a_cursor_continues_without_gap_or_duplicate
            a_cursor_of_another_log_gets_a_reset
            a_cursor_from_the_future_gets_a_reset
            a_cursor_that_left_the_log_gets_a_reset
            concurrent_publishers_are_read_in_one_order
            channels_are_apart
            all_readers_get_the_same
            a_reader_that_falls_out_of_the_log_is_told_what_it_lost
            a_channel_that_begins_anew_says_so
            a_reader_that_leaves_is_noticed
            a_service_that_stops_tells_its_readers
        );
        $crate::scenarios!(@ $reader, requests:
            a_bad_subscription_is_refused_by_name
            a_bad_publication_is_refused_by_name
            a_repeated_key_publishes_nothing
            history_is_read_in_pages
            other_methods_and_paths_are_named
            head_is_answered_without_a_body
            a_page_may_use_the_service_if_its_origin_is_allowed
            health_metrics_and_worker_answer
            pipelined_requests_are_answered_in_order
        );
        $crate::scenarios!(@ $reader, hostile:
            hostile_requests_are_refused
            half_done_requests_leave_nothing_behind
            a_storm_of_resets_harms_nobody
            slow_requests_are_cut
        );
        $crate::scenarios!(@ $reader, tokens:
            whoever_has_no_token_may_look_after_the_service_only
            a_token_comes_in_a_header_a_cookie_or_the_query
            a_token_allows_what_it_names
            a_bad_token_is_refused_and_never_repeated
            keys_of_all_kinds_come_in_files
            a_stream_ends_when_its_token_expires
        );
        $crate::scenarios!(@ $reader, tasks:
            a_task_tells_its_channel_what_it_found
            a_long_task_tells_how_it_goes_until_it_is_deleted
            a_bad_task_is_refused_by_name
            tasks_are_for_those_who_may_publish
            a_task_on_the_event_loop_needs_a_setting
            a_service_that_stops_says_which_tasks_it_cancels
        );
        $crate::scenarios!(@ $reader, limits:
            publications_beyond_the_rate_are_refused
            each_subject_has_a_rate_of_its_own
            connections_beyond_the_limit_are_refused
            connections_of_one_address_beyond_its_limit_are_refused
        );
    };
    (@ $reader:ty, $module:ident: $($name:ident)*) => {
        $(
            #[actix_web::test]
            async fn $name() {
                $crate::testing::$module::$name::<$reader>().await;
            }
        )*
    };
}

async fn message<R: Reader>(reader: &mut R) -> Value {
    match reader.next().await {
        Event::Message(message) => message,
        reset => panic!("a message was due, not {reset:?}"),
    }
}

async fn bodies<R: Reader>(reader: &mut R, count: usize) -> Vec<Value> {
    let mut bodies = Vec::new();
    for _ in 0..count {
        bodies.push(message(reader).await["message"].take());
    }
    bodies
}

async fn expect_reset<R: Reader>(reader: &mut R, after: &str, oldest: &str) {
    assert_eq!(reader.next().await, Event::Reset(json!({ "after": after, "oldest": oldest })));
}

fn numbers(range: std::ops::Range<usize>) -> Vec<Value> {
    range.map(Value::from).collect()
}

async fn publish_numbers(server: &Server, channel: &str, range: std::ops::Range<usize>) -> Vec<String> {
    let mut ids = Vec::new();
    for number in range {
        ids.push(server.publish(channel, number.into()).await);
    }
    ids
}

/// The id so many places later.
fn moved(id: &str, by: i64) -> String {
    let (epoch, offset) = id.split_once('-').expect("an id");
    format!("{epoch}-{}", offset.parse::<i64>().expect("a number") + by)
}

/// Any JSON comes as it was sent, with the id that the publisher got.
pub async fn a_message_arrives_to_the_letter<R: Reader>() {
    let server = R::start(&[]).await;
    let mut reader = R::open(&server, "channel=c").await;
    let long = "x".repeat(60_000);
    for body in
        [json!("hi"), json!(null), json!({"a": [1, "\u{0}\n\r\u{2028}\"é😀"]}), json!(long), json!([]), json!(1e300)]
    {
        let id = server.publish("c", body.clone()).await;
        let message = message(&mut reader).await;
        assert_eq!((&message["id"], &message["channel"], &message["message"]), (&json!(id), &json!("c"), &body));
        assert!(message["time"].is_u64());
    }
}

/// A new reader does not get what is past.
pub async fn without_a_cursor_only_what_comes_later<R: Reader>() {
    let server = R::start(&[]).await;
    publish_numbers(&server, "c", 0..3).await;
    let mut reader = R::open(&server, "channel=c").await;
    publish_numbers(&server, "c", 3..6).await;
    assert_eq!(bodies(&mut reader, 3).await, numbers(3..6));
    eventually("three messages to be counted", async || server.metric("delivered_total", R::Transport::NAME) == 3)
        .await;
}

/// `after=0`, then live.
pub async fn after_zero_everything_that_is_held<R: Reader>() {
    let server = R::start(&["--history", "3"]).await;
    publish_numbers(&server, "c", 0..5).await;
    let mut reader = R::open(&server, "channel=c&after=0").await;
    assert_eq!(bodies(&mut reader, 3).await, numbers(2..5));
    publish_numbers(&server, "c", 5..7).await;
    assert_eq!(bodies(&mut reader, 2).await, numbers(5..7));
}

/// Going away and coming back, at every position.
pub async fn a_cursor_continues_without_gap_or_duplicate<R: Reader>() {
    let server = R::start(&[]).await;
    let ids = publish_numbers(&server, "c", 0..8).await;
    for (at, id) in ids.iter().enumerate() {
        let mut reader = R::open(&server, &format!("channel=c&after={id}")).await;
        assert_eq!(bodies(&mut reader, 7 - at).await, numbers(at + 1..8));
    }
    let mut reader = R::open(&server, &format!("channel=c&after={}", ids[7])).await;
    publish_numbers(&server, "c", 8..10).await;
    assert_eq!(bodies(&mut reader, 2).await, numbers(8..10));
}

/// The log began anew since.
pub async fn a_cursor_of_another_log_gets_a_reset<R: Reader>() {
    let server = R::start(&[]).await;
    let ids = publish_numbers(&server, "c", 0..3).await;
    let mut reader = R::open(&server, "channel=c&after=123-1").await;
    expect_reset(&mut reader, "123-1", &ids[0]).await;
    assert_eq!(bodies(&mut reader, 3).await, numbers(0..3));
    publish_numbers(&server, "c", 3..4).await;
    assert_eq!(bodies(&mut reader, 1).await, numbers(3..4));
}

/// The log lost its end since.
pub async fn a_cursor_from_the_future_gets_a_reset<R: Reader>() {
    let server = R::start(&[]).await;
    let ids = publish_numbers(&server, "c", 0..2).await;
    let future = moved(&ids[1], 1);
    let mut reader = R::open(&server, &format!("channel=c&after={future}")).await;
    expect_reset(&mut reader, &future, &ids[0]).await;
    assert_eq!(bodies(&mut reader, 2).await, numbers(0..2));
}

/// The reader was away too long; at the edge it was not.
pub async fn a_cursor_that_left_the_log_gets_a_reset<R: Reader>() {
    let server = R::start(&["--history", "3"]).await;
    let ids = publish_numbers(&server, "c", 0..6).await;
    let mut reader = R::open(&server, &format!("channel=c&after={}", ids[1])).await;
    expect_reset(&mut reader, &ids[1], &ids[3]).await;
    assert_eq!(bodies(&mut reader, 3).await, numbers(3..6));
    let mut reader = R::open(&server, &format!("channel=c&after={}", ids[2])).await;
    assert_eq!(bodies(&mut reader, 3).await, numbers(3..6));
}

/// Offsets are contiguous, and everything acknowledged is there.
pub async fn concurrent_publishers_are_read_in_one_order<R: Reader>() {
    let server = R::start(&[]).await;
    let mut reader = R::open(&server, "channel=c").await;
    let publish = |publisher: usize| publish_numbers(&server, "c", publisher * 100..publisher * 100 + 100);
    let (a, b, c, d) = tokio::join!(publish(0), publish(1), publish(2), publish(3));
    let mut published = [a, b, c, d].concat();
    let mut received = Vec::new();
    for _ in 0..400 {
        received.push(message(&mut reader).await["id"].as_str().expect("an id").to_owned());
    }
    let contiguous: Vec<_> = (0..400).map(|by| moved(&received[0], by)).collect();
    assert_eq!(received, contiguous);
    published.sort_unstable();
    received.sort_unstable();
    assert_eq!(received, published);
}

/// A message is for its channel only.
pub async fn channels_are_apart<R: Reader>() {
    let server = R::start(&[]).await;
    let (mut a, mut b) = (R::open(&server, "channel=a").await, R::open(&server, "channel=b").await);
    for (channel, body) in [("a", 1), ("b", 2), ("a", 3), ("b", 4)] {
        server.publish(channel, body.into()).await;
    }
    assert_eq!(bodies(&mut a, 2).await, [1, 3]);
    assert_eq!(bodies(&mut b, 2).await, [2, 4]);
}

/// More readers than workers, in the same order.
pub async fn all_readers_get_the_same<R: Reader>() {
    let server = R::start(&[]).await;
    let mut readers = Vec::new();
    for _ in 0..20 {
        readers.push(R::open(&server, "channel=c").await);
    }
    publish_numbers(&server, "c", 0..10).await;
    for reader in &mut readers {
        assert_eq!(bodies(reader, 10).await, numbers(0..10));
    }
}

/// It stops reading while far more is published than the log and the network hold.
pub async fn a_reader_that_falls_out_of_the_log_is_told_what_it_lost<R: Reader>() {
    let server = R::start(&["--history", "5"]).await;
    let mut reader = R::open(&server, "channel=c").await;
    let body = json!("x".repeat(60_000));
    let mut last = String::new();
    for _ in 0..200 {
        last = server.publish("c", body.clone()).await;
    }
    let (mut seen, mut resets) = (moved(&last, -200), 0);
    while seen != last {
        match reader.next().await {
            Event::Message(message) => {
                assert_eq!(message["id"], moved(&seen, 1));
                seen = moved(&seen, 1);
            }
            Event::Reset(reset) => {
                assert_eq!(reset["after"], seen);
                seen = moved(reset["oldest"].as_str().expect("an id"), -1);
                resets += 1;
            }
        }
    }
    assert!(resets > 0, "200 large messages fit nowhere");
}

/// The broker lost its messages: whoever waits learns it at once, and goes on with the new history.
pub async fn a_channel_that_begins_anew_says_so<R: Reader>() {
    let server = R::start(&[]).await;
    let channel = Channel::parse("c").expect("a name");
    let last = publish_numbers(&server, "c", 0..3).await.remove(2);
    let mut waiting = R::open(&server, &format!("channel=c&after={last}")).await;
    eventually("a reader", async || server.readers() == 1).await;
    let hub = &server.running().service().hub;
    let id = |offset| Id { epoch: 7, offset };
    let nth = |offset: u64| Message::new(id(offset), &channel, &offset.to_string(), 0);
    hub.restart(&channel, id(4), vec![nth(3), nth(4)]);
    expect_reset(&mut waiting, &last, "7-3").await;
    hub.deliver(&channel, nth(5)).expect("the next message");
    assert_eq!(hub.deliver(&channel, nth(7)), Err(Gap { expected: id(6) }));
    assert_eq!(bodies(&mut waiting, 3).await, numbers(3..6));
    hub.restart(&channel, Id { epoch: 8, offset: 0 }, Vec::new());
    expect_reset(&mut waiting, "7-5", "8-1").await;
}

/// A closed connection is no reader any more.
pub async fn a_reader_that_leaves_is_noticed<R: Reader>() {
    let server = R::start(&[]).await;
    let (stays, leaves) = (R::open(&server, "channel=c").await, R::open(&server, "channel=c").await);
    eventually("two readers", async || server.readers() == 2).await;
    drop(leaves);
    eventually("one reader", async || server.readers() == 1).await;
    drop(stays);
    eventually("no reader", async || server.readers() == 0).await;
}

/// Nobody is cut off in the middle.
pub async fn a_service_that_stops_tells_its_readers<R: Reader>() {
    let server = R::start(&[]).await;
    let mut readers = Vec::new();
    for _ in 0..5 {
        readers.push(R::open(&server, "channel=c").await);
    }
    eventually("five readers", async || server.readers() == 5).await;
    let goodbyes = async {
        for reader in readers {
            reader.goodbye().await;
        }
    };
    let not_ready = async {
        let ready = server.get("/health/ready").await;
        assert_eq!((ready.status, ready.header("retry-after")), (503, Some("1")), "also to whoever comes just now");
    };
    tokio::join!(server.stop(), goodbyes, not_ready);
    assert_eq!(server.metric("drained_total", R::Transport::NAME), 5);
}

/// It costs what its socket holds, and that not for long; the others go on.
pub async fn a_reader_that_takes_nothing_is_cut<R: Reader>() {
    let server = R::start(&["--stalled", "3", "--heartbeat", "1", "--history", "10"]).await;
    let stalled = R::open(&server, "channel=c").await;
    let mut healthy = R::open(&server, "channel=d").await;
    let body = json!("x".repeat(60_000));
    eventually("the cut", async || {
        server.publish("c", body.clone()).await;
        server.publish("d", json!(0)).await;
        assert_eq!(bodies(&mut healthy, 1).await, [0]);
        server.metric("streams_gone_total", "slow") == 1
    })
    .await;
    assert_eq!(server.metric("streams_gone_total", "silent"), 0, "who is not read cannot answer");
    assert_eq!(server.readers(), 1);
    server.publish("d", json!(1)).await;
    assert_eq!(bodies(&mut healthy, 1).await, [1]);
    drop(stalled);
}
