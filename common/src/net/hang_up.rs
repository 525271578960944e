//! A connection that is not read for a while: its end is noticed all the same.

use futures_util::FutureExt;
use socket2::SockRef;
use std::{
    io::{self, ErrorKind::WouldBlock, Read},
    pin::Pin,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, Interest, ReadBuf},
    net::TcpStream,
};

/// How a connection ended that was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PeerEnd {
    /// The peer has said all that it will say; some of it may be unread.
    Closed,
    /// Nothing can be sent or received any more.
    Reset,
}

/// Reads a socket, or watches it without reading.
///
/// What the runtime knows of a socket's readiness is out of date after a watch, and when the socket came from elsewhere: the
/// first read asks the kernel.
pub(crate) struct Watch {
    is_stale: bool,
}

impl Watch {
    /// For a socket that was just accepted.
    pub(crate) fn new() -> Self {
        Self { is_stale: false }
    }

    /// For a socket that somebody else read or watched.
    pub(crate) fn of_taken() -> Self {
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

    /// The connection's end, if the peer closed or reset it; else the task is woken when that may have happened.
    /// After [`PeerEnd::Closed`] with unread bytes a reset is not noticed before those are read.
    pub(crate) fn poll_end(
        &mut self,
        io: &TcpStream,
        context: &mut Context<'_>,
    ) -> Option<PeerEnd> {
        self.is_stale = true;
        loop {
            // Told that there is nothing to read, the runtime waits for the next change.
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
