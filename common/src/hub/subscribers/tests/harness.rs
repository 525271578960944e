//! The subscribers of a shard without its task: real sockets, a clock that tests advance, and a
//! transport that encodes everything as one letter.

use crate::{
    budget::MemoryBudget,
    history::{HistoryRead, Reset, Resume, Retention},
    hub::{
        Channel, Disconnect, EncodedBatch, Encoder, Flow, FrameHandler, Hub, NewPoll, NewStream,
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
use parking_lot::Mutex;
use socket2::SockRef;
use std::{
    future::pending,
    io::{ErrorKind, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};
use tokio::time::timeout;

/// The resolution of the shard's clock.
const TENTH: Duration = Duration::from_millis(100);
/// What is asked of the kernel for each direction; it takes up to twice as much.
pub(super) const KERNEL_BUFFER: usize = 64 * 1024;
/// How long a poll waits.
const WAIT: Duration = seconds(25);

pub(super) struct Harness {
    pub(super) subscribers: Subscribers,
    pub(super) metrics: Arc<Metrics>,
    wakeup: Arc<Wakeup>,
    hub: Hub,
    channel: Arc<Channel>,
    transport: Arc<LetterTransport>,
}

/// Encodes everything as a letter, and records when. Owns the clock.
#[derive(Default)]
struct LetterTransport {
    /// Tenths of a second since the start.
    now: AtomicU32,
    /// How long the machine was suspended, which only the wall clock counts.
    suspended: AtomicU32,
    written: Mutex<Vec<(char, u32)>>,
    /// When disconnected subscribers are to reconnect.
    reconnects: Mutex<Vec<Duration>>,
    expects_replies: bool,
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
        let wakeup = hub.0.wakeups.add();
        let began = Instant::now();
        let times = transport.clone();
        let clock = Box::new(move || {
            let now = began + TENTH * times.now();
            (now, SystemTime::UNIX_EPOCH + TENTH * times.wall_now())
        });
        let subscribers =
            Subscribers::new(timeouts, wakeup.clone(), metrics.clone(), budget, clock);
        Self {
            subscribers,
            metrics,
            wakeup,
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
            channel: self.channel.clone().into(),
            encoder: self.transport.clone(),
            resume: Resume::at(self.channel.latest()),
            opening: BytesMut::new(),
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
        let subscribers = &mut self.subscribers;
        while subscribers.continue_fan_out(&self.channel, &mut fan_out) {}
        fan_out.has_several()
    }

    /// Sends bytes from a client, which contain no request, and reads them.
    pub(super) async fn receive(&mut self, client: &mut TcpStream, bytes: &[u8]) {
        client.write_all(bytes).expect("an open connection");
        assert!(self.serve_ready().await.is_none(), "no request");
    }

    /// Reads `length` bytes from a client that does not block, and serves its socket meanwhile.
    pub(super) async fn read(&mut self, client: &mut TcpStream, length: usize) {
        let mut rest = vec![0; length];
        while !rest.is_empty() {
            match client.read(&mut rest) {
                Ok(0) => panic!("the connection ended"),
                Ok(received) => rest.truncate(rest.len() - received),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    // Bytes may be on their way although the socket of the shard is not ready.
                    let _ = timeout(TENTH, self.serve_ready()).await;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Waits until a socket is ready, and serves it. Returns a request of its client.
    pub(super) async fn serve_ready(&mut self) -> Option<(SubscriberKey, PendingReply)> {
        loop {
            self.wakeup.woken().await;
            let slots = self.wakeup.take_slots();
            if !slots.is_empty() {
                return slots
                    .into_iter()
                    .filter_map(|slot| self.subscribers.serve_ready(slot))
                    .last();
            }
        }
    }

    /// Advances the clock and fires timers, as a shard does.
    pub(super) fn advance(&mut self, time: Duration) {
        for _ in 0..ticks(time) {
            self.transport.now.fetch_add(1, Ordering::Relaxed);
            self.subscribers.fire_timers();
        }
    }

    /// Advances the clock without firing timers.
    pub(super) fn advance_silently(&self, time: Duration) {
        self.transport.now.fetch_add(ticks(time), Ordering::Relaxed);
    }

    /// Suspends the machine.
    pub(super) fn suspend(&self, time: Duration) {
        self.transport
            .suspended
            .fetch_add(ticks(time), Ordering::Relaxed);
    }

    /// Returns how many subscribers are counted.
    pub(super) fn count(&self) -> i64 {
        self.metrics.subscribers.get()
    }

    /// Returns when disconnected subscribers are to reconnect, from the start of the test.
    pub(super) fn reconnects(&self) -> Vec<Duration> {
        self.transport.reconnects.lock().clone()
    }

    /// Returns what was encoded, and when in tenths of a second: `m` for messages, `h` for a
    /// heartbeat, `d` for a disconnect, `r` for a reset, `e` for an empty response.
    pub(super) fn written(&self) -> Vec<(char, u32)> {
        self.transport.written.lock().clone()
    }

    /// Returns the letters of [`Harness::written`].
    pub(super) fn letters(&self) -> String {
        self.written().iter().map(|(letter, _)| letter).collect()
    }
}

pub(super) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Reads everything that a client gets until its connection ends.
pub(super) fn read_all(mut client: TcpStream) -> String {
    let mut text = String::new();
    client
        .read_to_string(&mut text)
        .expect("the end of the connection in time");
    text
}

fn connect() -> (TcpStream, Detached) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let client = TcpStream::connect(listener.local_addr().unwrap()).expect("a listener");
    client.set_read_timeout(Some(seconds(20))).unwrap();
    let (io, _) = listener.accept().expect("a client");
    io.set_nonblocking(true).unwrap();
    SockRef::from(&client)
        .set_recv_buffer_size(KERNEL_BUFFER)
        .unwrap();
    SockRef::from(&io)
        .set_send_buffer_size(KERNEL_BUFFER)
        .unwrap();
    let detached = Detached {
        io: tokio::net::TcpStream::from_std(io).unwrap(),
        unwritten: Bytes::new(),
        headers: BytesMut::new(),
        read_ahead: Bytes::new(),
        permit: ConnectionPermit::for_test(),
    };
    (client, detached)
}

impl LetterTransport {
    fn now(&self) -> u32 {
        self.now.load(Ordering::Relaxed)
    }

    fn wall_now(&self) -> u32 {
        self.now() + self.suspended.load(Ordering::Relaxed)
    }

    fn write(&self, letter: char, length: usize) -> Bytes {
        self.written.lock().push((letter, self.now()));
        letter.to_string().repeat(length).into()
    }
}

impl Encoder for LetterTransport {
    /// As long as the messages, so that a test can fill a socket.
    fn messages(&self, batch: &[Message]) -> Bytes {
        let length = batch.iter().map(|message| message.body().len()).sum();
        self.write('m', length)
    }

    fn reset(&self, _: Reset) -> Bytes {
        self.write('r', 1)
    }

    fn heartbeat(&self) -> Bytes {
        self.write('h', 1)
    }

    fn expects_replies(&self) -> bool {
        self.expects_replies
    }

    fn disconnect(&self, disconnect: Disconnect) -> Bytes {
        if let Disconnect::Draining(reconnect_after) = disconnect {
            let reconnect = TENTH * self.now() + reconnect_after;
            self.reconnects.lock().push(reconnect);
        }
        self.write('d', 1)
    }
}

/// Takes everything for one request, whose reply never comes.
struct NeverReplies;

impl FrameHandler for NeverReplies {
    fn receive(&mut self, _: &[u8], _: &mut BytesMut) -> Flow {
        Flow::PendingReply(Box::pin(pending()))
    }

    fn is_full(&self) -> bool {
        true
    }
}

struct LetterTemplate(Arc<LetterTransport>);

impl PollTemplate for LetterTemplate {
    fn response(&self, channel: &Channel, cursor: MessageId, _: bool) -> EncodedBatch {
        let bytes = match channel.read(cursor, usize::MAX, usize::MAX) {
            HistoryRead::Messages(messages) => self.0.messages(&messages),
            HistoryRead::CaughtUp | HistoryRead::Reset(_) => self.0.write('e', 1),
        };
        EncodedBatch::new(bytes, channel.latest(), Sent::default())
    }

    fn encoding(&self) -> usize {
        0
    }

    fn wait(&self) -> Duration {
        WAIT
    }

    fn matches(&self, request: &[u8]) -> Option<Cursor> {
        (request == b"again").then_some(Cursor::Latest)
    }
}
