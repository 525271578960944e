//! A subscriber of the load: its requests, what it has received, and how it reconnects.

use super::{
    clock,
    connection::Connection,
    counters::Counters,
    decoder::{Decoder, Event, MessageId},
    dialect::FrameDialect,
    engine::Endpoints,
    pace::Pace,
    received::ReceivedMessages,
    stamp::Stamp,
};
use anyhow::Result;
use bytes::BytesMut;
use mio::Token;
use std::{io, time::Duration};
use wire::frames::{self, Opcode};

pub(crate) struct Reader {
    /// `None` after the connection has ended.
    connection: Option<Connection>,
    decoder: Decoder,
    pub(super) received: ReceivedMessages,
    state: SubscriberState,
}

/// The state of a subscriber, except for its messages.
#[derive(Default)]
pub(crate) struct SubscriberState {
    /// Cursor to resume with; empty if the server has not sent one.
    cursor: Vec<u8>,
    began: Duration,
    /// Id of the last message.
    last: Option<MessageId>,
    /// Whether it receives what is published.
    pub(super) open: bool,
    /// Set when a poll has its response and the next is due: whether the connection must be
    /// replaced.
    responded: Option<bool>,
    /// Frames to send: pongs, and what the server's dialect requires.
    due: Vec<(Opcode, Vec<u8>)>,
    /// When the first message arrived on this connection.
    pub(crate) first_message: Option<Duration>,
    /// When the connection ended.
    pub(crate) ended: Option<Duration>,
    /// How long the server asked it to wait before it reconnects.
    pub(crate) reconnect_after: Duration,
}

/// The counters that a subscriber adds to.
pub(super) struct Totals<'a> {
    pub(super) counters: &'a mut Counters,
    /// Messages with lower numbers are not counted: they were published before the measurement.
    pub(super) first_counted: u64,
    pub(super) pace: Option<&'a mut Pace>,
}

impl Reader {
    /// Connects and subscribes to everything that is published from number `next` on.
    pub(super) fn open(endpoints: &Endpoints, token: Token, next: u64) -> io::Result<Self> {
        let decoder = endpoints.target.decoder();
        let mut reader = Self {
            connection: None,
            decoder,
            received: ReceivedMessages::from(next),
            state: SubscriberState::default(),
        };
        reader.connect(endpoints, token)?;
        Ok(reader)
    }

    /// Replaces the connection, if there is one, and resumes with the cursor.
    pub(super) fn connect(&mut self, endpoints: &Endpoints, token: Token) -> io::Result<()> {
        self.decoder = endpoints.target.decoder();
        let cursor = std::mem::take(&mut self.state.cursor);
        let last = self.state.last;
        self.state = SubscriberState {
            cursor,
            last,
            began: clock::now(),
            ..SubscriberState::default()
        };
        self.connection = None;
        let connection = self.connection.insert(Connection::open(
            endpoints.address,
            &endpoints.registry,
            token,
        )?);
        connection.send(|out| {
            endpoints
                .target
                .subscribe(token.0 as u64, &self.state.cursor, out);
        })
    }

    pub(crate) fn state(&self) -> &SubscriberState {
        &self.state
    }

    /// Treats a held poll as open: it has no response until there is a message.
    pub(super) fn assume_open(&mut self) {
        self.state.open = true;
    }

    /// Drops the connection.
    pub(super) fn end(&mut self) {
        self.connection = None;
        self.state.open = false;
        self.state.ended.get_or_insert_with(clock::now);
    }

    /// Reads and writes what the socket allows, to the end if the server has `closed` it.
    ///
    /// Returns `false` if the connection has ended.
    pub(super) fn turn(
        &mut self,
        (endpoints, token): (&Endpoints, Token),
        closed: bool,
        buffer: &mut [u8],
        totals: &mut Totals<'_>,
    ) -> Result<bool> {
        let Self {
            connection: Some(connection),
            decoder,
            received,
            state,
        } = self
        else {
            return Ok(true);
        };
        connection.flush()?;
        let is_open = connection.receive(buffer, closed, |piece| {
            let now = clock::now();
            decoder.feed(piece, &mut |event| match event {
                Event::Message(stamp, id) => message((stamp, id), now, received, state, totals),
                Event::Reset => totals.counters.resets += 1,
                other => state.handle(&other, now, &endpoints.target.frames, totals.counters),
            })
        })?;
        // With a connection for each request, the server closes after the response.
        let is_done = state.responded.is_some() && endpoints.target.new_connections;
        if is_open || is_done {
            return self.respond(endpoints, token);
        }
        Ok(false)
    }

    /// Sends what is due: the next poll, or frames.
    fn respond(&mut self, endpoints: &Endpoints, token: Token) -> Result<bool> {
        match self.state.responded.take() {
            Some(_) if !endpoints.polls_on => {}
            Some(_) if endpoints.target.new_connections => {
                self.connect(endpoints, token)?;
                // Its cursor is known: it misses nothing between two connections.
                self.state.open = true;
            }
            Some(true) => return Ok(false),
            Some(false) => {
                self.send(|state, out| {
                    endpoints
                        .target
                        .subscribe(token.0 as u64, &state.cursor, out);
                })?;
            }
            None if self.state.due.is_empty() => {}
            None => self.send(|state, out| {
                let due = state.due.drain(..);
                due.for_each(|(opcode, payload)| frames::write(opcode, &payload, out));
            })?,
        }
        Ok(true)
    }

    fn send(&mut self, write: impl FnOnce(&mut SubscriberState, &mut BytesMut)) -> Result<()> {
        let Some(connection) = &mut self.connection else {
            return Ok(());
        };
        Ok(connection.send(|out| write(&mut self.state, out))?)
    }
}

impl SubscriberState {
    fn handle(
        &mut self,
        event: &Event<'_>,
        now: Duration,
        frames: &FrameDialect,
        counters: &mut Counters,
    ) {
        match event {
            Event::Opened | Event::Text(_) | Event::Ping(_) => {
                let answer = frames.answer(event);
                self.due.extend(answer.frames);
                if answer.opens {
                    self.opened(now, counters);
                }
            }
            Event::Cursor(cursor) => {
                self.cursor.clear();
                self.cursor.extend_from_slice(cursor);
            }
            Event::Response { close } => {
                self.responded = Some(*close);
                self.opened(now, counters);
            }
            Event::ReconnectAfter(wait) => self.reconnect_after = *wait,
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
    (stamp, id): (Stamp, Option<MessageId>),
    now: Duration,
    received: &mut ReceivedMessages,
    state: &mut SubscriberState,
    Totals {
        counters,
        first_counted,
        pace,
        ..
    }: &mut Totals<'_>,
) {
    state.first_message.get_or_insert(now);
    if !received.take(stamp.number) {
        counters.duplicated += 1;
        return;
    }
    // A server without ids has no order to check: messages published together have none.
    counters.reordered += u64::from(id.is_some() && id < state.last);
    state.last = id.max(state.last);
    if stamp.number >= *first_counted {
        counters.received += 1;
        counters.latency.record(stamp.age(now));
    }
    pace.iter_mut().for_each(|pace| pace.arrived(stamp.number));
}
