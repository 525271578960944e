//! The socket of one subscriber, detached from actix: unsent bytes, reads, and how it ends.
//!
//! Has no task, no timer and no buffer of its own while nothing happens.

use super::{ConnectionPermit, PeerEnd, Reattached, SocketReader};
use crate::metrics::DisconnectReason;
use bytes::Bytes;
use socket2::SockRef;
use std::{
    io::ErrorKind::WouldBlock,
    mem,
    net::Shutdown,
    task::{Context, Poll, Waker},
};
use tokio::{io::ReadBuf, net::TcpStream};

/// A point in time, counted by the owner's clock. Small, since every subscriber stores several.
pub(crate) type Tick = u32;

pub(crate) struct SocketWriter {
    io: TcpStream,
    reader: SocketReader,
    /// Requests a turn of the shard that owns this socket.
    waker: Waker,
    /// Bytes that the kernel has not accepted yet. Nothing else is written before they are sent.
    unsent: Bytes,
    /// Bytes to send after `unsent`, which may be shared with other subscribers and cannot grow.
    queued: Bytes,
    /// When the kernel last accepted bytes.
    last_write: Tick,
    /// The last bytes of the stream were given to [`SocketWriter::close`].
    is_closing: bool,
    /// The write side was shut down after them.
    is_shut_down: bool,
    permit: ConnectionPermit,
}

impl SocketWriter {
    pub(crate) fn new(io: TcpStream, permit: ConnectionPermit, waker: Waker, now: Tick) -> Self {
        Self {
            io,
            reader: SocketReader::transferred(),
            waker,
            unsent: Bytes::new(),
            queued: Bytes::new(),
            last_write: now,
            is_closing: false,
            is_shut_down: false,
            permit,
        }
    }

    /// Returns the peer's address for log lines.
    pub(crate) fn peer(&self) -> String {
        self.io.peer_addr().map_or_else(
            |_| "a peer without an address".to_owned(),
            |peer| peer.to_string(),
        )
    }

    /// Returns when the kernel last accepted bytes.
    pub(crate) fn last_write(&self) -> Tick {
        self.last_write
    }

    /// Returns whether the kernel has yet to accept bytes (backpressure).
    pub(crate) fn is_blocked(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Returns whether the stream ends after the bytes written so far.
    pub(crate) fn is_closing(&self) -> bool {
        self.is_closing
    }

    /// Returns whether new bytes can be written: neither blocked nor closing.
    pub(crate) fn is_ready(&self) -> bool {
        !self.is_blocked() && !self.is_closing
    }

    /// Writes `bytes` after all earlier ones, as far as the kernel accepts them.
    pub(crate) fn send(&mut self, bytes: &Bytes, now: Tick) -> Result<(), DisconnectReason> {
        if self.is_blocked() {
            self.queued = [&self.queued[..], &bytes[..]].concat().into();
        } else if !bytes.is_empty() {
            // Ask the kernel before tokio: tokio's state of a socket is a cache miss away.
            match SockRef::from(&self.io).send(bytes) {
                Ok(length) => {
                    self.last_write = now;
                    // An empty slice would keep the whole batch in memory.
                    if length < bytes.len() {
                        self.unsent = bytes.slice(length..);
                    }
                }
                Err(error) if error.kind() == WouldBlock => self.unsent = bytes.clone(),
                Err(_) => return Err(self.lost_reason()),
            }
        }
        self.flush(now)
    }

    /// Writes the last bytes and ends the stream after them.
    pub(crate) fn close(&mut self, last: &Bytes, now: Tick) -> Result<(), DisconnectReason> {
        self.is_closing = true;
        self.send(last, now)
    }

    /// Fails with [`DisconnectReason::Slow`] if more than `limit` bytes are unsent.
    pub(crate) fn check_unsent(&self, limit: usize) -> Result<(), DisconnectReason> {
        if self.unsent.len() > limit {
            Err(DisconnectReason::Slow)
        } else {
            Ok(())
        }
    }

    /// Writes unsent bytes, as far as the kernel accepts them.
    pub(crate) fn flush(&mut self, now: Tick) -> Result<(), DisconnectReason> {
        while !self.unsent.is_empty() {
            match self.io.try_write(&self.unsent) {
                Ok(length) => {
                    self.unsent = self.unsent.slice(length..);
                    if self.unsent.is_empty() {
                        // Replaced, since an empty slice would keep the whole batch in memory.
                        self.unsent = mem::take(&mut self.queued);
                    }
                    self.last_write = now;
                }
                Err(error) if error.kind() == WouldBlock => {
                    let mut context = Context::from_waker(&self.waker);
                    if self.io.poll_write_ready(&mut context).is_pending() {
                        return Ok(());
                    }
                }
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

    /// Reads into `buffer` and returns how many bytes there were.
    ///
    /// Returns `None` if there are none yet; the shard gets a turn when some arrive.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, DisconnectReason> {
        let mut buffer = ReadBuf::new(buffer);
        let mut context = Context::from_waker(&self.waker);
        match self
            .reader
            .poll_read(&mut self.io, &mut context, &mut buffer)
        {
            Poll::Pending => Ok(None),
            Poll::Ready(Ok(())) if !buffer.filled().is_empty() => Ok(Some(buffer.filled().len())),
            Poll::Ready(_) => Err(self.lost_reason()),
        }
    }

    /// Returns how the peer ended the connection, without reading from it.
    ///
    /// Returns `None` while it is open; the shard gets a turn when it may have ended.
    pub(crate) fn peer_end(&mut self) -> Option<PeerEnd> {
        self.reader
            .poll_end(&self.io, &mut Context::from_waker(&self.waker))
    }

    /// Requests another turn of the shard, after those of other sockets.
    pub(crate) fn request_turn(&self) {
        self.waker.wake_by_ref();
    }

    /// Returns the connection for actix, and the bytes that were read from it.
    pub(crate) fn into_reattached(self, read: Bytes) -> Reattached {
        Reattached {
            io: self.io,
            permit: self.permit,
            read_ahead: read,
        }
    }

    /// Returns the reason for a lost connection: the end of a stream that is closing is expected.
    pub(crate) fn lost_reason(&self) -> DisconnectReason {
        if self.is_closing {
            DisconnectReason::Ended
        } else {
            DisconnectReason::Left
        }
    }
}
