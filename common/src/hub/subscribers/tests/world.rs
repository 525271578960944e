//! A worker's readers without the worker: real sockets, a clock that is moved by hand, and a transport that writes a letter
//! for each thing.

use crate::{
    budget::MemoryBudget,
    history::{Reset, Resume, Retention},
    hub::{
        Channel, Disconnect, EncodedBatch, Encoder, Flow, FrameHandler, Hub, NewStream, ParkedPoll,
        PendingReply, PollTemplate, Timeouts,
        subscribers::{SubscriberKey, Subscribers},
        timer_queue::ticks,
        wakeup::Wakeup,
    },
    message::{ChannelName, Cursor, Message, MessageId},
    metrics::{Metrics, Sent},
    net::{ConnectionPermit, Detached},
};
use bytes::{Bytes, BytesMut};
use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    rc::Rc,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

/// The hub's tick.
const TENTH: Duration = Duration::from_millis(100);
/// How long a request waits for an answer.
const WAIT: Duration = seconds(25);

pub(super) struct World {
    pub(super) subscribers: Subscribers,
    wakeup: Arc<Wakeup>,
    pub(super) metrics: Arc<Metrics>,
    hub: Hub,
    feed: Arc<Channel>,
    paper: Arc<Paper>,
}

/// What was written and when, in tenths of a second.
#[derive(Default)]
struct Paper {
    now: AtomicU32,
    /// For how long the machine was suspended: only the wall clock counts that.
    suspended: AtomicU32,
    written: Mutex<Vec<(char, u32)>>,
    /// When readers that were told to go are to come back.
    comebacks: Mutex<Vec<Duration>>,
    wants_answers: bool,
}

impl World {
    /// Heartbeats come every 15 s, and a reader that takes nothing for 20 s is cut. Some transports want their heartbeats
    /// answered.
    pub(super) fn new(wants_answers: bool) -> Self {
        Self::within(wants_answers, MemoryBudget::new(usize::MAX))
    }

    /// The same with a bound on what readers leave for later.
    pub(super) fn within(wants_answers: bool, budget: MemoryBudget) -> Self {
        let (paper, metrics) = (
            Arc::new(Paper {
                wants_answers,
                ..Paper::default()
            }),
            Arc::new(Metrics::new("test")),
        );
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
        hub.open(
            &ChannelName::main(),
            MessageId {
                epoch: 7,
                offset: 0,
            },
            Vec::new(),
        );
        let feed = hub.channel(&ChannelName::main()).expect("it was opened");
        let (wakeup, began, time) = (hub.new_wakeup(), Instant::now(), paper.clone());
        let clock = Box::new(move || {
            (
                began + TENTH * time.now(),
                SystemTime::UNIX_EPOCH + TENTH * time.wall(),
            )
        });
        let subscribers =
            Subscribers::new(timeouts, wakeup.clone(), metrics.clone(), budget, clock);
        Self {
            subscribers,
            wakeup,
            metrics,
            hub,
            feed,
            paper,
        }
    }

    /// A client that reads a stream, to the end of its token if it has one.
    pub(super) fn subscribe(&mut self, until: Option<Duration>) -> TcpStream {
        self.adopt(None, until)
    }

    /// A client whose words mean something.
    pub(super) fn converse(&mut self, frames: impl FrameHandler + 'static) -> TcpStream {
        self.adopt(Some(Box::new(frames)), None)
    }

    fn adopt(
        &mut self,
        frames: Option<Box<dyn FrameHandler>>,
        until: Option<Duration>,
    ) -> TcpStream {
        let (client, taken) = connect();
        let (feed, encoder) = (self.feed.clone().into(), self.paper.clone());
        let start = Resume {
            cursor: self.feed.latest(),
            reset: None,
        };
        let stream = NewStream {
            detached: taken,
            channel: feed,
            encoder,
            resume: start,
            opening: BytesMut::new(),
            frames,
            expires_in: until,
        };
        assert!(
            self.subscribers.adopt(stream).is_none(),
            "it asks for nothing"
        );
        client
    }

    /// A client that reads a stream and has asked for something that never comes.
    pub(super) fn subscribe_and_ask(&mut self) -> TcpStream {
        let (client, mut taken) = connect();
        taken.read_ahead = Bytes::from_static(b"?");
        let (feed, encoder) = (self.feed.clone(), self.paper.clone());
        let (start, frames) = (
            Resume {
                cursor: feed.latest(),
                reset: None,
            },
            Some(Box::new(Question) as _),
        );
        let stream = NewStream {
            detached: taken,
            channel: feed.into(),
            encoder,
            resume: start,
            opening: BytesMut::new(),
            frames,
            expires_in: None,
        };
        assert!(
            self.subscribers.adopt(stream).is_some(),
            "it asks for something"
        );
        client
    }

    /// A client whose request waits.
    pub(super) fn poll(&mut self) -> TcpStream {
        let (client, taken) = connect();
        let (feed, template) = (self.feed.clone().into(), Rc::new(Poll(self.paper.clone())));
        let cursor = self.feed.latest();
        self.subscribers.park(ParkedPoll {
            detached: taken,
            channel: feed,
            template,
            cursor,
            expires_in: None,
        });
        client
    }

    /// Publishes, and serves everybody.
    pub(super) fn publish(&mut self, body: &str) {
        self.append(body);
        self.fan_out();
    }

