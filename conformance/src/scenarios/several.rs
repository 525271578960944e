//! Several channels over one connection: their one order, their combined cursor, and resets.

use crate::{
    Event, Server, Subscriber, eventually,
    steps::{bodies, moved, next_message, numbers, publish_numbers},
};
use common::message::{ChannelName, Message, MessageId};
use serde_json::{Value, json};
use service::server::TransportService;

const CHANNELS: [&str; 3] = ["a", "b.2", "c"];

/// Publishes numbers on one channel after the other. Returns their ids.
async fn publish_in_turn(server: &Server, numbers: std::ops::Range<usize>) -> Vec<String> {
    let mut ids = Vec::new();
    for number in numbers {
        let channel = CHANNELS[number % CHANNELS.len()];
        ids.push(server.publish(channel, number.into()).await);
    }
    ids
}

fn reset_of(event: Event) -> Value {
    match event {
        Event::Reset(reset) => reset,
        other => panic!("expected a reset, got {other:?}"),
    }
}

/// A subscriber of several channels gets the messages of all, in the order in which the service
/// accepted them: first the history, then new ones. With Redis a service accepts messages of
/// channels only while it has subscribers of them.
pub async fn messages_of_several_channels_have_one_order<S: Subscriber>() {
    let server = S::start(&[]).await;
    let mut reader = S::subscribe(&server, "channel=a,b.2,c").await;
    publish_in_turn(&server, 0..10).await;
    assert_eq!(bodies(&mut reader, 10).await, numbers(0..10));
    for query in [
        "channel=a,b.2,c&after=0",
        "channel=c&channel=b.2&after=0&channel=a",
        "channel=c,a&after=0&channel=b.2",
        "channel=c%2Cb.2%2Ca&after=a%400,b.2%400,c@0",
    ] {
        let mut subscriber = S::subscribe(&server, query).await;
        assert_eq!(bodies(&mut subscriber, 10).await, numbers(0..10), "{query}");
    }
    // A client counts as a subscriber until the service sees the end of its connection.
    eventually("the ends of the others", async || server.subscribers() == 1).await;
    let mut live = S::subscribe(&server, "channel=a,b.2,c").await;
    for number in 10..20 {
        let ids = publish_in_turn(&server, number..number + 1).await;
        let message = next_message(&mut live).await;
        assert_eq!(
            (&message["id"], &message["channel"], &message["message"]),
            (&json!(ids[0]), &json!(CHANNELS[number % 3]), &json!(number))
        );
    }
}

/// A client that reconnects after any message gets exactly the later ones of every channel.
pub async fn a_combined_cursor_resumes_every_channel<S: Subscriber>() {
    let server = S::start(&[]).await;
    let _reader = S::subscribe(&server, "channel=a,b.2,c").await;
    publish_in_turn(&server, 0..9).await;
    let query = "channel=a,b.2,c";
    let mut first = S::subscribe(&server, &format!("{query}&after=a@0,b.2@0,c@0")).await;
    for number in 0..9 {
        assert_eq!(bodies(&mut first, 1).await, numbers(number..number + 1));
        let cursor = first.cursor();
        assert_eq!(cursor.split(',').count(), 3, "{cursor}");
        let reversed: Vec<_> = cursor.split(',').rev().collect();
        for cursor in [cursor, &reversed.join(",")] {
            let mut resumed = S::subscribe(&server, &format!("{query}&after={cursor}")).await;
            let rest = bodies(&mut resumed, 8 - number).await;
            assert_eq!(rest, numbers(number + 1..9), "after {cursor}");
        }
    }
    let mut resumed = S::subscribe(&server, &format!("{query}&after={}", first.cursor())).await;
    publish_in_turn(&server, 9..12).await;
    assert_eq!(bodies(&mut resumed, 3).await, numbers(9..12));
}

/// A channel that the cursor does not name begins with the next message.
pub async fn a_channel_without_a_cursor_begins_now<S: Subscriber>() {
    let server = S::start(&[]).await;
    let ids = publish_numbers(&server, "a", 0..3).await;
    publish_numbers(&server, "b", 10..13).await;
    let query = format!("channel=b,a&after=a@{}", ids[0]);
    let mut subscriber = S::subscribe(&server, &query).await;
    assert_eq!(bodies(&mut subscriber, 2).await, numbers(1..3));
    publish_numbers(&server, "b", 13..15).await;
    assert_eq!(bodies(&mut subscriber, 2).await, numbers(13..15));
    eventually("four messages to be counted", async || {
        server.metric("delivered_total", S::Transport::NAME) == 4
    })
    .await;
}

/// One channel takes its cursor in both forms, and keeps the plain one.
pub async fn one_channel_takes_a_combined_cursor<S: Subscriber>() {
    let server = S::start(&[]).await;
    let ids = publish_numbers(&server, "a", 0..3).await;
    for after in [format!("a@{}", ids[0]), ids[0].clone()] {
        let mut subscriber = S::subscribe(&server, &format!("channel=a&after={after}")).await;
        assert_eq!(bodies(&mut subscriber, 2).await, numbers(1..3), "{after}");
        assert_eq!(subscriber.cursor(), ids[2]);
    }
}

