//! A set against a plain model, and against publishers on other threads.

use super::*;
use crate::{
    history::{Reset, Retention},
    hub::Timeouts,
    message::Message,
    metrics::Metrics,
};
use proptest::prelude::*;
use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

const NAMES: [&str; 3] = ["a", "b", "c"];
/// How many messages each channel keeps.
const KEPT: usize = 4;

fn name(channel: usize) -> ChannelName {
    ChannelName::parse(NAMES[channel]).unwrap()
}

fn id(epoch: u64, offset: u64) -> MessageId {
    MessageId { epoch, offset }
}

fn message(channel: usize, id: MessageId, time: u64) -> Message {
    Message::new(id, &name(channel), "1", time)
}

fn hub(messages: usize) -> Hub {
    let retention = Retention {
        messages,
        bytes: usize::MAX,
        age: u64::MAX,
    };
    let timeouts = Timeouts {
        heartbeat: Duration::from_secs(15),
        stalled: Duration::from_secs(20),
        keep_alive: Duration::from_secs(75),
    };
    let hub = Hub::new(retention, 1 << 24, timeouts, Arc::new(Metrics::new("test")));
    for channel in 0..NAMES.len() {
        hub.open(&name(channel), id(1, 0), Vec::new());
    }
    hub
}

fn set_of(hub: &Hub, cursor: Cursor) -> ChannelSet {
    let lease = |channel| (hub.lease(&name(channel)).unwrap(), cursor);
    ChannelSet::new(hub, (0..NAMES.len()).map(lease))
}

/// An operation on the hub or the reader.
#[derive(Clone, Copy, Debug)]
enum Event {
    Publish {
        channel: usize,
    },
    /// Another history of a channel begins, with messages from before.
    Restart {
        channel: usize,
        messages: u64,
    },
    /// The reader takes at most this many events in one pass.
    Read {
        limit: usize,
    },
    /// The reader leaves a channel for the next pass when it is next.
    Skip,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (0..NAMES.len()).prop_map(|channel| Event::Publish { channel }),
        1 => (0..NAMES.len(), 0..4u64)
            .prop_map(|(channel, messages)| Event::Restart { channel, messages }),
        3 => (1..6usize).prop_map(|limit| Event::Read { limit }),
        1 => Just(Event::Skip),
    ]
}

struct Model {
    hub: Hub,
    set: ChannelSet,
    /// What is in the histories: times, channels and ids in ascending order.
    accepted: BTreeSet<(u64, usize, MessageId)>,
    now: u64,
    latest: [MessageId; NAMES.len()],
    cursors: [MessageId; NAMES.len()],
}

impl Model {
    fn new() -> Self {
        let hub = hub(KEPT);
        Self {
            set: set_of(&hub, Cursor::Latest),
            hub,
            accepted: BTreeSet::new(),
            now: 100,
            latest: [id(1, 0); NAMES.len()],
            cursors: [id(1, 0); NAMES.len()],
        }
    }

    fn apply(&mut self, event: Event) {
        match event {
            Event::Publish { channel } => {
                self.now += 1;
                let id = self.latest[channel].next();
                let message = self.accept(channel, id, self.now);
                self.hub.deliver(&name(channel), message).unwrap();
            }
            Event::Restart { channel, messages } => {
                let epoch = self.latest[channel].epoch + 1;
                self.accepted.retain(|(_, other, _)| *other != channel);
                self.latest[channel] = id(epoch, 0);
                let mut backlog = Vec::new();
                for offset in 1..=messages {
                    let time = self.now - messages + offset;
                    backlog.push(self.accept(channel, id(epoch, offset), time));
                }
                self.hub
                    .restart(&name(channel), id(epoch, messages), backlog);
            }
            Event::Read { limit } => self.read(limit),
            Event::Skip => self.set.merge().skip(),
        }
    }

    fn accept(&mut self, channel: usize, id: MessageId, time: u64) -> Message {
        self.latest[channel] = id;
        self.accepted.insert((time, channel, id));
        if self.of(channel).count() > KEPT {
            let oldest = *self.of(channel).next().unwrap();
            self.accepted.remove(&oldest);
        }
        message(channel, id, time)
    }

    fn of(&self, channel: usize) -> impl Iterator<Item = &(u64, usize, MessageId)> {
        let accepted = self.accepted.iter();
        accepted.filter(move |(_, other, _)| *other == channel)
    }

    fn oldest(&self, channel: usize) -> MessageId {
        let oldest = self.of(channel).next();
        oldest.map_or(self.latest[channel].next(), |(_, _, id)| *id)
    }

    fn is_lost(&self, channel: usize) -> bool {
        let (cursor, oldest) = (self.cursors[channel], self.oldest(channel));
        cursor.epoch != oldest.epoch || cursor.next() < oldest
    }