    /// Publishes only.
    pub(super) fn append(&self, body: &str) {
        let (channel, id) = (ChannelName::main(), self.feed.latest().next());
        self.hub
            .deliver(&channel, Message::new(id, &channel, body, 0))
            .expect("the next one");
    }

    /// Serves everybody; says whether several messages came since the last time.
    pub(super) fn fan_out(&mut self) -> bool {
        let mut walk = self.subscribers.fan_out(&self.feed);
        while self.subscribers.fan_out_some(&mut walk) {}
        walk.has_several()
    }

    /// A client says something, and is heard.
    pub(super) async fn say(&mut self, client: &mut TcpStream, words: &[u8]) {
        client.write_all(words).expect("a peer that reads");
        assert!(self.hear().await.is_none(), "it asks for nothing");
    }

    /// Waits until a client has said something; gives what it asks for.
    pub(super) async fn hear(&mut self) -> Option<(SubscriberKey, PendingReply)> {
        loop {
            self.wakeup.rung().await;
            let slots = self.wakeup.take_slots();
            if !slots.is_empty() {
                return slots
                    .into_iter()
                    .filter_map(|slot| self.subscribers.ready(slot))
                    .last();
            }
        }
    }

    /// Lets time pass, as a worker does: timers fire when they are due.
    pub(super) fn pass(&mut self, time: Duration) {
        for _ in 0..ticks(time) {
            self.paper.now.fetch_add(1, Ordering::Relaxed);
            self.subscribers.fire();
        }
    }

    /// Suspends the machine for this time.
    pub(super) fn suspend(&self, time: Duration) {
        self.paper
            .suspended
            .fetch_add(ticks(time), Ordering::Relaxed);
    }

    /// Lets time pass in which nothing happens.
    pub(super) fn sleep(&self, time: Duration) {
        self.paper.now.fetch_add(ticks(time), Ordering::Relaxed);
    }

    /// When those who were told to go are to come back, from when all began.
    pub(super) fn comebacks(&self) -> Vec<Duration> {
        self.paper.comebacks.lock().unwrap().clone()
    }

    /// What was written: `m` for messages, `h` for a heartbeat, `g` for a goodbye, `e` for an empty answer; and when, in
    /// tenths of a second.
    pub(super) fn written(&self) -> Vec<(char, u32)> {
        self.paper.written.lock().unwrap().clone()
    }
}

pub(super) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// All that a client gets until its connection ends.
pub(super) fn all(mut client: TcpStream) -> String {
    let mut all = String::new();
    client
        .read_to_string(&mut all)
        .expect("an end, in good time");
    all
}

fn connect() -> (TcpStream, Detached) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let client = TcpStream::connect(listener.local_addr().unwrap()).expect("it listens");
    client.set_read_timeout(Some(seconds(20))).unwrap();
    let (io, _) = listener.accept().expect("a client");
    io.set_nonblocking(true).unwrap();
    let io = tokio::net::TcpStream::from_std(io).unwrap();
    (
        client,
        Detached {
            io,
            unwritten: Bytes::new(),
            headers: BytesMut::new(),
            read_ahead: Bytes::new(),
            permit: ConnectionPermit::for_test(),
        },
    )
}

impl Paper {
    fn now(&self) -> u32 {
        self.now.load(Ordering::Relaxed)
    }

    fn wall(&self) -> u32 {
        self.now() + self.suspended.load(Ordering::Relaxed)
    }

    fn write(&self, letter: char, length: usize) -> Bytes {
        self.written.lock().unwrap().push((letter, self.now()));
        letter.to_string().repeat(length).into()
    }
}

impl Encoder for Paper {
    /// As long as the messages, so that a test can fill a socket.
    fn messages(&self, batch: &[Message]) -> Bytes {
        self.write('m', batch.iter().map(|message| message.body().len()).sum())
    }

    fn reset(&self, _: Reset) -> Bytes {
        self.write('r', 1)
    }

    fn heartbeat(&self) -> Bytes {
        self.write('h', 1)
    }

    fn expects_replies(&self) -> bool {
        self.wants_answers
    }

    fn disconnect(&self, disconnect: Disconnect) -> Bytes {
        if let Disconnect::Draining(comeback) = disconnect {
            self.comebacks
                .lock()
                .unwrap()
                .push(TENTH * self.now() + comeback);
        }
        self.write('g', 1)
    }
}

/// What is answered never.
struct Question;

impl FrameHandler for Question {
    fn receive(&mut self, _: &[u8], _: &mut BytesMut) -> Flow {
        Flow::PendingReply(Box::pin(std::future::pending()))
    }

    fn is_full(&self) -> bool {
        true
    }
}

struct Poll(Arc<Paper>);

impl PollTemplate for Poll {
    fn response(&self, feed: &Channel, cursor: MessageId, _: bool) -> EncodedBatch {
        let letter = if feed.has_news(cursor) { 'm' } else { 'e' };
        EncodedBatch::new(self.0.write(letter, 1), feed.latest(), Sent::default())
    }

    fn encoding(&self) -> usize {
        0
    }

    fn wait(&self) -> Duration {
        WAIT
    }

    fn matches(&self, said: &[u8]) -> Option<Cursor> {
        (said == b"again").then_some(Cursor::Latest)
    }
}
