//! The publishers of a load: connections with one publication in flight each.

use super::{
    clock,
    connection::Connection,
    counters::Counters,
    decoder::{Decoder, Event},
    dialect::FrameDialect,
    engine::Endpoints,
    stamp::Stamp,
};
use anyhow::{Context, Result, ensure};
use client::Transport;
use mio::Token;
use std::{collections::VecDeque, io, time::Duration};
use wire::frames::{self, Opcode};

/// The most connections of publishers. Further publications wait for a free one.
const MAX_CONNECTIONS: usize = 64;
/// First token of publishers. Lower tokens belong to subscribers.
pub(super) const FIRST_TOKEN: usize = 1 << 40;

/// How messages are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    /// As POST requests on persistent connections.
    Post,
    /// As frames on WebSockets.
    Frame,
    /// As frames on WebSockets that return each text. The text is the acknowledgement.
    Echo,
}

pub(super) struct Publishers {
    via: Via,
    size: usize,
    connections: Vec<PublisherConnection>,
    queue: VecDeque<Stamp>,
}

struct PublisherConnection {
    connection: Connection,
    decoder: Decoder,
    /// Whether it is ready to publish.
    open: bool,
    /// Whether it has carried a publication.
    used: bool,
    /// Whether the server ended it while nothing was in flight.
    ended: bool,
    /// The publication in flight: its number, and when it was sent.
    sent: Option<(u64, Duration)>,
}

impl Publishers {
    /// Creates publishers of messages with texts of `size` bytes.
    pub(super) fn new(via: Via, size: usize) -> Self {
        Self {
            via,
            size,
            connections: Vec::new(),
            queue: VecDeque::new(),
        }
    }

    /// Publishes a message as soon as a connection is free.
    pub(super) fn publish(&mut self, stamp: Stamp, endpoints: &Endpoints) -> io::Result<()> {
        self.queue.push_back(stamp);
        if self.connections.len() < MAX_CONNECTIONS
            && !self.connections.iter().any(PublisherConnection::is_free)
        {
            let token = Token(FIRST_TOKEN + self.connections.len());
            self.connections
                .push(PublisherConnection::open(self.via, endpoints, token)?);
        }
        self.send_waiting(endpoints)
    }

    /// Returns whether every publication has its acknowledgement.
    pub(super) fn idle(&self) -> bool {
        self.queue.is_empty()
            && self
                .connections
                .iter()
                .all(|connection| connection.sent.is_none())
    }

    /// Reads responses. Returns the number of a message that was acknowledged.
    pub(super) fn serve_ready(
        &mut self,
        index: usize,
        endpoints: &Endpoints,
        buffer: &mut [u8],
        counters: &mut Counters,
    ) -> Result<Option<u64>> {
        let Some(connection) = self.connections.get_mut(index) else {
            return Ok(None);
        };
        let acknowledged = connection
            .serve_ready(self.via, &endpoints.target.frames, buffer, counters)
            .context("publishing")?;
        self.send_waiting(endpoints).context("publishing")?;
        Ok(acknowledged)
    }

    fn send_waiting(&mut self, endpoints: &Endpoints) -> io::Result<()> {
        let Self {
            via,
            size,
            connections,
            queue,
        } = self;
        for (index, connection) in connections
            .iter_mut()
            .enumerate()
            .filter(|(_, connection)| connection.is_free())
        {
            let Some(stamp) = queue.pop_front() else {
                break;
            };
            connection.send(*via, (stamp, *size), endpoints, Token(FIRST_TOKEN + index))?;
        }
        Ok(())
    }
}

impl PublisherConnection {
    fn open(via: Via, endpoints: &Endpoints, token: Token) -> io::Result<Self> {
        let address = if via == Via::Post {
            endpoints.publish_address
        } else {
            endpoints.address
        };
        let mut connection = Connection::open(address, &endpoints.registry, token)?;
        let (decoder, open) = match via {
            Via::Post => (Decoder::responses(), true),
            Via::Frame | Via::Echo => {
                connection.send(|out| endpoints.target.subscribe(0, b"", out))?;
                (Decoder::new(Transport::Ws), false)
            }
        };
        Ok(Self {
            connection,
            decoder,
            open,
            used: false,
            ended: false,
            sent: None,
        })
    }

    fn is_free(&self) -> bool {
        self.open && self.sent.is_none()
    }

    fn send(
        &mut self,
        via: Via,
        (stamp, size): (Stamp, usize),
        endpoints: &Endpoints,
        token: Token,
    ) -> io::Result<()> {
        let text = stamp.text(size);
        let now = clock::now();
        if self.ended || (endpoints.target.new_connections && self.used && via == Via::Post) {
            *self = Self::open(via, endpoints, token)?;
        }
        (self.sent, self.used) = (Some((stamp.number, now)), true);
        self.connection.send(|out| match via {
            Via::Post => endpoints.target.post(stamp.number, &text, out),
            Via::Frame => {
                let number = stamp.number;
                let publish = format!(r#"{{"publish":{{"message":"{text}"}},"ref":{number}}}"#);
                frames::write(Opcode::Text, publish.as_bytes(), out);
            }
            Via::Echo => {
                let echo = endpoints.target.echo(&text);
                frames::write(Opcode::Text, echo.as_bytes(), out);
            }
        })
    }

    fn serve_ready(
        &mut self,
        via: Via,
        dialect: &FrameDialect,
        buffer: &mut [u8],
        counters: &mut Counters,
    ) -> Result<Option<u64>> {
        let Self {
            connection,
            decoder,
            ..
        } = self;
        connection.flush()?;
        let mut decoded = Decoded::default();
        let is_open = connection.receive(buffer, false, |piece| {
            decoder.feed(piece, &mut |event| decoded.note(&event, via, dialect))
        })?;
        self.open |= decoded.opened;
        if !decoded.due.is_empty() {
            connection.send(|out| {
                for (opcode, payload) in &decoded.due {
                    frames::write(*opcode, payload, out);
                }
            })?;
        }
        let response = decoded.response;
        let acknowledged = response.and_then(|accepted| self.acknowledge(accepted, counters));
        if !is_open {
            // The server closed an idle connection. The next publication opens another.
            let is_idle = self.sent.is_none() && via == Via::Post;
            ensure!(is_idle, "the server ended the connection");
            self.ended = true;
        }
        Ok(acknowledged)
    }

    fn acknowledge(&mut self, accepted: bool, counters: &mut Counters) -> Option<u64> {
        let (number, sent_at) = self.sent.take()?;
        if !accepted {
            counters.refused += 1;
            return None;
        }
        counters.acknowledged += 1;
        counters
            .publication
            .record(clock::now().saturating_sub(sent_at));
        Some(number)
    }
}

/// What the bytes that were read mean to a publisher.
#[derive(Default)]
struct Decoded {
    opened: bool,
    response: Option<bool>,
    due: Vec<(Opcode, Vec<u8>)>,
}

impl Decoded {
    fn note(&mut self, event: &Event<'_>, via: Via, dialect: &FrameDialect) {
        match event {
            Event::Opened | Event::Text(_) | Event::Ping(_) => {
                let answer = dialect.answer(event);
                self.due.extend(answer.frames);
                self.opened |= answer.opens;
            }
            Event::Response { .. } => self.response = Some(true),
            Event::Published { accepted } => self.response = Some(*accepted),
            Event::Message(..) if via == Via::Echo => self.response = Some(true),
            // A publisher on a WebSocket is also subscribed, but its messages are not counted.
            Event::Message(..) | Event::Cursor(_) | Event::Reset | Event::ReconnectAfter(_) => {}
        }
    }
}
