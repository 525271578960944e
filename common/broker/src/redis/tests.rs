//! The subscriptions against a plain model of a Redis that loses connections and data.

use super::{
    load_state::{LoadRequest, NextStep},
    replies::{KnownMessage, Notification, StoredHistory},
    subscriptions::{Opening, Subscriptions},
};
use crate::test_hub;
use common::{
    history::HistoryRead,
    hub::Hub,
    message::{ChannelName, Cursor, Message, MessageId},
};
use proptest::prelude::*;
use std::time::{Duration, Instant};

mod room;

/// How many messages Redis and the hub keep.
const KEPT: usize = 5;

#[derive(Clone, Copy, Debug)]
enum Event {
    /// A message is published, and this process receives it.
    Publish,
    /// A message is published, and this process does not receive it: its connection is lost.
    PublishUnreceived,
    /// This process receives a message again.
    Repeat,
    /// A load begins.
    BeginLoad,
    /// The load finishes, with the history of when it began.
    FinishLoad,
    /// Redis has lost everything.
    Lose,
    /// The channel continues in a new epoch, with all its messages.
    Renew,
    /// Another hub is attached.
    Attach,
}

struct Model {
    subscriptions: Subscriptions,
    hubs: Vec<Hub>,
    epoch: u64,
    /// All messages of this epoch.
    published: Vec<Message>,
    load: Option<(LoadRequest, StoredHistory)>,
    must_load: bool,
    /// The cursor of a subscriber on the first hub.
    cursor: MessageId,
    /// How many resets the subscriber got.
    resets: usize,
    losses: usize,
}

fn hub() -> Hub {
    test_hub::hub(KEPT)
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => Just(Event::Publish),
        2 => Just(Event::PublishUnreceived),
        1 => Just(Event::Repeat),
        3 => Just(Event::BeginLoad),
        3 => Just(Event::FinishLoad),
        1 => Just(Event::Lose),
        1 => Just(Event::Renew),
        1 => Just(Event::Attach),
    ]
}

impl Model {
    fn new() -> Self {
        let (mut subscriptions, first) = (Subscriptions::new(3), hub());
        let _ = subscriptions.attach(&first);
        let cursor = MessageId {
            epoch: 1,
            offset: 0,
        };
        let mut model = Self {
            subscriptions,
            hubs: vec![first],
            epoch: 1,
            published: Vec::new(),
            load: None,
            must_load: false,
            cursor,
            resets: 0,
            losses: 0,
        };
        model.settle();
        model
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Publish => {
                let message = self.publish();
                self.receive(message);
            }
            Event::PublishUnreceived => drop(self.publish()),
            Event::Repeat => self
                .published
                .last()
                .cloned()
                .into_iter()
                .for_each(|message| self.receive(message)),
            Event::BeginLoad => self.begin_load(),
            Event::FinishLoad => self.finish_load(),
            Event::Lose => {
                self.epoch += 1;
                self.losses += 1;
                self.published.clear();
            }
            Event::Renew => {
                self.epoch += 1;
                self.losses += 1;
                let count = self.published.len();
                self.published.clear();
                (0..count).for_each(|_| drop(self.publish()));
                let next = self
                    .subscriptions
                    .receive(&ChannelName::main(), Notification::NewEpoch);
                self.must_load |= next == NextStep::Load;
            }
            Event::Attach => {
                let new = hub();
                self.must_load |= !self.subscriptions.attach(&new).is_empty();
                self.hubs.push(new);
            }
        }
        self.read();
    }

    fn publish(&mut self) -> Message {
        let id = MessageId {
            epoch: self.epoch,
            offset: self.published.len() as u64 + 1,
        };
        self.published.push(Message::new(
            id,
            &ChannelName::main(),
            "1",
            id.epoch * 1000 + id.offset,
        ));
        self.published[self.published.len() - 1].clone()
    }

    fn receive(&mut self, message: Message) {
        let next = self
            .subscriptions
            .receive(&ChannelName::main(), Notification::Message(message));
        self.must_load |= next == NextStep::Load;
    }

    fn begin_load(&mut self) {
        let Some(request) = self.subscriptions.begin_load(&ChannelName::main()) else {
            return;
        };
        self.must_load = false;
        self.load = Some((request, self.history(request)));
    }

    /// Returns what Redis would return.
    fn history(&self, LoadRequest { last, all, .. }: LoadRequest) -> StoredHistory {
        let latest = MessageId {
            epoch: self.epoch,
            offset: self.published.len() as u64,
        };
        let held = &self.published[self.published.len().saturating_sub(KEPT)..];
        let next = last
            .map(|KnownMessage { id, .. }| id.next())
            .filter(|_| !all);
        let from = held
            .iter()
            .position(|message| Some(message.id) == next)
            .unwrap_or(0);
        let nothing = last.is_some_and(|last| last.id == latest) && !all;
        StoredHistory {
            latest,
            messages: if nothing {
                Vec::new()
            } else {
                held[from..].to_vec()
            },
        }
    }

    fn finish_load(&mut self) {
        let Some((request, history)) = self.load.take() else {
            return;
        };
        let next = self
            .subscriptions
            .finish_load(&ChannelName::main(), request, &history);
        self.must_load |= next == NextStep::Load;
    }

    /// The subscriber reads the first hub: consecutive messages as published, or a reset that names
    /// its cursor.
    fn read(&mut self) {
        let Some(channel) = self.hubs[0].channel(&ChannelName::main()) else {
            return;
        };
        loop {
            match channel.read(self.cursor, 1, 1) {
                HistoryRead::CaughtUp => return,
                HistoryRead::Reset(reset) => {
                    assert_eq!(reset.after, self.cursor);
                    assert!(reset.oldest > self.cursor.next(), "{reset:?} goes back");
                    self.cursor = reset.cursor();
                    self.resets += 1;
                }
                HistoryRead::Messages(batch) => {
                    assert_eq!(batch[0].id, self.cursor.next());
                    assert_eq!(batch[0].time, batch[0].id.epoch * 1000 + batch[0].id.offset);
                    self.cursor = batch[0].id;
                }
            }
        }
    }

    /// Reconnects without further losses, and loads until nothing is requested.
    fn settle(&mut self) {
        self.load = None;
        self.must_load = self.subscriptions.restart(&ChannelName::main());
        while self.must_load {
            self.begin_load();
            self.finish_load();
        }
        self.read();
    }
}

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
