//! Channels without messages, and the channels that are evicted when there are too many.
//!
//! The scenarios about the limit always use the broker in memory.

use crate::{
    Server, Subscriber, eventually,
    steps::{assert_problem, bodies, expect_reset, moved, numbers, publish_numbers},
};
use broker::{Broker, Memory};
use common::message::ChannelName;

const BODY: &str = "{\"message\":1}";

/// Starts a service whose broker in memory has room for `channels` channels, `main` included.
fn with_room_for<S: Subscriber>(channels: usize, flags: &[&str]) -> Server {
    let flags = [&["--new-channels", "0"], flags].concat();
    Server::sharing::<S::Transport>(&flags, Broker::Memory(Memory::new(channels)))
}

async fn message_count(server: &Server, channel: &str) -> usize {
    let history = server
        .get(&format!("/messages?channel={channel}"))
        .await
        .json();
    history["messages"].as_array().map_or(0, Vec::len)
}

/// The cursor that a service returns before the first message can be used like any other.
pub async fn a_cursor_of_a_missing_channel_stays_valid<S: Subscriber>() {
    let server = S::start(&[]).await;
    let empty = server.get("/messages?channel=c").await.json();
    let cursor = empty["cursor"].as_str().expect("a cursor");
    let waiting_query = format!("channel=c&after={cursor}");
    let mut waiting = S::subscribe(&server, &waiting_query).await;
    publish_numbers(&server, "c", 0..2).await;
    assert_eq!(bodies(&mut waiting, 2).await, numbers(0..2));
    let mut later = S::subscribe(&server, &waiting_query).await;
    assert_eq!(bodies(&mut later, 2).await, numbers(0..2));
}

/// Neither reading nor subscribing to a missing channel evicts another channel's history.
pub async fn requests_for_missing_channels_take_no_room<S: Subscriber>() {
    let server = with_room_for::<S>(8, &["--history-total", "20000"]);
    publish_numbers(&server, "victim", 0..100).await;
    for number in 0..50 {
        let read = server
            .get(&format!("/messages?channel=made-up-{number}"))
            .await;
        assert_eq!(read.status, 200, "{}", read.body);
    }
    let hub = &server.running().service().hub;
    let exists = |number: usize| {
        hub.channel(&ChannelName::parse(&format!("made-up-{number}")).expect("a name"))
            .is_some()
    };
    assert!(!(0..50).any(exists));
    let mut subscribers = Vec::new();
    for number in 0..4 {
        subscribers.push(S::subscribe(&server, &format!("channel=made-up-{number}&after=0")).await);
    }
    eventually("channels for the subscribers", async || (0..4).all(exists)).await;
    drop(subscribers);
    eventually("channels to close after their subscribers", async || {
        !(0..4).any(exists)
    })
    .await;
    assert_eq!(message_count(&server, "victim").await, 100);
}

/// A client that resumes on the evicted channel gets a reset.
pub async fn the_least_recently_used_channel_is_evicted<S: Subscriber>() {
    let server = with_room_for::<S>(3, &[]);
    let old = publish_numbers(&server, "old", 0..2).await;
    publish_numbers(&server, "used", 0..1).await;
    assert_eq!(message_count(&server, "old").await, 2);
    publish_numbers(&server, "new", 0..1).await;
    assert_eq!(
        (
            message_count(&server, "old").await,
            message_count(&server, "used").await
        ),
        (2, 0)
    );
    publish_numbers(&server, "newer", 0..1).await;
    publish_numbers(&server, "newest", 0..1).await;
    let mut resumed = S::subscribe(&server, &format!("channel=old&after={}", old[0])).await;
    expect_reset(&mut resumed, &old[0], &moved(&old[1], 1)).await;
    publish_numbers(&server, "old", 7..8).await;
    assert_eq!(bodies(&mut resumed, 1).await, numbers(7..8));
}

/// A publication to another channel gets 503 until a subscriber leaves.
pub async fn channels_with_subscribers_are_not_evicted<S: Subscriber>() {
    let server = with_room_for::<S>(3, &[]);
    let (first, second) = (
        S::subscribe(&server, "channel=a&after=0").await,
        S::subscribe(&server, "channel=b&after=0").await,
    );
    eventually("two subscribers", async || server.subscribers() == 2).await;
    let publish = async || server.post("/messages?channel=c", &[], BODY).await;
    let refused = publish().await;
    assert_problem(&refused, 503, "too-many-channels", "in use");
    assert!(refused.header("retry-after").is_some());
    drop(first);
    eventually("room for another", async || publish().await.status == 200).await;
    drop(second);
}
