//! What a process makes of what Redis tells it, against a plain model of a Redis that loses connections and data.

use super::{
    channels::{Channels, Opening, Question, Then},
    script::{History, Known, News},
};
use crate::{
    history::{HistoryRead, Retention},
    hub::{Hub, Timeouts},
    message::{ChannelName, Cursor, Message, MessageId},
    metrics::Metrics,
};
use proptest::prelude::*;
use std::{sync::Arc, time::Duration};

mod room;

/// How many messages Redis and the hub keep.
const KEPT: usize = 5;

#[derive(Clone, Copy, Debug)]
enum Event {
    /// Somebody publishes, and this process is told.
    Publish,
    /// Somebody publishes, and this process is not told: its connection is lost.
    PublishUnheard,
    /// This process is told of a message once more.
    Repeat,
    /// A question is asked.
    Ask,
    /// It is answered as things were when it was asked.
    Answer,
    /// Redis has lost everything.
    Lose,
    /// The channel goes on under another epoch, with all that it had.
    Renew,
    /// Another hub is attached.
    Attach,
}

struct Model {
    channels: Channels,
    hubs: Vec<Hub>,
    epoch: u64,
    /// All that was published in this epoch.
    published: Vec<Message>,
    asked: Option<(Question, History)>,
    must_ask: bool,
    /// Of a reader on the first hub, and how often it was told of a loss.
    position: MessageId,
    resets: usize,
    losses: usize,
}

fn hub() -> Hub {
    let retention = Retention {
        messages: KEPT,
        bytes: usize::MAX,
        age: u64::MAX,
    };
    let [heartbeat, stalled, keep_alive] = [15, 20, 75].map(Duration::from_secs);
    let patience = Timeouts {
        heartbeat,
        stalled,
        keep_alive,
    };
    Hub::new(
        retention,
        usize::MAX,
        patience,
        Arc::new(Metrics::new("test")),
    )
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => Just(Event::Publish),
        2 => Just(Event::PublishUnheard),
        1 => Just(Event::Repeat),
        3 => Just(Event::Ask),
        3 => Just(Event::Answer),
        1 => Just(Event::Lose),
        1 => Just(Event::Renew),
        1 => Just(Event::Attach),
    ]
}

impl Model {
    fn new() -> Self {
        let (mut channels, first) = (Channels::new(3), hub());
        let _ = channels.attach(&first);
        let position = MessageId {
            epoch: 1,
            offset: 0,
        };
        let mut model = Self {
            channels,
            hubs: vec![first],
            epoch: 1,
            published: Vec::new(),
            asked: None,
            must_ask: false,
            position,
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
                self.tell(message);
            }
            Event::PublishUnheard => drop(self.publish()),
            Event::Repeat => self
                .published
                .last()
                .cloned()
                .into_iter()
                .for_each(|message| self.tell(message)),
            Event::Ask => self.ask(),
            Event::Answer => self.answer(),
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
                let then = self.channels.take(&ChannelName::main(), News::Restarted);
                self.must_ask |= then == Then::Ask;
            }
            Event::Attach => {
                let new = hub();
                self.must_ask |= !self.channels.attach(&new).is_empty();
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

    fn tell(&mut self, message: Message) {
        let then = self
            .channels
            .take(&ChannelName::main(), News::Message(message));
        self.must_ask |= then == Then::Ask;
    }

    fn ask(&mut self) {
        let Some(question) = self.channels.ask(&ChannelName::main()) else {
            return;
        };
        self.must_ask = false;
        self.asked = Some((question, self.history(question)));
    }

    /// What Redis would say.
    fn history(&self, Question { last, all, .. }: Question) -> History {
        let head = MessageId {
            epoch: self.epoch,
            offset: self.published.len() as u64,
        };
        let held = &self.published[self.published.len().saturating_sub(KEPT)..];
        let next = last.map(|Known { id, .. }| id.next()).filter(|_| !all);
        let from = held
            .iter()
            .position(|message| Some(message.id) == next)
            .unwrap_or(0);
        let nothing = last.is_some_and(|last| last.id == head) && !all;
        History {
            head,
            messages: if nothing {
                Vec::new()
            } else {
                held[from..].to_vec()
            },
        }
    }

    fn answer(&mut self) {
        let Some((question, history)) = self.asked.take() else {
            return;
        };
        let then = self.channels.fill(&ChannelName::main(), question, &history);
        self.must_ask |= then == Then::Ask;
    }

    /// The first hub's reader takes what there is: contiguous and as published, or a reset that names its position.
    fn read(&mut self) {
        let Some(feed) = self.hubs[0].channel(&ChannelName::main()) else {
            return;
        };
        loop {
            match feed.read(self.position, 1, 1) {
                HistoryRead::CaughtUp => return,
                HistoryRead::Reset(reset) => {
                    assert_eq!(reset.after, self.position);
                    assert!(reset.oldest > self.position.next(), "{reset:?} goes back");
                    self.position = reset.cursor();
                    self.resets += 1;
                }
                HistoryRead::Messages(batch) => {
                    assert_eq!(batch[0].id, self.position.next());
                    assert_eq!(batch[0].time, batch[0].id.epoch * 1000 + batch[0].id.offset);
                    self.position = batch[0].id;
                }
            }
        }
    }

    /// A new connection, on which nothing is lost: everything is asked for until nothing is in doubt.
    fn settle(&mut self) {
        self.asked = None;
        self.must_ask = !self.channels.begin().is_empty();
        while self.must_ask {
            self.ask();
            self.answer();
        }
        self.read();
    }
}

proptest! {
    #[test]
    fn in_the_end_every_hub_has_what_redis_has(events in proptest::collection::vec(event(), 0..60)) {
        let mut model = Model::new();
        events.into_iter().for_each(|event| model.happens(event));
        model.settle();
        let head = MessageId { epoch: model.epoch, offset: model.published.len() as u64 };
        prop_assert_eq!(model.position, head);
        for hub in &model.hubs {
            let feed = hub.channel(&ChannelName::main()).expect("it is open");
            prop_assert_eq!(feed.latest(), head);
            let held = &model.published[model.published.len().saturating_sub(KEPT)..];
            match feed.read(feed.resume(Cursor::Earliest).cursor, usize::MAX, usize::MAX) {
                HistoryRead::Messages(messages) => prop_assert_eq!(&messages[..], held),
                _ => prop_assert!(held.is_empty()),
            }
        }
    }

    #[test]
    fn nobody_is_told_of_a_loss_that_there_was_not(heard in proptest::collection::vec(any::<bool>(), 0..KEPT)) {
        let mut model = Model::new();
        for heard in heard {
            model.happens(if heard { Event::Publish } else { Event::PublishUnheard });
        }
        model.settle();
        prop_assert_eq!((model.resets, model.position.offset), (0, model.published.len() as u64));
    }
}

#[test]
fn a_cursor_that_is_ahead_is_asked_for() {
    let mut model = Model::new();
    model.happens(Event::Publish);
    let cursor = |offset| Cursor::After(MessageId { epoch: 1, offset });
    let mut open = |after| {
        matches!(
            model.channels.open(&ChannelName::main(), after),
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
