//! The broker and its hubs against a plain model: a list of everything that was ever published on each channel. Readers come,
//! look, stay, leave and come back with their cursors while channels are begun, forgotten and pushed out.

use super::*;
use crate::{
    history::{HistoryRead, Retention},
    hub::Timeouts,
    message::Cursor,
    metrics::Metrics,
};
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};

/// How many channels there may be, how many names there are, and how many messages a channel keeps.
const MOST: usize = 3;
const NAMES: usize = 6;
const KEPT: usize = 3;

#[derive(Clone, Copy, Debug)]
enum Event {
    Publish(usize),
    /// A reader comes to a channel, with the cursor of its beginning, and is told where it stands.
    Come(usize),
    /// A reader takes what there is and does not wait.
    Look(usize),
    /// A reader takes what there is and waits for more, if there is room for its channel.
    Stay(usize),
    Leave(usize),
    /// Time passes.
    Pass,
    /// Another service starts, and takes the place of the oldest one if there are three.
    Attach,
}

struct Reader {
    channel: ChannelName,
    cursor: MessageId,
    /// How many messages of all that its channel ever had are behind its cursor.
    seen: usize,
    lease: Option<ChannelLease>,
}

struct Model {
    memory: Memory,
    hubs: Vec<Hub>,
    published: HashMap<ChannelName, Vec<MessageId>>,
    readers: Vec<Reader>,
    now: Instant,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (0..NAMES).prop_map(Event::Publish),
        2 => (0..NAMES).prop_map(Event::Come),
        3 => (0..9_usize).prop_map(Event::Look),
        3 => (0..9_usize).prop_map(Event::Stay),
        2 => (0..9_usize).prop_map(Event::Leave),
        1 => Just(Event::Pass),
        1 => Just(Event::Attach),
    ]
}