/// A reset names its channel, and the others go on without one.
pub async fn a_reset_names_its_channel<S: Subscriber>() {
    let server = S::start(&["--history", "2"]).await;
    let _reader = S::subscribe(&server, "channel=a,b").await;
    let a = publish_numbers(&server, "a", 0..4).await;
    let b = publish_numbers(&server, "b", 10..12).await;
    let query = format!("channel=b,a&after=b@{},a@{}", b[0], a[0]);
    let mut subscriber = S::subscribe(&server, &query).await;
    let cursor = format!("b@{},a@{}", b[0], a[1]);
    assert_eq!(
        reset_of(subscriber.next().await),
        json!({ "channel": "a", "after": a[0], "oldest": a[2], "cursor": cursor })
    );
    assert_eq!(subscriber.cursor(), cursor);
    assert_eq!(
        bodies(&mut subscriber, 3).await,
        [json!(2), json!(3), json!(11)]
    );
    // It is counted after the bytes have left.
    eventually("a counted reset", async || {
        server.metric("resets_total", S::Transport::NAME) == 1
    })
    .await;
}

/// A channel gets another history while the subscriber waits. Several resets come one by one.
pub async fn a_restarted_channel_resets_itself_only<S: Subscriber>() {
    let server = S::start(&[]).await;
    let last = publish_in_turn(&server, 0..3).await;
    let mut subscriber = S::subscribe(&server, "channel=a,b.2,c").await;
    eventually("a subscriber", async || server.subscribers() == 1).await;
    let hub = &server.running().service().hub;
    let id = |offset| MessageId { epoch: 7, offset };
    for name in ["a", "c"] {
        let channel = ChannelName::parse(name).expect("a name");
        let message = Message::new(id(4), &channel, "4", 0);
        hub.restart(&channel, id(4), vec![message]);
    }
    let mut resets = Vec::new();
    let mut messages = Vec::new();
    while resets.len() + messages.len() < 4 {
        match subscriber.next().await {
            Event::Reset(reset) => resets.push(reset),
            Event::Message(message) => messages.push(message["channel"].clone()),
            Event::End => panic!("no channel has ended"),
        }
    }
    let of = |reset: &Value| (reset["channel"].clone(), reset["after"].clone());
    assert_eq!(
        resets.iter().map(of).collect::<Vec<_>>(),
        [(json!("a"), json!(last[0])), (json!("c"), json!(last[2]))]
    );
    assert_eq!(messages, [json!("a"), json!("c")]);
    let expected = format!("a@7-4,b.2@{},c@7-4", last[1]);
    assert_eq!(subscriber.cursor(), expected);
    publish_in_turn(&server, 4..5).await;
    let message = next_message(&mut subscriber).await;
    assert_eq!(message["id"], moved(&last[1], 1));
}

/// Without an envelope the headers have the combined cursor, and the reset of one channel.
pub async fn several_histories_come_without_an_envelope<S: Subscriber>() {
    let server = S::start(&[]).await;
    let a = server.publish("a", json!("x")).await;
    let b = server.publish("b", json!({})).await;
    let path = format!("/messages?channel=a,b&after=a@1-1,b@{b}&envelope=none");
    let response = server.get(&path).await;
    assert_eq!(response.json(), json!(["x"]));
    let cursor = format!("a@{a},b@{b}");
    assert_eq!(response.header("trilane-cursor"), Some(&*cursor));
    let reset = json!({
        "channel": "a",
        "after": "1-1",
        "oldest": a,
        "cursor": format!("a@{},b@{b}", moved(&a, -1)),
    });
    let header = response.header("trilane-reset").expect("a reset");
    assert_eq!(serde_json::from_str::<Value>(header).expect("JSON"), reset);
}

/// A subscriber of 64 channels counts as one, and gets what any of them gets.
pub async fn a_subscriber_may_have_64_channels<S: Subscriber>() {
    let server = S::start(&["--new-channels", "0"]).await;
    let names: Vec<_> = (0..64).map(|number| format!("channel-{number}")).collect();
    let query = format!("channel={}", names.join(","));
    let mut subscriber = S::subscribe(&server, &query).await;
    eventually("one subscriber", async || server.subscribers() == 1).await;
    for name in &names {
        let id = server.publish(name, json!(1)).await;
        assert_eq!(next_message(&mut subscriber).await["id"], id);
    }
    let cursor = subscriber.cursor().to_owned();
    drop(subscriber);
    eventually("no subscriber", async || server.subscribers() == 0).await;
    for name in &names {
        server.publish(name, json!(2)).await;
    }
    let mut resumed = S::subscribe(&server, &format!("{query}&after={cursor}")).await;
    let received = bodies(&mut resumed, 64).await;
    assert!(received.iter().all(|body| body == 2), "{received:?}");
}
