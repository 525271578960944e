//! Decodes what a server sends to a subscriber, in pieces of any size. Has no sockets.
//!
//! [`wire`] reads the syntax; this module finds the fields that a load generator needs. Complete
//! units are decoded in place, only incomplete ones are copied. Violations of the protocol may
//! pass: `lab listen` and the audit check it.

mod events;
mod frames;
mod responses;
#[cfg(test)]
mod tests;

use super::stamp::Stamp;
use anyhow::{Result, ensure};
use client::Transport;
use events::Events;
use memchr::memchr;
use std::time::Duration;
use wire::{
    chunks::Chunks,
    head::{Body, Head, MessageKind},
    leading_number,
    units::take_units,
};

/// An event that a server has sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event<'a> {
    /// The stream is open.
    Opened,
    /// A message of this load, with its id if the server sends one.
    Message(Stamp, Option<MessageId>),
    /// The cursor to resume with.
    Cursor(&'a [u8]),
    /// A reset: the cursor is no longer valid.
    Reset,
    /// The end of a response, and whether the connection closes with it.
    Response { close: bool },
    /// The response to a publication on a WebSocket.
    Published { accepted: bool },
    /// Another text on a WebSocket.
    Text(&'a [u8]),
    /// A WebSocket ping. Its payload goes back in the pong.
    Ping(&'a [u8]),
    /// How long the subscriber should wait before it reconnects.
    ReconnectAfter(Duration),
}

/// The id of a message, as a server orders them: epoch and offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MessageId(u64, u64);

impl MessageId {
    /// Parses an id. Returns `None` if it is not `epoch-offset`.
    fn parse(id: &[u8]) -> Option<Self> {
        let dash = memchr(b'-', id)?;
        Some(Self(
            leading_number(&id[..dash]),
            leading_number(&id[dash + 1..]),
        ))
    }
}

/// The decoder of one connection.
pub(crate) struct Decoder(State);

enum State {
    /// Headers of a stream, with the bytes so far.
    Opening(Transport, Vec<u8>),
    /// An event stream, perhaps chunked.
    Events(Option<Chunks>, Events),
    Frames(Vec<u8>),
    /// Responses to polls or publications, one after the other, and the names of the headers with
    /// the cursor of a poll. Without names the cursor is in the body.
    Responses(Vec<u8>, Vec<String>),
}

impl Decoder {
    pub(crate) fn new(transport: Transport) -> Self {
        match transport {
            Transport::Longpoll => Self::responses(),
            stream => Self(State::Opening(stream, Vec::new())),
        }
    }

    /// Creates a decoder for a connection with one response after the other.
    pub(crate) fn responses() -> Self {
        Self::polls(Vec::new())
    }

    /// Creates a decoder of polls whose cursor is in the headers with these names, or in the body
    /// if there are none.
    pub(crate) fn polls(cursor: Vec<String>) -> Self {
        Self(State::Responses(Vec::new(), cursor))
    }

    /// Decodes a piece and reports its events.
    ///
    /// # Errors
    ///
    /// What the server did wrong.
    pub(crate) fn feed(&mut self, piece: &[u8], out: &mut impl FnMut(Event<'_>)) -> Result<()> {
        match &mut self.0 {
            State::Opening(transport, rest) => {
                rest.extend_from_slice(piece);
                let Some(head) = Head::parse(MessageKind::Responses, rest)? else {
                    return Ok(());
                };
                let opened = State::opened(*transport, &head)?;
                let length = head.bytes.len();
                let rest = std::mem::take(rest);
                self.0 = opened;
                out(Event::Opened);
                self.feed(&rest[length..], out)
            }
            State::Events(None, events) => {
                events.feed(piece, out);
                Ok(())
            }
            State::Events(Some(chunks), events) => {
                chunks.feed(piece, |body| events.feed(body, out))?;
                Ok(())
            }
            State::Frames(rest) => take_units(rest, piece, |bytes| frames::take(bytes, out)),
            State::Responses(rest, cursor) => {
                take_units(rest, piece, |bytes| responses::take(bytes, cursor, out))
            }
        }
    }
}

impl State {
    fn opened(transport: Transport, head: &Head<'_>) -> Result<Self> {
        let status = head.status().unwrap_or_default();
        let expected = if transport == Transport::Ws { 101 } else { 200 };
        ensure!(
            status == expected,
            "{status} instead of {expected}, which opens a stream"
        );
        if transport == Transport::Ws {
            return Ok(Self::Frames(Vec::new()));
        }
        let chunks = (head.body() == Body::Chunked).then(Chunks::default);
        Ok(Self::Events(chunks, Events::default()))
    }
}