fn channel(number: usize) -> ChannelName {
    ChannelName::parse(&format!("c{number}")).unwrap()
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

impl Model {
    fn new() -> Self {
        let (memory, hubs) = (Memory::new(MOST), vec![hub()]);
        memory.attach(&hubs[0]);
        Self {
            memory,
            hubs,
            published: HashMap::new(),
            readers: Vec::new(),
            now: Instant::now(),
        }
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Publish(name) => self.publish(channel(name)),
            Event::Come(name) => self.come(channel(name)),
            Event::Look(reader) => self.with_reader(reader, Self::look),
            Event::Stay(reader) => self.with_reader(reader, Self::stay),
            Event::Leave(reader) => self.with_reader(reader, |_, reader| reader.lease = None),
            Event::Pass => {
                self.now += FORGOTTEN / 2;
                while self.memory.sweep_some(self.now) {}
            }
            Event::Attach => self.attach(),
        }
        self.check();
    }

    fn publish(&mut self, channel: ChannelName) {
        let holder = self.published.len() as u64 % 2;
        let publication = Publication {
            channel: channel.clone(),
            body: "1".into(),
            key: None,
            holder,
        };
        match self.memory.publish(publication) {
            Ok(accepted) => self.published.entry(channel).or_default().push(accepted.id),
            Err(error) => self.check_refusal(&channel, &error),
        }
    }

    fn come(&mut self, channel: ChannelName) {
        let cursor = self.memory.peek(&self.hubs[0], &channel).latest();
        let seen = self.published.get(&channel).map_or(0, Vec::len);
        self.readers.push(Reader {
            channel,
            cursor,
            seen,
            lease: None,
        });
    }

    fn look(&mut self, reader: &mut Reader) {
        let lease = self.memory.peek(&self.hubs[0], &reader.channel);
        self.read(reader, &lease);
    }

    fn stay(&mut self, reader: &mut Reader) {
        let hub = self.hubs.last().unwrap();
        match reader
            .lease
            .take()
            .map_or_else(|| self.memory.open(hub, &reader.channel), Ok)
        {
            Ok(lease) => {
                self.read(reader, &lease);
                reader.lease = Some(lease);
            }
            Err(error) => self.check_refusal(&reader.channel, &error),
        }
    }

    /// A reader gets everything that it has not seen, in order, or it is told that it does not.
    fn read(&self, reader: &mut Reader, lease: &ChannelLease) {
        let all = self
            .published
            .get(&reader.channel)
            .map_or(&[][..], Vec::as_slice);
        let start = lease.resume(Cursor::After(reader.cursor));
        let mut got = Vec::new();
        reader.cursor = start.cursor;
        while let HistoryRead::Messages(batch) = lease.read(reader.cursor, 2, usize::MAX) {
            got.extend(batch.iter().map(|message| message.id));
            reader.cursor = *got.last().unwrap();
        }
        assert_eq!(lease.read(reader.cursor, 1, 1), HistoryRead::CaughtUp);
        match start.reset {
            None => assert_eq!(got, all[reader.seen..], "of {all:?} without a reset"),
            Some(_) => assert!(all.ends_with(&got), "{got:?} is not the end of {all:?}"),
        }
        reader.seen = all.len();
    }

    /// Somebody reads each of them.
    fn check_refusal(&self, channel: &ChannelName, error: &BrokerError) {
        assert_eq!(*error, BrokerError::TooManyChannels { limit: MOST });
        let mut read = self.leased();
        read.insert(ChannelName::main());
        assert!(
            read.len() == MOST && !read.contains(channel),
            "{channel} was refused beside {read:?}"
        );
    }

    fn attach(&mut self) {
        let hub = hub();
        self.memory.attach(&hub);
        self.hubs.push(hub);
        if self.hubs.len() > 3 {
            let gone = self.hubs.remove(0);
            // Its readers go with it.
            let open: HashSet<_> = self.hubs.iter().flat_map(|hub| self.feeds(hub)).collect();
            let is_gone = |lease: &ChannelLease| !open.contains(&Arc::as_ptr(lease).addr());
            self.readers
                .iter_mut()
                .filter(|reader| reader.lease.as_ref().is_some_and(is_gone))
                .for_each(|reader| {
                    reader.lease = None;
                });
            drop(gone);
        }
    }

    fn feeds(&self, hub: &Hub) -> Vec<usize> {
        let names = (0..NAMES)
            .map(channel)
            .filter_map(|channel| hub.channel(&channel));
        names.map(|feed| Arc::as_ptr(&feed).addr()).collect()
    }

    fn leased(&self) -> HashSet<ChannelName> {
        let leased = self.readers.iter().filter(|reader| reader.lease.is_some());
        leased.map(|reader| reader.channel.clone()).collect()
    }

    fn check(&self) {
        let leased = self.leased();
        let mut state = self.memory.state();
        while state.settle(self.now) > 0 {}
        assert!(state.channels.iter().count() <= MOST);
        for (channel, position) in state.channels.iter() {
            let is_needed = position.owner.is_some()
                || leased.contains(channel)
                || *channel == ChannelName::main();
            assert!(is_needed, "{channel} is there for nobody");
            assert!(self.hubs.iter().all(|hub| {
                hub.channel(channel)
                    .is_some_and(|feed| feed.latest() == position.head)
            }));
        }
        assert!(leased.iter().all(|channel| state.channels.has(channel)));
        drop(state);
        for (channel, ids) in &self.published {
            assert_eq!(
                ids.iter().collect::<HashSet<_>>().len(),
                ids.len(),
                "an id was given twice on {channel}"
            );
        }
    }

    fn with_reader(&mut self, at: usize, act: impl FnOnce(&mut Self, &mut Reader)) {
        if at < self.readers.len() {
            let mut reader = self.readers.remove(at);
            act(self, &mut reader);
            self.readers.insert(at, reader);
        }
    }
}

proptest! {
    #[test]
    fn a_reader_gets_all_or_a_reset_whatever_is_forgotten(events in prop::collection::vec(event(), 0..80)) {
        let mut model = Model::new();
        events.into_iter().for_each(|event| model.happens(event));
        for at in 0..model.readers.len() {
            model.happens(Event::Look(at));
        }
    }
}