    /// Returns what a pass must yield.
    fn expected(&self) -> Vec<SetEvent> {
        let mut cursors = self.cursors;
        let mut events = Vec::new();
        for channel in (0..NAMES.len()).filter(|channel| self.is_lost(*channel)) {
            let reset = Reset {
                after: cursors[channel],
                oldest: self.oldest(channel),
            };
            cursors[channel] = reset.cursor();
            events.push(SetEvent::Reset(name(channel), reset));
        }
        for (time, channel, id) in &self.accepted {
            if *id > cursors[*channel] {
                events.push(SetEvent::Message(message(*channel, *id, *time)));
            }
        }
        events
    }

    fn read(&mut self, limit: usize) {
        let expected = self.expected();
        assert_eq!(self.set.has_news(), !expected.is_empty());
        let mut merge = self.set.merge();
        for event in expected.into_iter().take(limit) {
            assert_eq!(merge.peek(), Some(&event));
            assert_eq!(merge.take().as_ref(), Some(&event));
            let (channel, cursor) = match event {
                SetEvent::Message(message) => (channel_of(&message), message.id),
                SetEvent::Reset(name, reset) => (index(name.as_str()), reset.cursor()),
            };
            self.cursors[channel] = cursor;
        }
        let cursors = NAMES.iter().zip(self.cursors);
        let cursors: Vec<_> = cursors.map(|(name, id)| format!("{name}@{id}")).collect();
        assert_eq!(merge.cursor().to_string(), cursors.join(","));
    }
}

fn channel_of(message: &Message) -> usize {
    let json: serde_json::Value = serde_json::from_slice(message.json()).unwrap();
    index(json["channel"].as_str().unwrap())
}

fn index(name: &str) -> usize {
    NAMES.iter().position(|other| *other == name).unwrap()
}

proptest! {
    #[test]
    fn a_set_yields_resets_and_then_messages_in_the_order_of_the_hub(
        events in proptest::collection::vec(event(), 0..80)
    ) {
        let mut model = Model::new();
        events.into_iter().for_each(|event| model.apply(event));
        model.read(usize::MAX);
        prop_assert!(!model.set.has_news());
        prop_assert_eq!(model.set.merge().take(), None);
    }
}

#[test]
fn a_cut_in_one_channel_does_not_disturb_the_others() {
    let hub = hub(KEPT);
    let restarted = [message(1, id(5, 1), 7), message(1, id(5, 2), 9)];
    hub.restart(&name(1), id(5, 2), restarted.to_vec());
    let other = message(0, id(1, 1), 8);
    hub.deliver(&name(0), other.clone()).unwrap();
    let mut set = set_of(&hub, Cursor::After(id(1, 0)));
    assert_eq!(
        set.hello().fields(),
        r#""cursor":"a@1-0,b@1-0,c@1-0","reset":true"#
    );
    let mut merge = set.merge();
    let reset = Reset {
        after: id(1, 0),
        oldest: id(5, 1),
    };
    assert_eq!(merge.take(), Some(SetEvent::Reset(name(1), reset)));
    assert_eq!(merge.cursor().to_string(), "a@1-0,b@5-0,c@1-0");
    // It arrived after the others were loaded.
    for message in restarted.into_iter().chain([other]) {
        assert_eq!(merge.take(), Some(SetEvent::Message(message)));
    }
    assert_eq!(merge.take(), None);
    assert_eq!(set.hello().fields(), r#""cursor":"a@1-1,b@5-2,c@1-0""#);
}

/// A thread publishes on one channel and then on another: no reader gets the second message before
/// the first.
#[test]
fn what_is_published_later_is_never_read_earlier() {
    const MESSAGES: u64 = 20_000;
    let hub = hub(usize::MAX);
    let mut set = set_of(&hub, Cursor::Earliest);
    let is_done = Arc::new(AtomicBool::new(false));
    let publisher = thread::spawn({
        let (hub, is_done) = (hub.clone(), is_done.clone());
        move || {
            for offset in 1..=MESSAGES {
                // In the order in which a pass looks at them: it may have missed the first.
                for channel in 0..NAMES.len() {
                    let message = message(channel, id(1, offset), 9);
                    hub.deliver(&name(channel), message).unwrap();
                }
            }
            is_done.store(true, Ordering::SeqCst);
        }
    });
    let mut read = HashMap::new();
    loop {
        let was_done = is_done.load(Ordering::SeqCst);
        let mut merge = set.merge();
        while let Some(event) = merge.take() {
            let SetEvent::Message(message) = event else {
                panic!("nothing is lost");
            };
            let channel = channel_of(&message);
            if let Some(earlier) = channel.checked_sub(1) {
                let before = read.get(&earlier).copied().unwrap_or(0);
                assert!(before >= message.id.offset, "{channel}: {read:?}");
            }
            read.insert(channel, message.id.offset);
        }
        if was_done {
            break;
        }
    }
    publisher.join().unwrap();
    assert!(read.values().all(|offset| *offset == MESSAGES), "{read:?}");
}
