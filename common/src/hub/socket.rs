//! One reader's socket, taken over from actix: its position, what it has not taken yet, and what it says.
//!
//! No task, no timer and no buffer of its own while nothing happens.

use super::{
    Answer, Feed, Goodbye, Incoming, Then, Wire,
    chunks::{Chunk, Chunks},
    wheel::Tick,
};
use crate::{message::Id, server::Connection};
use bytes::{Buf, Bytes, BytesMut};
use socket2::SockRef;
use std::{
    io::ErrorKind::WouldBlock,
    mem,
    net::Shutdown,
    sync::Arc,
    task::{Context, Waker},
};
use tokio::net::TcpStream;

/// How many chunks one reader gets, or says, before the others have their turn again.
const TURN: usize = 4;

/// Why a reader is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Gone {
    /// It closed the connection, or the network did.
    Left,
    /// The service ended the stream: after a close handshake, or because it is stopping.
    Ended,
    /// It took nothing for too long.
    Slow,
    /// It answered no heartbeat.
    Silent,
}

impl Gone {
    /// Says who is gone from where, and how far it was behind.
    pub(super) fn log(self, transport: &str, feed: &Feed, socket: &Socket) {
        let (peer, channel, behind) = (socket.peer(), feed.channel(), feed.behind(socket.position()));
        match self {
            Self::Left | Self::Ended => {
                log::debug!("{transport}: {peer} is gone from {channel}, {behind} messages behind")
            }
            Self::Slow => {
                log::info!("{transport}: cut {peer} from {channel}: it took nothing and is {behind} messages behind")
            }
            Self::Silent => log::info!("{transport}: cut {peer} from {channel}: it answers no heartbeat"),
        }
    }
}

/// What a reader was given.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sent {
    pub(super) messages: u64,
    pub(super) bytes: u64,
    pub(super) resets: u64,
}

impl Sent {
    fn add(&mut self, messages: u64, bytes: usize) {
        self.messages += messages;
        self.bytes += bytes as u64;
        self.resets += u64::from(messages == 0);
    }
}

pub(super) struct Socket {
    io: TcpStream,
    waker: Waker,
    wire: Arc<dyn Wire>,
    incoming: Option<Box<dyn Incoming>>,
    /// The id of the last message it got.
    position: Id,
    /// What the kernel has not taken yet. Nothing else is written before it is empty.
    out: Bytes,
    /// When the kernel last took something.
    pub(super) written: Tick,
    /// When the peer last said something.
    pub(super) heard: Tick,
    /// When its token expires. It gets no timer before that is near, and where there are no tokens none at all.
    pub(super) expires: Tick,
    /// An answer to the peer is being worked out: nothing is read meanwhile.
    answering: bool,
    /// What was read before that answer may hold more.
    unfinished: bool,
    /// The last bytes are on their way: nothing is pulled any more, and the connection lives on only to deliver them.
    leaving: bool,
    /// The stream was ended behind them.
    shut: bool,
    _connection: Connection,
}

impl Socket {
    pub(super) fn new(
        taken: (TcpStream, Connection),
        wire: Arc<dyn Wire>,
        waker: Waker,
        position: Id,
        now: Tick,
    ) -> Self {
        let (io, connection) = taken;
        Self {
            io,
            waker,
            wire,
            incoming: None,
            position,
            out: Bytes::new(),
            written: now,
            heard: now,
            expires: Tick::MAX,
            answering: false,
            unfinished: false,
            leaving: false,
            shut: false,
            _connection: connection,
        }
    }

    /// Sets what the peer's bytes mean, and takes those that actix had read already.
    pub(super) fn listen(
        &mut self,
        incoming: Option<Box<dyn Incoming>>,
        early: &[u8],
        now: Tick,
    ) -> Result<Option<Answer>, Gone> {
        self.incoming = incoming;
        if early.is_empty() { Ok(None) } else { self.receive(early, now) }
    }

    /// The id of the last message it got.
    pub(super) fn position(&self) -> Id {
        self.position
    }

    /// Who is at the other end.
    pub(super) fn peer(&self) -> String {
        self.io.peer_addr().map_or_else(|_| "a peer that is gone".to_owned(), |peer| peer.to_string())
    }

    pub(super) fn wire(&self) -> &Arc<dyn Wire> {
        &self.wire
    }

    /// Whether the kernel has yet to take something.
    pub(super) fn is_blocked(&self) -> bool {
        !self.out.is_empty()
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.leaving
    }

