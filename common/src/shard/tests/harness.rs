//! The subscribers of a shard without its task: real sockets, a clock that tests advance, and a
//! transport that encodes everything as one letter.

mod progress;
mod reads;

use super::{
    clients::{TENTH, connect, seconds},
    letter_transport::{LetterTemplate, LetterTransport, NeverReplies},
};
use crate::{
    budget::MemoryBudget,
    channels::Channel,
    history::{Resume, Retention},
    hub::{Hub, Timeouts},
    message::{ChannelName, Message, MessageId},
    metrics::Metrics,
    shard::{
        new_subscriber::{NewPoll, NewStream, StreamChannels},
        subscribers::Subscribers,
    },
    subscriber::SubscriberKey,
    transport::{FrameHandler, PendingReply},
};
use bytes::Bytes;
use net::{Detached, SocketEvents};
use std::{
    net::TcpStream,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

pub(super) struct Harness {
    pub(super) subscribers: Subscribers,
    pub(super) metrics: Arc<Metrics>,
    sockets: SocketEvents,
    hub: Hub,
    channel: Arc<Channel>,
    transport: Arc<LetterTransport>,
}

impl Harness {
    /// Creates a shard with heartbeats every 15 s, which disconnects stalled subscribers after 20
    /// s.
    pub(super) fn new() -> Self {
        Self::build(false, MemoryBudget::new(usize::MAX))
    }

    /// Creates one whose transport expects replies to its heartbeats.
    pub(super) fn expecting_replies() -> Self {
        Self::build(true, MemoryBudget::new(usize::MAX))
    }

    /// Creates one with a memory budget for unsent bytes.
    pub(super) fn with_budget(budget: MemoryBudget) -> Self {
        Self::build(false, budget)
    }

    fn build(expects_replies: bool, budget: MemoryBudget) -> Self {
        let transport = Arc::new(LetterTransport {
            expects_replies,
            ..LetterTransport::default()
        });
        let metrics = Arc::new(Metrics::new("test"));
        let retention = Retention {
            messages: 1000,
            bytes: 1 << 24,
            age: u64::MAX,
        };
        let timeouts = Timeouts {
            heartbeat: seconds(15),
            stalled: seconds(20),
            keep_alive: seconds(75),
        };
        let hub = Hub::new(retention, 1 << 24, timeouts, metrics.clone());
        let latest = MessageId {
            epoch: 7,
            offset: 0,
        };
        hub.open(&ChannelName::main(), latest, Vec::new());
        let channel = hub.channel(&ChannelName::main()).expect("an open channel");
        let wakeup = hub.add_wakeup();
        let began = Instant::now();
        let times = transport.clone();
        let clock = Box::new(move || {
            let now = began + TENTH * times.now();
            (
                now,
                SystemTime::UNIX_EPOCH + Duration::from_millis(100 * times.wall_now()),
            )
        });
        let sockets = SocketEvents::new().expect("a file descriptor");
        let subscribers = Subscribers::new(&hub, wakeup, sockets.clone(), budget, clock);
        Self {
            subscribers,
            metrics,
            sockets,
            hub,
            channel,
            transport,
        }
    }

    /// Returns a client that subscribes to a stream, until its token expires if it does.
    pub(super) fn subscribe(&mut self, expires_in: Option<Duration>) -> TcpStream {
        let (client, detached) = connect();
        let reply = self.add_stream(detached, None, expires_in);
        assert!(reply.is_none(), "no request");
        client
    }

    /// Returns a client of a stream that decodes what it sends.
    pub(super) fn converse(&mut self, handler: impl FrameHandler + 'static) -> TcpStream {
        let (client, detached) = connect();
        let reply = self.add_stream(detached, Some(Box::new(handler)), None);
        assert!(reply.is_none(), "no request");
        client
    }

    /// Returns a client of a stream that has sent a request whose reply never comes.
    pub(super) fn subscribe_and_request(&mut self) -> TcpStream {
        let (client, mut detached) = connect();
        detached.read_ahead = Bytes::from_static(b"?");
        let reply = self.add_stream(detached, Some(Box::new(NeverReplies)), None);
        assert!(reply.is_some(), "a request");
        client
    }

    fn add_stream(
        &mut self,
        detached: Detached,
        incoming: Option<Box<dyn FrameHandler>>,
        expires_in: Option<Duration>,
    ) -> Option<(SubscriberKey, PendingReply)> {
        self.subscribers.add_stream(NewStream {
            detached,
            channels: StreamChannels::One(
                self.channel.clone().into(),
                Resume::at(self.channel.latest()),
            ),
            encoder: self.transport.clone(),
            opening: Bytes::new(),
            incoming,
            expires_in,
        })
    }

    /// Returns a client whose poll waits.
    pub(super) fn poll(&mut self) -> TcpStream {
        let (client, detached) = connect();
        self.subscribers.add_poll(NewPoll {
            detached,
            channel: self.channel.clone().into(),
            template: Rc::new(LetterTemplate(self.transport.clone())),
            cursor: self.channel.latest(),
            expires_in: None,
        });
        client
    }

    /// Publishes a message and fans it out.
    pub(super) fn publish(&mut self, body: &str) {
        self.deliver(body);
        self.fan_out();
    }

    /// Publishes a message.
    pub(super) fn deliver(&self, body: &str) {
        let name = ChannelName::main();
        let message = Message::new(self.channel.latest().next(), &name, body, 0);
        self.hub.deliver(&name, message).expect("the next message");
    }

    /// Fans out. Returns whether there were several messages.
    pub(super) fn fan_out(&mut self) -> bool {
        let mut fan_out = self.subscribers.begin_fan_out(&self.channel);
        let mut allowance = usize::MAX;
        self.subscribers
            .continue_fan_out(&self.channel, &mut fan_out, &mut allowance);
        fan_out.has_several()
    }

    /// Begins a fan-out with an allowance. Returns whether it is not complete.
    pub(super) fn begin_fan_out_with(&mut self, allowance: &mut usize) -> bool {
        let mut fan_out = self.subscribers.begin_fan_out(&self.channel);
        self.subscribers
            .continue_fan_out(&self.channel, &mut fan_out, allowance)
    }

    /// Returns how many subscribers are counted.
    pub(super) fn count(&self) -> i64 {
        self.metrics.subscribers.get()
    }
}
