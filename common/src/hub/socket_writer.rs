//! One connection, taken over from actix: what the kernel has not taken yet, what the peer says, and how it ends.
//!
//! No task, no timer and no buffer of its own while nothing happens.

use super::{DisconnectReason, timer_queue::Tick};
use crate::net::{ConnectionPermit, PeerEnd, Reattached, SocketReader};
use bytes::Bytes;
use socket2::SockRef;
use std::{
    io::ErrorKind::WouldBlock,
    mem,
    net::Shutdown,
    task::{Context, Poll, Waker},
};
use tokio::{io::ReadBuf, net::TcpStream};

pub(super) struct SocketWriter {
    io: TcpStream,
    watch: SocketReader,
    waker: Waker,
    /// What the kernel has not taken yet. Nothing else is written before it is empty.
    out: Bytes,
    /// What goes behind that, of which `out` may be shared with other readers: heartbeats, replies, a goodbye.
    behind: Bytes,
    /// When the kernel last took something.
    written: Tick,
    /// The last bytes are on their way: the connection lives on only to deliver them.
    leaving: bool,
    /// The stream was ended behind them.
    shut: bool,
    connection: ConnectionPermit,
}

impl SocketWriter {
    pub(super) fn new(
        io: TcpStream,
        connection: ConnectionPermit,
        waker: Waker,
        now: Tick,
    ) -> Self {
        Self {
            io,
            watch: SocketReader::transferred(),
            waker,
            out: Bytes::new(),
            behind: Bytes::new(),
            written: now,
            leaving: false,
            shut: false,
            connection,
        }
    }

    /// Who is at the other end.
    pub(super) fn peer(&self) -> String {
        self.io.peer_addr().map_or_else(
            |_| "a peer that is gone".to_owned(),
            |peer| peer.to_string(),
        )
    }

    /// When the kernel last took something.
    pub(super) fn written(&self) -> Tick {
        self.written
    }

    /// Whether the kernel has yet to take something.
    pub(super) fn is_blocked(&self) -> bool {
        !self.out.is_empty()
    }

    /// Whether the last bytes were sent.
    pub(super) fn is_leaving(&self) -> bool {
        self.leaving
    }

    /// Whether something may be written: the kernel has taken all, and nothing was the last.
    pub(super) fn is_free(&self) -> bool {
        !self.is_blocked() && !self.leaving
    }

    /// Writes this after what is still to be written, as far as the kernel takes it.
    pub(super) fn send(&mut self, bytes: &Bytes, now: Tick) -> Result<(), DisconnectReason> {
        if self.is_blocked() {
            self.behind = [&self.behind[..], &bytes[..]].concat().into();
        } else if !bytes.is_empty() {
            // The kernel is asked before the runtime: what that knows of a socket lies elsewhere in memory.
            match SockRef::from(&self.io).send(bytes) {
                Ok(length) if length == bytes.len() => self.written = now,
                Ok(length) => (self.out, self.written) = (bytes.slice(length..), now),
                Err(error) if error.kind() == WouldBlock => self.out = bytes.clone(),
                Err(_) => return Err(self.lost()),
            }
        }
        self.flush(now)
    }

    /// The same with the last bytes, behind which the stream ends.
    pub(super) fn leave(&mut self, last: &Bytes, now: Tick) -> Result<(), DisconnectReason> {
        self.leaving = true;
        self.send(last, now)
    }

    /// Gives a reader up that leaves more than this to be written later.
    pub(super) fn keeps_at_most(&self, bytes: usize) -> Result<(), DisconnectReason> {
        if self.out.len() > bytes {
            Err(DisconnectReason::Slow)
        } else {
            Ok(())
        }
    }

    /// Writes what is still to be written, as far as the kernel takes it.
    pub(super) fn flush(&mut self, now: Tick) -> Result<(), DisconnectReason> {
        while !self.out.is_empty() {
            match self.io.try_write(&self.out) {
                Ok(length) => {
                    // An empty rest of what is written would keep all of it.
                    self.out = self.out.slice(length..);
                    if self.out.is_empty() {
                        self.out = mem::take(&mut self.behind);
                    }
                    self.written = now;
                }
                Err(error) if error.kind() == WouldBlock => {
                    if self
                        .io
                        .poll_write_ready(&mut Context::from_waker(&self.waker))
                        .is_pending()
                    {
                        return Ok(());
                    }
                }
                Err(_) => return Err(self.lost()),
            }
        }
        if self.leaving && !mem::replace(&mut self.shut, true) {
            // Not dropped at once: unread bytes in our receive buffer would turn the end into a reset, and that could
            // overtake the last bytes (RFC 1122 §4.2.2.13).
            SockRef::from(&self.io)
                .shutdown(Shutdown::Write)
                .map_err(|_| DisconnectReason::Ended)?;
        }
        Ok(())
    }

    /// How many bytes of what the peer says are in `scratch` now; none if it says nothing, and then it is listened to.
    pub(super) fn hear(&mut self, scratch: &mut [u8]) -> Result<Option<usize>, DisconnectReason> {
        let mut buffer = ReadBuf::new(scratch);
        match self.watch.poll_read(
            &mut self.io,
            &mut Context::from_waker(&self.waker),
            &mut buffer,
        ) {
            Poll::Pending => Ok(None),
            Poll::Ready(Ok(())) if !buffer.filled().is_empty() => Ok(Some(buffer.filled().len())),
            Poll::Ready(_) => Err(self.lost()),
        }
    }

    /// The connection's end, if the peer closed or reset it while it is not read; else it is looked at again when that may
    /// have happened.
    pub(super) fn watch(&mut self) -> Option<PeerEnd> {
        self.watch
            .poll_end(&self.io, &mut Context::from_waker(&self.waker))
    }

    /// Asks to be served once more, after the others.
    pub(super) fn ask_again(&self) {
        self.waker.wake_by_ref();
    }

    /// The connection for actix, and what was read from it.
    pub(super) fn reattach(self, read: Bytes) -> Reattached {
        Reattached {
            io: self.io,
            permit: self.connection,
            read_ahead: read,
        }
    }

    /// What it means that the connection is no more.
    pub(super) fn lost(&self) -> DisconnectReason {
        if self.leaving {
            DisconnectReason::Ended
        } else {
            DisconnectReason::Left
        }
    }
}
