//! The subscriptions against a model of Redis.

mod model;
mod room;

use super::subscriptions::Opening;
use common::{
    history::HistoryRead,
    message::{ChannelName, Cursor, Message, MessageId},
};
use model::{Event, KEPT, Model, event};
use proptest::prelude::*;
use std::time::Instant;

proptest! {
    #[test]
    fn in_the_end_every_hub_has_the_history_of_redis(
        events in proptest::collection::vec(event(), 0..60)
    ) {
        let mut model = Model::new();
        events.into_iter().for_each(|event| model.happens(event));
        model.settle();
        let latest = MessageId { epoch: model.epoch, offset: model.published.len() as u64 };
        prop_assert_eq!(model.cursor, latest);
        for hub in &model.hubs {
            let channel = hub.channel(&ChannelName::main()).expect("an open channel");
            prop_assert_eq!(channel.latest(), latest);
            let held = &model.published[model.published.len().saturating_sub(KEPT)..];
            match channel.read(channel.resume(Cursor::Earliest).cursor, usize::MAX, usize::MAX) {
                HistoryRead::Messages(messages) => prop_assert_eq!(&messages[..], held),
                _ => prop_assert!(held.is_empty()),
            }
        }
    }

    #[test]
    fn without_a_loss_there_is_no_reset(
        received in proptest::collection::vec(any::<bool>(), 0..KEPT)
    ) {
        let mut model = Model::new();
        for received in received {
            model.happens(if received { Event::Publish } else { Event::PublishUnreceived });
        }
        model.settle();
        prop_assert_eq!((model.resets, model.cursor.offset), (0, model.published.len() as u64));
    }
}

#[test]
fn a_cursor_that_is_ahead_causes_a_load() {
    let mut model = Model::new();
    model.happens(Event::Publish);
    let cursor = |offset| Cursor::After(MessageId { epoch: 1, offset });
    let mut open = |after| {
        matches!(
            model
                .subscriptions
                .open(&ChannelName::main(), after, Instant::now()),
            Ok(Opening::Open)
        )
    };
    assert!(open(Cursor::Latest) && open(Cursor::Earliest) && open(cursor(1)) && open(cursor(0)));
    assert!(
        !open(cursor(2))
            && !open(Cursor::After(MessageId {
                epoch: 2,
                offset: 0
            }))
    );
}

#[test]
fn a_message_is_expected_until_it_arrives_or_the_connection_ends() {
    let mut model = Model::new();
    let main = ChannelName::main();
    let message = model.publish();
    assert!(model.subscriptions.expects(&main, message.id));
    model.receive(message.clone());
    assert!(!model.subscriptions.expects(&main, message.id));
    assert!(model.subscriptions.expects(&main, message.id.next()));
    assert!(model.subscriptions.restart(&main));
    assert!(!model.subscriptions.expects(&main, message.id.next()));
}

/// Another program published what looks like a message.
#[test]
fn a_message_that_redis_does_not_have_causes_one_load() {
    let mut model = Model::new();
    model.happens(Event::Publish);
    let id = MessageId {
        epoch: 1,
        offset: 9,
    };
    model.receive(Message::new(id, &ChannelName::main(), "1", 1009));
    assert!(model.must_load);
    model.begin_load();
    model.finish_load();
    assert!(!model.must_load, "it would never end");
    model.happens(Event::Publish);
    assert_eq!(model.cursor.offset, 2);
}
