//! The broker and its hubs against a plain model: a list of everything ever published on each
//! channel. Clients begin, peek, wait, leave and resume with their cursors while channels are
//! created, forgotten and evicted.

use super::*;
use crate::test_hub;
use common::{
    history::HistoryRead,
    message::{Attributes, Cursor},
};
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};

/// The limit of channels.
const LIMIT: usize = 3;
/// The number of names in use.
const NAMES: usize = 6;
/// How many messages a channel keeps.
const KEPT: usize = 3;

#[derive(Clone, Copy, Debug)]
enum Event {
    Publish(usize),
    /// A client begins with the latest id of a channel as its cursor.
    Begin(usize),
    /// A client reads and does not wait.
    Peek(usize),
    /// A client reads and waits for more, if there is room for its channel.
    Wait(usize),
    /// A client stops waiting.
    Leave(usize),
    /// Half an hour passes.
    TimePasses,
    /// Another hub is attached; the oldest of more than three is dropped.
    Attach,
}

struct Client {
    channel: ChannelName,
    cursor: MessageId,
    /// How many of all messages of its channel it has received.
    received: usize,
    lease: Option<ChannelLease>,
}

struct Model {
    memory: Memory,
    hubs: Vec<Hub>,
    published: HashMap<ChannelName, Vec<MessageId>>,
    clients: Vec<Client>,
    now: Instant,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (0..NAMES).prop_map(Event::Publish),
        2 => (0..NAMES).prop_map(Event::Begin),
        3 => (0..9_usize).prop_map(Event::Peek),
        3 => (0..9_usize).prop_map(Event::Wait),
        2 => (0..9_usize).prop_map(Event::Leave),
        1 => Just(Event::TimePasses),
        1 => Just(Event::Attach),
    ]
}

fn channel(number: usize) -> ChannelName {
    ChannelName::parse(&format!("c{number}")).unwrap()
}

fn hub() -> Hub {
    test_hub::hub(KEPT)
}

