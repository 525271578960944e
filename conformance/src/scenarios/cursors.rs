//! Where a subscriber resumes, and when it gets a reset instead.

use crate::{
    Event, Subscriber, eventually,
    steps::{bodies, expect_reset, moved, numbers, publish_numbers},
};
use common::{
    history::OutOfSequence,
    message::{ChannelName, Message, MessageId},
};
use serde_json::json;
use service::server::TransportService;

/// A new subscriber gets no message that was published before it.
pub async fn without_a_cursor_only_new_messages_arrive<S: Subscriber>() {
    let server = S::start(&[]).await;
    publish_numbers(&server, "c", 0..3).await;
    let mut subscriber = S::subscribe(&server, "channel=c").await;
    publish_numbers(&server, "c", 3..6).await;
    assert_eq!(bodies(&mut subscriber, 3).await, numbers(3..6));
    eventually("three messages to be counted", async || {
        server.metric("delivered_total", S::Transport::NAME) == 3
    })
    .await;
}

/// `after=0` sends the history, then new messages.
pub async fn after_zero_the_whole_history_arrives<S: Subscriber>() {
    let server = S::start(&["--history", "3"]).await;
    publish_numbers(&server, "c", 0..5).await;
    let mut subscriber = S::subscribe(&server, "channel=c&after=0").await;
    assert_eq!(bodies(&mut subscriber, 3).await, numbers(2..5));
    publish_numbers(&server, "c", 5..7).await;
    assert_eq!(bodies(&mut subscriber, 2).await, numbers(5..7));
}

/// A client that reconnects after any message gets exactly the later ones.
pub async fn a_cursor_resumes_without_gap_or_duplicate<S: Subscriber>() {
    let server = S::start(&[]).await;
    let ids = publish_numbers(&server, "c", 0..8).await;
    for (at, id) in ids.iter().enumerate() {
        let mut subscriber = S::subscribe(&server, &format!("channel=c&after={id}")).await;
        assert_eq!(bodies(&mut subscriber, 7 - at).await, numbers(at + 1..8));
    }
    let mut subscriber = S::subscribe(&server, &format!("channel=c&after={}", ids[7])).await;
    publish_numbers(&server, "c", 8..10).await;
    assert_eq!(bodies(&mut subscriber, 2).await, numbers(8..10));
}

/// The channel has a new history by then.
pub async fn a_cursor_of_another_epoch_gets_a_reset<S: Subscriber>() {
    let server = S::start(&[]).await;
    let ids = publish_numbers(&server, "c", 0..3).await;
    let mut subscriber = S::subscribe(&server, "channel=c&after=123-1").await;
    expect_reset(&mut subscriber, "123-1", &ids[0]).await;
    assert_eq!(bodies(&mut subscriber, 3).await, numbers(0..3));
    publish_numbers(&server, "c", 3..4).await;
    assert_eq!(bodies(&mut subscriber, 1).await, numbers(3..4));
}

/// The channel has lost its newest messages by then.
pub async fn a_cursor_beyond_the_latest_id_gets_a_reset<S: Subscriber>() {
    let server = S::start(&[]).await;
    let ids = publish_numbers(&server, "c", 0..2).await;
    let future = moved(&ids[1], 1);
    let mut subscriber = S::subscribe(&server, &format!("channel=c&after={future}")).await;
    expect_reset(&mut subscriber, &future, &ids[0]).await;
    assert_eq!(bodies(&mut subscriber, 2).await, numbers(0..2));
}

/// The messages after the cursor have left the history. A cursor one message later gets no reset.
pub async fn a_cursor_older_than_the_history_gets_a_reset<S: Subscriber>() {
    let server = S::start(&["--history", "3"]).await;
    let ids = publish_numbers(&server, "c", 0..6).await;
    let mut subscriber = S::subscribe(&server, &format!("channel=c&after={}", ids[1])).await;
    expect_reset(&mut subscriber, &ids[1], &ids[3]).await;
    assert_eq!(bodies(&mut subscriber, 3).await, numbers(3..6));
    let mut subscriber = S::subscribe(&server, &format!("channel=c&after={}", ids[2])).await;
    assert_eq!(bodies(&mut subscriber, 3).await, numbers(3..6));
}

