//! Reads a socket, or watches for its end while it is not read.

use futures_util::FutureExt;
use socket2::SockRef;
use std::{
    io::{self, ErrorKind::WouldBlock, Read},
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, Interest, ReadBuf},
    net::TcpStream,
};

/// How a connection ended while it was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerEnd {
    /// The peer sends no more. Some of what it has sent may be unread.
    Closed,
    /// Nothing can be sent or received any more.
    Reset,
}

/// Reads one socket, or watches it without reading.
///
/// The runtime's knowledge of the socket's readiness is stale after it was watched, and after
/// another task has read it. The next read then calls the kernel.
pub(crate) struct SocketReader {
    is_stale: bool,
}

impl SocketReader {
    /// Creates a reader of a socket that was just accepted.
    pub(crate) fn accepted() -> Self {
        Self { is_stale: false }
    }

    /// Creates a reader of a socket that something else has read or watched.
    pub(crate) fn transferred() -> Self {
        Self { is_stale: true }
    }

    /// Reads as [`AsyncRead::poll_read`] does.
    pub(crate) fn poll_read(
        &mut self,
        io: &mut TcpStream,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_stale {
            match (&*SockRef::from(&*io)).read(buffer.initialize_unfilled()) {
                Ok(length) => {
                    buffer.advance(length);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() != WouldBlock => return Poll::Ready(Err(error)),
                Err(_) => self.is_stale = false,
            }
        }
        Pin::new(io).poll_read(context, buffer)
    }

    /// Reads at most `max` bytes.
    pub(super) fn poll_read_most(
        &mut self,
        io: &mut TcpStream,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
        max: usize,
    ) -> Poll<io::Result<()>> {
        if max >= buffer.remaining() {
            return self.poll_read(io, context, buffer);
        }
        let mut scratch = [0; 4096];
        let max = max.min(scratch.len());
        let mut part = ReadBuf::new(&mut scratch[..max]);
        ready!(self.poll_read(io, context, &mut part))?;
        buffer.put_slice(part.filled());
        Poll::Ready(Ok(()))
    }

    /// Returns how the connection ended. Returns `None` if it has not; the task is then woken when
    /// it may have.
    ///
    /// After [`PeerEnd::Closed`] a reset is not noticed before the unread bytes are read.
    pub(crate) fn poll_end(
        &mut self,
        io: &TcpStream,
        context: &mut Context<'_>,
    ) -> Option<PeerEnd> {
        self.is_stale = true;
        loop {
            // This makes the runtime wait for the next change instead of reporting the bytes that
            // are there.
            let _ = io.try_io(Interest::READABLE, || {
                Err::<(), _>(io::Error::from(WouldBlock))
            });
            if io.poll_read_ready(context).is_pending() {
                return None;
            }
            let Some(Ok(ready)) = io
                .ready(Interest::READABLE | Interest::WRITABLE)
                .now_or_never()
            else {
                context.waker().wake_by_ref();
                return None;
            };
            if ready.is_write_closed() {
                return Some(PeerEnd::Reset);
            } else if ready.is_read_closed() {
                return Some(PeerEnd::Closed);
            }
        }
    }
}
