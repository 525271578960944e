//! What a server says to a reader, read from pieces that end anywhere. Knows no connection.
//!
//! Built to cost next to nothing: what is complete is read where it lies, only what is not is kept. Strictness is the
//! business of `lab listen` and of the audit; this finds messages and what they say of themselves.

mod answers;
mod chunks;
mod events;
mod frames;
mod head;
#[cfg(test)]
mod tests;

use super::stamp::Stamp;
use crate::client::Transport;
use chunks::Chunks;
use events::Events;
use head::{Body, Head};
use memchr::memchr;
use std::time::Duration;

pub(crate) use frames::{masked, pong};

/// Something that a server said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said<'a> {
    /// The stream is open.
    Opened,
    /// A message of this load, and its place in the server's order if the server says that.
    Message(Stamp, Option<Place>),
    /// The position up to which the reader has had everything.
    Cursor(&'a [u8]),
    /// The cursor was of no use.
    Reset,
    /// The end of a poll's answer, or of a publication's; whether the connection ends with it.
    Answered { close: bool },
    /// A publication on a WebSocket was taken, or was not.
    Published { taken: bool },
    /// A WebSocket's ping, to be answered with the same payload.
    Ping(&'a [u8]),
    /// How long the reader is asked to wait before it comes back.
    ComeBack(Duration),
}

/// A message's place in the order of its server: epoch and offset of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(u64, u64);

impl Place {
    /// Ids that are not `epoch-offset` say nothing.
    fn of(id: &[u8]) -> Option<Self> {
        let dash = memchr(b'-', id)?;
        Some(Self(digits(&id[..dash]), digits(&id[dash + 1..])))
    }
}

/// The number that the bytes begin with; 0 if there is none.
fn digits(bytes: &[u8]) -> u64 {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number: u64, byte| {
        number
            .saturating_mul(10)
            .saturating_add(u64::from(byte - b'0'))
    })
}

/// Reads one connection.
pub(crate) struct Decoder(State);

enum State {
    /// The head of a stream; what of it has come.
    Opening(Transport, Vec<u8>),
    /// Chunked, if there are chunks.
    Events(Option<Chunks>, Events),
    Frames(Vec<u8>),
    /// Answers one after the other: of polls, and of publications.
    Answers(Vec<u8>),
}

impl Decoder {
    pub(crate) fn new(transport: Transport) -> Self {
        match transport {
            Transport::Longpoll => Self::answers(),
            stream => Self(State::Opening(stream, Vec::new())),
        }
    }

    /// For a connection on which requests are answered one after the other.
    pub(crate) fn answers() -> Self {
        Self(State::Answers(Vec::new()))
    }

    /// Takes a piece, and tells what became complete with it. An error says what the server did wrong.
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

/// Gives `take` all that has come, again and again, until what is left is no complete unit, of which it takes 0 bytes.
/// That is kept in `rest`.
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
