//! A subscriber of the load: its requests, what it has received, and how it reconnects.

use super::{
    clock,
    connection::{Connection, Received},
    counters::Counters,
    decoder::{Decoder, Event, MessageId},
    engine::Place,
    pace::Pace,
    seen::Seen,
    stamp::Stamp,
};
use bytes::BytesMut;
use client::Transport;
use mio::Token;
use std::{io, time::Duration};
use wire::frames::{self, Opcode};

pub(crate) struct Reader {
    /// `None` after the connection has ended.
    connection: Option<Connection>,
    decoder: Decoder,
    pub(super) seen: Seen,
    story: Story,
}

/// The state of a subscriber, except for its messages.
#[derive(Default)]
pub(crate) struct Story {
    /// Cursor to resume with; empty if the server has not sent one.
    cursor: Vec<u8>,
    began: Duration,
    /// Id of the last message.
    last: Option<MessageId>,
    /// Whether it receives what is published.
    pub(super) open: bool,
    /// Set when a poll has its response and the next is due: whether the connection must be
    /// replaced.
    answered: Option<bool>,
    pings: Vec<Vec<u8>>,
    /// When the first message arrived on this connection.
    pub(crate) first_message: Option<Duration>,
    /// When the connection ended.
    pub(crate) gone: Option<Duration>,
    /// How long the server asked it to wait before it reconnects.
    pub(crate) come_back: Duration,
}

/// Where a subscriber counts.
pub(super) struct Books<'a> {
    pub(super) counters: &'a mut Counters,
    /// Messages with lower numbers are not counted: they were published before the measurement.
    pub(super) first_counted: u64,
    pub(super) pace: Option<&'a mut Pace>,
}

impl Reader {
    /// Connects and subscribes to everything that is published from number `next` on.
    pub(super) fn open(place: &Place, token: Token, next: u64) -> io::Result<Self> {
        let decoder = Decoder::new(place.target.transport);
        let mut reader = Self {
            connection: None,
            decoder,
            seen: Seen::from(next),
            story: Story::default(),
        };
        reader.connect(place, token)?;
        Ok(reader)
    }

    /// Replaces the connection, if there is one, and resumes with the cursor.
    pub(super) fn connect(&mut self, place: &Place, token: Token) -> io::Result<()> {
        self.decoder = Decoder::new(place.target.transport);
        let cursor = std::mem::take(&mut self.story.cursor);
        let last = self.story.last;
        self.story = Story {
            cursor,
            last,
            began: clock::now(),
            ..Story::default()
        };
        self.connection = None;
        let connection =
            self.connection
                .insert(Connection::open(place.address, &place.registry, token)?);
        connection.send(|out| place.target.subscribe(&self.story.cursor, out))
    }

    pub(crate) fn story(&self) -> &Story {
        &self.story
    }

    /// Treats a held poll as open: it has no response until there is a message.
    pub(super) fn assume_open(&mut self) {
        self.story.open = true;
    }

    /// Drops the connection.
    pub(super) fn end(&mut self) {
        self.connection = None;
        self.story.open = false;
        self.story.gone.get_or_insert_with(clock::now);
    }

    /// Reads and writes what the socket allows, to the end if the server has `closed` it.
    ///
    /// Returns `false` if the connection has ended.
    pub(super) fn turn(
        &mut self,
        (place, token): (&Place, Token),
        closed: bool,
        buffer: &mut [u8],
        books: &mut Books<'_>,
    ) -> Result<bool, String> {
        let Some(connection) = &mut self.connection else {
            return Ok(true);
        };
        connection.flush().map_err(text)?;
        loop {
            let Some(connection) = &mut self.connection else {
                return Ok(false);
            };
            match connection.receive(buffer).map_err(text)? {
                Received::Nothing => return Ok(true),
                // With a connection for each request, the server closes after the response.
                Received::End if self.story.answered.is_some() && place.target.new_connections => {
                    return self.answer(place, token);
                }
                Received::End => return Ok(false),
                Received::Last(piece) if !closed => {
                    self.hear(piece, books)?;
                    return self.answer(place, token);
                }
                Received::Last(piece) | Received::More(piece) => self.hear(piece, books)?,
            }
        }
    }

    fn hear(&mut self, piece: &[u8], books: &mut Books<'_>) -> Result<(), String> {
        let Self {
            decoder,
            seen,
            story,
            ..
        } = self;
        let now = clock::now();
        decoder
            .feed(piece, &mut |event| match event {
                Event::Message(stamp, place) => message((stamp, place), now, seen, story, books),
                Event::Reset => books.counters.resets += 1,
                other => story.hear(&other, now, books.counters),
            })
            .map_err(|error| error.to_string())
    }

    /// Sends what is due: the next poll, or pongs.
    fn answer(&mut self, place: &Place, token: Token) -> Result<bool, String> {
        match self.story.answered.take() {
            Some(_) if !place.polls_on => {}
            Some(_) if place.target.new_connections => self.connect(place, token).map_err(text)?,
            Some(true) => return Ok(false),
            Some(false) => self.send(|story, out| place.target.subscribe(&story.cursor, out))?,
            None if self.story.pings.is_empty() => {}
            None => self.send(|story, out| {
                story
                    .pings
                    .drain(..)
                    .for_each(|ping| frames::write(Opcode::Pong, &ping, out))
            })?,
        }
        Ok(true)
    }

    fn send(&mut self, write: impl FnOnce(&mut Story, &mut BytesMut)) -> Result<(), String> {
        let Some(connection) = &mut self.connection else {
            return Ok(());
        };
        connection
            .send(|out| write(&mut self.story, out))
            .map_err(text)
    }
}

impl Story {
    fn hear(&mut self, event: &Event<'_>, now: Duration, counters: &mut Counters) {
        match event {
            Event::Opened => self.opened(now, counters),
            Event::Cursor(cursor) => {
                self.cursor.clear();
                self.cursor.extend_from_slice(cursor);
            }
            Event::Response { close } => {
                self.answered = Some(*close);
                self.opened(now, counters);
            }
            Event::Ping(payload) => self.pings.push(payload.to_vec()),
            Event::ReconnectAfter(wait) => self.come_back = *wait,
            Event::Message(..) | Event::Reset | Event::Published { .. } => {}
        }
    }

    fn opened(&mut self, now: Duration, counters: &mut Counters) {
        if !std::mem::replace(&mut self.open, true) {
            counters.opening.record(now.saturating_sub(self.began));
        }
    }
}

fn message(
    (stamp, place): (Stamp, Option<MessageId>),
    now: Duration,
    seen: &mut Seen,
    story: &mut Story,
    Books {
        counters,
        first_counted,
        pace,
    }: &mut Books<'_>,
) {
    story.first_message.get_or_insert(now);
    if !seen.take(stamp.number) {
        counters.duplicated += 1;
        return;
    }
    // A server without ids has no order to check: messages published together have none.
    counters.reordered += u64::from(place.is_some() && place < story.last);
    story.last = place.max(story.last);
    if stamp.number >= *first_counted {
        counters.received += 1;
        counters.latency.record(stamp.age(now));
    }
    pace.iter_mut().for_each(|pace| pace.arrived(stamp.number));
}

/// Returns whether the first request of this transport is held until something is published.
pub(super) fn is_held(transport: Transport) -> bool {
    transport == Transport::Longpoll
}

fn text(error: io::Error) -> String {
    error.to_string()
}
