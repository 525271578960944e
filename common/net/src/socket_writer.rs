//! The socket of one subscriber, detached from actix: unsent bytes, reads, and how it ends.
//!
//! Has no task, no timer and no buffer of its own while nothing happens.

mod read;
mod unsent;

use crate::{
    ConnectionPermit, DisconnectReason, Reattached,
    socket_events::{Readiness, SocketEvent, SocketEvents},
};
use bytes::Bytes;
use mio::{Interest, Token, net::TcpStream};
use socket2::SockRef;
use std::{
    io::{self, ErrorKind::WouldBlock, Write},
    mem,
    net::Shutdown,
};
use unsent::Unsent;

/// A point in time, counted by the owner's clock. Small, since every subscriber stores several.
pub type Tick = u32;

/// Writes to one socket, and reads it.
pub struct SocketWriter {
    io: TcpStream,
    /// Tell the owner of this socket when it has its turn.
    events: SocketEvents,
    slot: u32,
    readiness: Readiness,
    /// The kernel reports when the socket can be written again. Costs a call, so it begins when the
    /// kernel first accepts no more.
    watches_writes: bool,
    /// Nothing else is written before they are sent. Boxed, because most sockets have none.
    unsent: Option<Box<Unsent>>,
    /// When the kernel last accepted bytes.
    last_write: Tick,
    /// The last bytes of the stream were given to [`SocketWriter::close`].
    is_closing: bool,
    /// The write side was shut down after them.
    is_shut_down: bool,
    permit: ConnectionPermit,
}

impl SocketWriter {
    /// Takes a socket from the runtime. `events` has its turns, with this slot: when it can be
    /// read, can be written, or has ended.
    ///
    /// # Errors
    ///
    /// Returns an error if the kernel has no room for one more socket whose events it reports.
    pub fn new(
        io: tokio::net::TcpStream,
        permit: ConnectionPermit,
        events: &SocketEvents,
        slot: u32,
        now: Tick,
    ) -> io::Result<Self> {
        let mut io = TcpStream::from_std(io.into_std()?);
        let registry = events.registry();
        registry.register(&mut io, token(slot), Interest::READABLE)?;
        Ok(Self {
            io,
            events: events.clone(),
            slot,
            readiness: Readiness::default(),
            watches_writes: false,
            unsent: None,
            last_write: now,
            is_closing: false,
            is_shut_down: false,
            permit,
        })
    }

    /// Records what the kernel has reported. Call this before the socket is read or written.
    pub fn record(&mut self, event: SocketEvent) {
        self.readiness.add(event.readiness);
    }

    /// Returns the peer's address for log lines.
    pub fn peer(&self) -> String {
        self.io.peer_addr().map_or_else(
            |_| "a peer without an address".to_owned(),
            |peer| peer.to_string(),
        )
    }

    /// Returns when the kernel last accepted bytes.
    pub fn last_write(&self) -> Tick {
        self.last_write
    }

    /// Returns whether the kernel has yet to accept bytes (backpressure).
    pub fn is_blocked(&self) -> bool {
        self.unsent.is_some()
    }

    /// Returns whether the stream ends after the bytes written so far.
    pub fn is_closing(&self) -> bool {
        self.is_closing
    }

    /// Returns whether new bytes can be written: neither blocked nor closing.
    pub fn is_ready(&self) -> bool {
        !self.is_blocked() && !self.is_closing
    }

    /// Writes `bytes` after all earlier ones, as far as the kernel accepts them.
    ///
    /// # Errors
    ///
    /// Returns why the connection is lost.
    pub fn send(&mut self, bytes: &Bytes, now: Tick) -> Result<(), DisconnectReason> {
        if let Some(unsent) = &mut self.unsent {
            unsent.push(bytes);
        } else if !bytes.is_empty() {
            match (&self.io).write(bytes) {
                Ok(length) => {
                    self.last_write = now;
                    // An empty slice would keep the whole batch in memory.
                    if length < bytes.len() {
                        self.unsent = Some(Box::new(Unsent::new(bytes.slice(length..))));
                    }
                }
                Err(error) if error.kind() == WouldBlock => {
                    self.unsent = Some(Box::new(Unsent::new(bytes.clone())));
                }
                Err(_) => return Err(self.lost_reason()),
            }
        }
        self.flush(now)
    }

    /// Writes the last bytes and ends the stream after them.
    ///
    /// # Errors
    ///
    /// Returns why the connection is lost.
    pub fn close(&mut self, last: &Bytes, now: Tick) -> Result<(), DisconnectReason> {
        self.is_closing = true;
        self.send(last, now)
    }

    /// Checks that at most `limit` bytes are unsent.
    ///
    /// # Errors
    ///
    /// Returns [`DisconnectReason::Slow`] if there are more.
    pub fn check_unsent(&self, limit: usize) -> Result<(), DisconnectReason> {
        let unsent = self.unsent.as_ref();
        if unsent.is_some_and(|unsent| unsent.first().len() > limit) {
            Err(DisconnectReason::Slow)
        } else {
            Ok(())
        }
    }

    /// Writes unsent bytes, as far as the kernel accepts them.
    ///
    /// # Errors
    ///
    /// Returns why the connection is lost.
    pub fn flush(&mut self, now: Tick) -> Result<(), DisconnectReason> {
        while let Some(unsent) = &mut self.unsent {
            match (&self.io).write(unsent.first()) {
                Ok(length) => {
                    self.last_write = now;
                    if !unsent.advance(length) {
                        self.unsent = None;
                    }
                }
                Err(error) if error.kind() == WouldBlock => return self.watch_writes(),
                Err(_) => return Err(self.lost_reason()),
            }
        }
        if self.is_closing && !mem::replace(&mut self.is_shut_down, true) {
            // Not closed at once: with unread bytes in the receive buffer the kernel would send an
            // RST, which can overtake the last bytes (RFC 1122 §4.2.2.13).
            SockRef::from(&self.io)
                .shutdown(Shutdown::Write)
                .map_err(|_| DisconnectReason::Ended)?;
        }
        Ok(())
    }

    /// Makes the kernel report when the socket can be written again.
    fn watch_writes(&mut self) -> Result<(), DisconnectReason> {
        if mem::replace(&mut self.watches_writes, true) {
            return Ok(());
        }
        let interest = Interest::READABLE | Interest::WRITABLE;
        let registry = self.events.registry();
        registry
            .reregister(&mut self.io, token(self.slot), interest)
            .map_err(|_| self.lost_reason())
    }

    /// Requests a turn after those of other sockets.
    pub fn request_turn(&self) {
        self.events.request_turn(self.slot);
    }

    /// Returns the connection for actix, and the bytes that were read from it.
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has no room for one more socket.
    pub fn into_reattached(mut self, read: Bytes) -> io::Result<Reattached> {
        self.events.registry().deregister(&mut self.io)?;
        Ok(Reattached {
            io: tokio::net::TcpStream::from_std(self.io.into())?,
            permit: self.permit,
            read_ahead: read,
        })
    }

    /// Returns the reason for a lost connection: the end of a stream that is closing is expected.
    pub fn lost_reason(&self) -> DisconnectReason {
        if self.is_closing {
            DisconnectReason::Ended
        } else {
            DisconnectReason::Left
        }
    }
}

fn token(slot: u32) -> Token {
    Token(slot as usize)
}
