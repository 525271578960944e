//! Subscribers of several channels and of one, in the groups of their channels.

use super::clients::connect;
use crate::{
    budget::MemoryBudget,
    channel_set::ChannelSet,
    history::{Reset, Resume, Retention},
    hub::{Hub, Timeouts},
    message::{ChannelName, Cursor, Message, MessageId},
    metrics::Metrics,
    shard::{
        new_subscriber::{NewStream, StreamChannels},
        subscribers::Subscribers,
    },
    subscriber::SubscriberKey,
    transport::{Change, ChannelChange, Disconnect, Encoder, Reply, SetEncoder},
};
use bytes::{Bytes, BytesMut};
use net::SocketEvents;
use proptest::prelude::*;
use std::{
    fmt::Display,
    io::{ErrorKind, Read},
    net::TcpStream,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// Encodes a message as the name of its channel.
struct NameTransport;

fn name_in(message: &Message) -> u8 {
    let json: serde_json::Value = serde_json::from_slice(message.json()).unwrap();
    json["channel"].as_str().unwrap().as_bytes()[0]
}

impl Encoder for NameTransport {
    fn messages(&self, batch: &[Message]) -> Bytes {
        batch.iter().map(name_in).collect::<Vec<_>>().into()
    }

    fn reset(&self, _: Reset) -> Bytes {
        Bytes::from_static(b"r")
    }

    fn heartbeat(&self) -> Bytes {
        Bytes::from_static(b"h")
    }

    fn end(&self, _: MessageId) -> Option<Bytes> {
        None
    }

    fn disconnect(&self, _: Disconnect) -> Bytes {
        Bytes::from_static(b".")
    }

    fn for_sets(&self) -> Option<&dyn SetEncoder> {
        Some(self)
    }
}

impl SetEncoder for NameTransport {
    fn write_message(&self, message: &Message, _: &dyn Display, out: &mut BytesMut) {
        out.extend_from_slice(&[name_in(message)]);
    }

    fn write_reset(&self, _: &ChannelName, _: Reset, _: &dyn Display, out: &mut BytesMut) {
        out.extend_from_slice(b"r");
    }

    fn end(&self, _: &dyn Display) -> Bytes {
        Bytes::new()
    }
}

/// An operation on a shard. Subscribers are chosen by a number, modulo how many there are.
#[derive(Clone, Debug)]
enum Event {
    /// A subscriber of one channel arrives.
    One(usize),
    /// A subscriber of these channels arrives.
    Several(Vec<usize>),
    Subscribe(usize, usize),
    Unsubscribe(usize, usize),
    Leave(usize),
    Publish(usize),
}

fn event() -> impl Strategy<Value = Event> {
    let channel = 0..NAMES.len();
    let channels = proptest::sample::subsequence((0..NAMES.len()).collect::<Vec<_>>(), 2..4);
    prop_oneof![
        2 => channel.clone().prop_map(Event::One),
        2 => channels.prop_map(Event::Several),
        2 => (0..9usize, channel.clone()).prop_map(|(who, channel)| Event::Subscribe(who, channel)),
        2 => (0..9usize, channel.clone()).prop_map(|(who, channel)| Event::Unsubscribe(who, channel)),
        1 => (0..9usize).prop_map(Event::Leave),
        6 => channel.prop_map(Event::Publish),
    ]
}

struct Reader {
    client: TcpStream,
    key: SubscriberKey,
    channels: Vec<usize>,
    expected: String,
}

struct Shard {
    hub: Hub,
    subscribers: Subscribers,
    readers: Vec<Reader>,
    budget: MemoryBudget,
}

fn name(channel: usize) -> ChannelName {
    ChannelName::parse(NAMES[channel]).unwrap()
}

impl Shard {
    fn new() -> Self {
        let retention = Retention {
            messages: 1000,
            bytes: 1 << 20,
            age: u64::MAX,
        };
        let day = Duration::from_secs(86_400);
        let timeouts = Timeouts {
            heartbeat: day,
            stalled: day,
            keep_alive: day,
        };
        let hub = Hub::new(retention, 1 << 24, timeouts, Arc::new(Metrics::new("test")));
        for channel in 0..NAMES.len() {
            let latest = MessageId {
                epoch: 7,
                offset: 0,
            };
            hub.open(&name(channel), latest, Vec::new());
        }
        let budget = MemoryBudget::new(usize::MAX);
        let wakeup = hub.add_wakeup();
        let sockets = SocketEvents::new().expect("a file descriptor");
        let clock = Box::new(|| (Instant::now(), SystemTime::now()));
        Self {
            subscribers: Subscribers::new(&hub, wakeup, sockets, budget.clone(), clock),
            hub,
            readers: Vec::new(),
            budget,
        }
    }

    fn apply(&mut self, event: Event) {
        match event {
            Event::One(channel) => self.add_one(channel),
            Event::Several(channels) => self.add_several(channels),
            Event::Subscribe(who, channel) => self.change(who, channel, true),
            Event::Unsubscribe(who, channel) => self.change(who, channel, false),
            Event::Leave(who) => self.leave(who),
            Event::Publish(channel) => self.publish(channel),
        }
    }

    fn add_one(&mut self, channel: usize) {
        let lease = self.hub.lease(&name(channel)).unwrap();
        let resume = Resume::at(lease.latest());
        self.add(StreamChannels::One(lease, resume), vec![channel]);
    }

    fn add_several(&mut self, channels: Vec<usize>) {
        let set = self.set(&channels);
        self.add(
            StreamChannels::Several(set, self.budget.share(None)),
            channels,
        );
    }

    fn add(&mut self, subscribed: StreamChannels, channels: Vec<usize>) {
        let (client, detached) = connect();
        self.subscribers.add_stream(NewStream {
            detached,
            channels: subscribed,
            encoder: Arc::new(NameTransport),
            opening: Bytes::new(),
            incoming: None,
            expires_in: None,
        });
        self.added(client, channels);
    }

    fn set(&self, channels: &[usize]) -> ChannelSet {
        let lease = |channel: &usize| (self.hub.lease(&name(*channel)).unwrap(), Cursor::Latest);
        ChannelSet::new(&self.hub, channels.iter().map(lease))
    }

    fn added(&mut self, client: TcpStream, channels: Vec<usize>) {
        let keys = self.subscribers.table.keys();
        let is_new = |key: &SubscriberKey| {
            let mut readers = self.readers.iter();
            readers.all(|reader| reader.key.serial != key.serial)
        };
        let key = keys.into_iter().find(is_new).expect("a new subscriber");
        self.readers.push(Reader {
            client,
            key,
            channels,
            expected: String::new(),
        });
    }

    fn change(&mut self, who: usize, channel: usize, adds: bool) {
        if self.readers.is_empty() {
            return;
        }
        let who = who % self.readers.len();
        let has = self.readers[who].channels.contains(&channel);
        let change = if adds {
            Change::Subscribe(self.set(&[channel]))
        } else {
            Change::Unsubscribe(name(channel))
        };
        let acknowledge = Box::new(move |result: Result<String, _>| {
            assert_eq!(result.is_ok(), has != adds, "{result:?}");
            Bytes::from_static(if result.is_ok() { b"+" } else { b"-" })
        });
        let change = Reply::Change(Box::new(ChannelChange {
            change,
            share: self.budget.share(None),
            acknowledge,
        }));
        self.subscribers.send_reply(self.readers[who].key, change);
        let reader = &mut self.readers[who];
        reader.expected.push(if has == adds { '-' } else { '+' });
        reader.channels.retain(|other| *other != channel);
        if adds {
            reader.channels.push(channel);
        }
    }

    fn leave(&mut self, who: usize) {
        if !self.readers.is_empty() {
            let reader = self.readers.swap_remove(who % self.readers.len());
            let departure = net::DisconnectReason::Left.into();
            self.subscribers.remove(reader.key, departure);
        }
    }

    fn publish(&mut self, channel: usize) {
        let channel_name = name(channel);
        let of_hub = self.hub.channel(&channel_name).unwrap();
        let message = Message::new(of_hub.latest().next(), &channel_name, "1", 9);
        self.hub.deliver(&channel_name, message).unwrap();
        let mut fan_out = self.subscribers.begin_fan_out(&of_hub);
        let mut allowance = usize::MAX;
        self.subscribers
            .continue_fan_out(&of_hub, &mut fan_out, &mut allowance);
        for reader in &mut self.readers {
            if reader.channels.contains(&channel) {
                reader.expected.push_str(NAMES[channel]);
            }
        }
    }

    /// Everybody leaves. Each has got what was published on its channels, and nothing is left.
    fn finish(mut self) {
        for mut reader in std::mem::take(&mut self.readers) {
            let departure = net::DisconnectReason::Left.into();
            self.subscribers.remove(reader.key, departure);
            let mut received = String::new();
            match reader.client.read_to_string(&mut received) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
                Err(error) => panic!("{error}"),
            }
            assert_eq!(received, reader.expected);
        }
        assert!(self.subscribers.table.is_empty());
        for channel in 0..NAMES.len() {
            assert!(!self.hub.is_leased(&name(channel)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_subscriber_gets_what_its_channels_get(
        events in proptest::collection::vec(event(), 0..60)
    ) {
        actix_rt::System::new().block_on(async {
            let mut shard = Shard::new();
            events.into_iter().for_each(|event| shard.apply(event));
            shard.finish();
        });
    }
}