impl Model {
    fn new() -> Self {
        let memory = Memory::new(LIMIT);
        let hubs = vec![hub()];
        memory.attach(&hubs[0]);
        Self {
            memory,
            hubs,
            published: HashMap::new(),
            clients: Vec::new(),
            now: Instant::now(),
        }
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Publish(name) => self.publish(channel(name)),
            Event::Begin(name) => self.begin(channel(name)),
            Event::Peek(client) => self.with_client(client, Self::peek),
            Event::Wait(client) => self.with_client(client, Self::wait),
            Event::Leave(client) => self.with_client(client, |_, client| client.lease = None),
            Event::TimePasses => {
                self.now += IDLE_TTL / 2;
                while self.memory.sweep_slice(self.now) {}
            }
            Event::Attach => self.attach(),
        }
        self.check();
    }

    fn publish(&mut self, channel: ChannelName) {
        let account = self.published.len() as u64 % 2;
        let publication = Publication {
            channel: channel.clone(),
            body: "1".into(),
            attributes: Attributes::default(),
            key: None,
        };
        match self.memory.publish(publication, account) {
            Ok(accepted) => self.published.entry(channel).or_default().push(accepted.id),
            Err(error) => self.check_refusal(&channel, &error),
        }
    }

    fn begin(&mut self, channel: ChannelName) {
        let cursor = self.memory.peek(&self.hubs[0], &channel).latest();
        let received = self.published.get(&channel).map_or(0, Vec::len);
        self.clients.push(Client {
            channel,
            cursor,
            received,
            lease: None,
        });
    }

    fn peek(&mut self, client: &mut Client) {
        let lease = self.memory.peek(&self.hubs[0], &client.channel);
        self.read(client, &lease);
    }

    fn wait(&mut self, client: &mut Client) {
        let hub = self.hubs.last().unwrap();
        match client
            .lease
            .take()
            .map_or_else(|| self.memory.open(hub, &client.channel), Ok)
        {
            Ok(lease) => {
                self.read(client, &lease);
                client.lease = Some(lease);
            }
            Err(error) => self.check_refusal(&client.channel, &error),
        }
    }

    /// A client receives all messages that it has not received, in order, or a reset.
    fn read(&self, client: &mut Client, lease: &ChannelLease) {
        let all = self
            .published
            .get(&client.channel)
            .map_or(&[][..], Vec::as_slice);
        let start = lease.resume(Cursor::After(client.cursor));
        let mut got = Vec::new();
        client.cursor = start.cursor;
        while let HistoryRead::Messages(batch) = lease.read(client.cursor, 2, usize::MAX) {
            got.extend(batch.iter().map(|message| message.id));
            client.cursor = *got.last().unwrap();
        }
        assert_eq!(lease.read(client.cursor, 1, 1), HistoryRead::CaughtUp);
        match start.reset {
            None => assert_eq!(got, all[client.received..], "of {all:?} without a reset"),
            Some(_) => assert!(all.ends_with(&got), "{got:?} is not the end of {all:?}"),
        }
        client.received = all.len();
    }

    /// Every channel is leased.
    fn check_refusal(&self, channel: &ChannelName, error: &BrokerError) {
        assert_eq!(*error, BrokerError::TooManyChannels { limit: LIMIT });
        let mut leased = self.leased();
        leased.insert(ChannelName::main());
        assert!(
            leased.len() == LIMIT && !leased.contains(channel),
            "{channel} was refused beside {leased:?}"
        );
    }

    fn attach(&mut self) {
        let hub = hub();
        self.memory.attach(&hub);
        self.hubs.push(hub);
        if self.hubs.len() > 3 {
            let dropped = self.hubs.remove(0);
            // Its clients disconnect.
            let open: HashSet<_> = self
                .hubs
                .iter()
                .flat_map(|hub| self.addresses(hub))
                .collect();
            let is_dropped = |lease: &ChannelLease| !open.contains(&Arc::as_ptr(lease).addr());
            self.clients
                .iter_mut()
                .filter(|client| client.lease.as_ref().is_some_and(is_dropped))
                .for_each(|client| {
                    client.lease = None;
                });
            drop(dropped);
        }
    }

    fn addresses(&self, hub: &Hub) -> Vec<usize> {
        let names = (0..NAMES)
            .map(channel)
            .filter_map(|channel| hub.channel(&channel));
        names.map(|channel| Arc::as_ptr(&channel).addr()).collect()
    }

    fn leased(&self) -> HashSet<ChannelName> {
        let leased = self.clients.iter().filter(|client| client.lease.is_some());
        leased.map(|client| client.channel.clone()).collect()
    }

    fn check(&self) {
        let leased = self.leased();
        let mut state = self.memory.state();
        while state.settle(self.now) > 0 {}
        assert!(state.channels.iter().count() <= LIMIT);
        for (channel, expected) in state.channels.iter() {
            let is_needed = expected.was_published()
                || leased.contains(channel)
                || *channel == ChannelName::main();
            assert!(is_needed, "{channel} is not needed");
            assert!(self.hubs.iter().all(|hub| {
                hub.channel(channel)
                    .is_some_and(|channel| channel.latest() == state.channels.latest(expected))
            }));
        }
        assert!(
            leased
                .iter()
                .all(|channel| state.channels.contains(channel))
        );
        drop(state);
        for (channel, ids) in &self.published {
            assert_eq!(
                ids.iter().collect::<HashSet<_>>().len(),
                ids.len(),
                "an id was used twice on {channel}"
            );
        }
    }

    fn with_client(&mut self, index: usize, act: impl FnOnce(&mut Self, &mut Client)) {
        if index < self.clients.len() {
            let mut client = self.clients.remove(index);
            act(self, &mut client);
            self.clients.insert(index, client);
        }
    }
}

proptest! {
    #[test]
    fn a_client_receives_all_messages_or_a_reset(events in prop::collection::vec(event(), 0..80)) {
        let mut model = Model::new();
        events.into_iter().for_each(|event| model.happens(event));
        for at in 0..model.clients.len() {
            model.happens(Event::Peek(at));
        }
    }
}