    /// Writes all that is past this reader's position, as far as the kernel takes it.
    pub(super) fn pull(&mut self, feed: &Feed, chunks: &mut Chunks, now: Tick) -> Result<Sent, Gone> {
        let mut sent = Sent::default();
        for _ in 0..TURN {
            self.flush(now)?;
            if self.is_blocked() || self.leaving {
                return Ok(sent);
            }
            let Some(chunk) = chunks.at(self.position, &self.wire, feed) else { return Ok(sent) };
            let Chunk { bytes, position, messages } = chunk;
            sent.add(messages, bytes.len());
            (self.out, self.position) = (bytes, position);
        }
        self.flush(now)?;
        self.waker.wake_by_ref();
        Ok(sent)
    }

    /// Writes something that is not a message, after what is still to be written.
    pub(super) fn send(&mut self, bytes: Bytes, now: Tick) -> Result<(), Gone> {
        self.out = if self.out.is_empty() { bytes } else { [&self.out[..], &bytes[..]].concat().into() };
        self.flush(now)
    }

    /// Writes the last bytes and ends the stream behind them, unless that was done before.
    pub(super) fn leave(&mut self, goodbye: Goodbye, now: Tick) -> Result<(), Gone> {
        if self.leaving {
            return Ok(());
        }
        let last = self.wire.goodbye(goodbye);
        self.leaving = true;
        self.send(last, now)
    }

    /// Takes what the peer says until there is nothing more, or something that must be answered first.
    pub(super) fn read(&mut self, scratch: &mut [u8], now: Tick) -> Result<Option<Answer>, Gone> {
        let mut answer = None;
        let mut turns = TURN;
        // A peer that does not take its answers gets no new ones: it is not read while something is to be written.
        while !self.answering && !self.is_blocked() {
            if turns == 0 {
                self.waker.wake_by_ref();
                break;
            }
            turns -= 1;
            if self.unfinished {
                answer = self.receive(&[], now)?;
                continue;
            }
            match self.io.try_read(scratch) {
                Ok(0) => return Err(self.lost()),
                Ok(length) => {
                    self.heard = now;
                    answer = self.receive(&scratch[..length], now)?;
                }
                Err(error) if error.kind() == WouldBlock => {
                    if self.io.poll_read_ready(&mut Context::from_waker(&self.waker)).is_pending() {
                        break;
                    }
                }
                Err(_) => return Err(self.lost()),
            }
        }
        Ok(answer)
    }

    /// Takes some of the peer's bytes; says what is to be waited for before the next.
    fn receive(&mut self, bytes: &[u8], now: Tick) -> Result<Option<Answer>, Gone> {
        self.unfinished = false;
        let Some(incoming) = self.incoming.as_mut().filter(|_| !self.leaving) else { return Ok(None) };
        let mut replies = BytesMut::new();
        let then = incoming.receive(bytes, &mut replies);
        self.leaving = matches!(then, Then::End);
        self.send(replies.freeze(), now)?;
        let Then::Answer(answer) = then else { return Ok(None) };
        (self.answering, self.unfinished) = (true, true);
        Ok(Some(answer))
    }

    /// Writes an answer that took time.
    pub(super) fn answered(&mut self, answer: Bytes, now: Tick) -> Result<(), Gone> {
        self.answering = false;
        // Nothing follows the last bytes.
        if self.leaving { Ok(()) } else { self.send(answer, now) }
    }

    fn flush(&mut self, now: Tick) -> Result<(), Gone> {
        while !self.out.is_empty() {
            match self.io.try_write(&self.out) {
                Ok(length) => {
                    self.out.advance(length);
                    self.written = now;
                }
                Err(error) if error.kind() == WouldBlock => {
                    if self.io.poll_write_ready(&mut Context::from_waker(&self.waker)).is_pending() {
                        return Ok(());
                    }
                }
                Err(_) => return Err(self.lost()),
            }
        }
        if self.leaving && !mem::replace(&mut self.shut, true) {
            // Not dropped at once: unread bytes in our receive buffer would turn the end into a reset, and that could
            // overtake the last bytes (RFC 1122 §4.2.2.13).
            SockRef::from(&self.io).shutdown(Shutdown::Write).map_err(|_| Gone::Ended)?;
        }
        Ok(())
    }

    /// What it means that the connection is no more.
    fn lost(&self) -> Gone {
        if self.leaving { Gone::Ended } else { Gone::Left }
    }
}
