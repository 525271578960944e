//! Decodes what a server sends to a subscriber, in pieces of any size. Has no sockets.
//!
//! Cheap by design: complete units are decoded in place, only incomplete ones are copied. It is
//! not strict: `lab listen` and the audit check the protocol, this only finds messages.

mod answers;
mod chunks;
mod events;
mod frames;
mod head;
#[cfg(test)]
mod tests;

use super::stamp::Stamp;
use chunks::Chunks;
use client::Transport;
use events::Events;
use head::{Body, Head};
use memchr::memchr;
use std::time::Duration;

pub(crate) use frames::{masked, pong};

/// An event that a server has sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said<'a> {
    /// The stream is open.
    Opened,
    /// A message of this load, with its id if the server sends one.
    Message(Stamp, Option<Place>),
    /// The cursor to resume with.
    Cursor(&'a [u8]),
    /// A reset: the cursor is no longer valid.
    Reset,
    /// The end of a response, and whether the connection closes with it.
    Answered { close: bool },
    /// The response to a publication on a WebSocket.
    Published { taken: bool },
    /// A WebSocket ping. Its payload goes back in the pong.
    Ping(&'a [u8]),
    /// How long the subscriber should wait before it reconnects.
    ComeBack(Duration),
}

/// The id of a message, as a server orders them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(u64, u64);

impl Place {
    /// Parses an id. Returns `None` if it is not `epoch-offset`.
    fn of(id: &[u8]) -> Option<Self> {
        let dash = memchr(b'-', id)?;
        Some(Self(digits(&id[..dash]), digits(&id[dash + 1..])))
    }
}

/// Returns the number at the beginning of the bytes, or 0.
fn digits(bytes: &[u8]) -> u64 {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number: u64, byte| {
        number
            .saturating_mul(10)
            .saturating_add(u64::from(byte - b'0'))
    })
}

/// The decoder of one connection.
pub(crate) struct Decoder(State);

enum State {
    /// Headers of a stream, with the bytes so far.
    Opening(Transport, Vec<u8>),
    /// An event stream, perhaps chunked.
    Events(Option<Chunks>, Events),
    Frames(Vec<u8>),
    /// Responses one after the other: of polls, and of publications.
    Answers(Vec<u8>),
}

impl Decoder {
    pub(crate) fn new(transport: Transport) -> Self {
        match transport {
            Transport::Longpoll => Self::answers(),
            stream => Self(State::Opening(stream, Vec::new())),
        }
    }

    /// Creates a decoder for a connection with one response after the other.
    pub(crate) fn answers() -> Self {
        Self(State::Answers(Vec::new()))
    }

    /// Decodes a piece and reports its events.
    ///
    /// # Errors
    ///
    /// What the server did wrong.
    pub(crate) fn feed(
        &mut self,
        piece: &[u8],
        said: &mut impl FnMut(Said<'_>),
    ) -> Result<(), String> {
        match &mut self.0 {
            State::Opening(transport, rest) => {
                rest.extend_from_slice(piece);
                let Some(head) = head::parse(rest)? else {
                    return Ok(());
                };
                let rest = std::mem::take(rest);
                let opened = State::opened(*transport, &head)?;
                said(Said::Opened);
                self.0 = opened;
                self.feed(&rest[head.length..], said)
            }
            State::Events(None, events) => {
                events.feed(piece, said);
                Ok(())
            }
            State::Events(Some(chunks), events) => {
                chunks.feed(piece, |body| events.feed(body, said)).map(drop)
            }
            State::Frames(rest) => units(rest, piece, |bytes| frames::take(bytes, said)),
            State::Answers(rest) => units(rest, piece, |bytes| answers::take(bytes, said)),
        }
    }
}

impl State {
    fn opened(transport: Transport, head: &Head) -> Result<Self, String> {
        let expected = if transport == Transport::Ws { 101 } else { 200 };
        match (head.status == expected, transport) {
            (false, _) => Err(format!(
                "answered {} where {expected} opens a stream",
                head.status
            )),
            (true, Transport::Ws) => Ok(Self::Frames(Vec::new())),
            (true, _) => Ok(Self::Events(
                (head.body == Body::Chunked).then(Chunks::default),
                Events::default(),
            )),
        }
    }
}

/// Calls `take` on all bytes until the rest is an incomplete unit (it returns 0). Keeps that in
/// `rest`.
fn units<E>(
    rest: &mut Vec<u8>,
    piece: &[u8],
    mut take: impl FnMut(&[u8]) -> Result<usize, E>,
) -> Result<(), E> {
    if rest.is_empty() {
        let taken = take_all(piece, &mut take)?;
        rest.extend_from_slice(&piece[taken..]);
    } else {
        rest.extend_from_slice(piece);
        let taken = take_all(rest, &mut take)?;
        rest.drain(..taken);
    }
    Ok(())
}

fn take_all<E>(bytes: &[u8], take: &mut impl FnMut(&[u8]) -> Result<usize, E>) -> Result<usize, E> {
    let mut at = 0;
    while at < bytes.len() {
        match take(&bytes[at..])? {
            0 => break,
            taken => at += taken,
        }
    }
    Ok(at)
}