/// The subscriber stops reading while more is published than the history and the socket buffers
/// hold.
pub async fn a_subscriber_that_falls_too_far_behind_gets_a_reset<S: Subscriber>() {
    let server = S::start(&["--history", "5"]).await;
    let mut subscriber = S::subscribe(&server, "channel=c").await;
    let body = json!("x".repeat(60_000));
    let mut last = String::new();
    for _ in 0..200 {
        last = server.publish("c", body.clone()).await;
    }
    // A broker may deliver later than it acknowledges.
    let channel = ChannelName::parse("c").expect("a name");
    let hub = &server.running().service().hub;
    eventually("the last message at the service", async || {
        hub.channel(&channel)
            .is_none_or(|channel| channel.latest().to_string() == last)
    })
    .await;
    let (mut seen, mut resets) = (moved(&last, -200), 0);
    while seen != last {
        match subscriber.next().await {
            Event::Message(message) => {
                assert_eq!(message["id"], moved(&seen, 1));
                seen = moved(&seen, 1);
            }
            Event::Reset(reset) => {
                assert_eq!(reset["after"], seen);
                seen = moved(reset["oldest"].as_str().expect("an id"), -1);
                resets += 1;
            }
            Event::End => panic!("the channel has not ended"),
        }
    }
    assert!(resets > 0, "200 large messages exceed all buffers");
}

/// The broker has lost its messages: a subscriber gets a reset at once, then the new history.
pub async fn a_restarted_channel_sends_a_reset<S: Subscriber>() {
    let server = S::start(&[]).await;
    let channel = ChannelName::parse("c").expect("a name");
    let last = publish_numbers(&server, "c", 0..3).await.remove(2);
    let mut waiting = S::subscribe(&server, &format!("channel=c&after={last}")).await;
    eventually("a subscriber", async || server.subscribers() == 1).await;
    let hub = &server.running().service().hub;
    let id = |offset| MessageId { epoch: 7, offset };
    let nth = |offset: u64| Message::new(id(offset), &channel, &offset.to_string(), 0);
    hub.restart(&channel, id(4), vec![nth(3), nth(4)]);
    expect_reset(&mut waiting, &last, "7-3").await;
    hub.deliver(&channel, nth(5)).expect("the next message");
    assert_eq!(
        hub.deliver(&channel, nth(7)),
        Err(OutOfSequence { expected: id(6) })
    );
    assert_eq!(bodies(&mut waiting, 3).await, numbers(3..6));
    hub.restart(
        &channel,
        MessageId {
            epoch: 8,
            offset: 0,
        },
        Vec::new(),
    );
    expect_reset(&mut waiting, "7-5", "8-1").await;
}

/// The response to a subscription carries a cursor.
pub async fn a_disconnect_before_the_first_message_loses_nothing<S: Subscriber>() {
    let server = S::start(&[]).await;
    publish_numbers(&server, "c", 0..2).await;
    let subscriber = S::subscribe(&server, "channel=c").await;
    let cursor = subscriber.cursor().to_owned();
    drop(subscriber);
    publish_numbers(&server, "c", 2..5).await;
    let mut subscriber = S::subscribe(&server, &format!("channel=c&after={cursor}")).await;
    assert_eq!(bodies(&mut subscriber, 3).await, numbers(2..5));
}

/// The reset moves the cursor, so a client that reconnects repeatedly gets no second reset.
pub async fn a_reset_is_sent_once_on_a_quiet_channel<S: Subscriber>() {
    let server = S::start(&[]).await;
    let lost = "123-1";
    let mut subscriber = S::subscribe(&server, &format!("channel=c&after={lost}")).await;
    assert_eq!(
        subscriber.cursor(),
        lost,
        "the cursor stays until the reset has arrived"
    );
    let Event::Reset(reset) = subscriber.next().await else {
        panic!("expected a reset")
    };
    let first = reset["oldest"].as_str().expect("an id").to_owned();
    for _ in 0..3 {
        let cursor = subscriber.cursor().to_owned();
        assert_eq!(
            (reset["cursor"].as_str(), moved(&first, -1)),
            (Some(&cursor[..]), cursor.clone())
        );
        subscriber = S::subscribe(&server, &format!("channel=c&after={cursor}")).await;
    }
    assert_eq!(publish_numbers(&server, "c", 0..1).await, [first]);
    assert_eq!(bodies(&mut subscriber, 1).await, numbers(0..1));
    assert_eq!(server.metric("resets_total", S::Transport::NAME), 1);
}
