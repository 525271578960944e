//! A plain model of a Redis that loses connections and data.

use crate::{
    redis::{
        load_state::{LoadRequest, NextStep},
        replies::{KnownMessage, Notification, StoredHistory},
        subscriptions::Subscriptions,
    },
    test_hub,
};
use common::{
    history::HistoryRead,
    hub::Hub,
    message::{ChannelName, Message, MessageId},
};
use proptest::prelude::*;

/// How many messages Redis and the hub keep.
pub(super) const KEPT: usize = 5;

#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
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

pub(super) struct Model {
    pub(super) subscriptions: Subscriptions,
    pub(super) hubs: Vec<Hub>,
    pub(super) epoch: u64,
    /// All messages of this epoch.
    pub(super) published: Vec<Message>,
    load: Option<(LoadRequest, StoredHistory)>,
    pub(super) must_load: bool,
    /// The cursor of a subscriber on the first hub.
    pub(super) cursor: MessageId,
    /// How many resets the subscriber got.
    pub(super) resets: usize,
}

pub(super) fn hub() -> Hub {
    test_hub::hub(KEPT)
}

pub(super) fn event() -> impl Strategy<Value = Event> {
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
    pub(super) fn new() -> Self {
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
        };
        model.settle();
        model
    }

    pub(super) fn happens(&mut self, event: Event) {
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
                self.published.clear();
            }
            Event::Renew => {
                self.epoch += 1;
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

    pub(super) fn publish(&mut self) -> Message {
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

    pub(super) fn receive(&mut self, message: Message) {
        let next = self
            .subscriptions
            .receive(&ChannelName::main(), Notification::Message(message));
        self.must_load |= next == NextStep::Load;
    }

    pub(super) fn begin_load(&mut self) {
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

    pub(super) fn finish_load(&mut self) {
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
    pub(super) fn settle(&mut self) {
        self.load = None;
        self.must_load = self.subscriptions.restart(&ChannelName::main());
        while self.must_load {
            self.begin_load();
            self.finish_load();
        }
        self.read();
    }
}
