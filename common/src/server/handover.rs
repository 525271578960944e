//! The stream under actix's HTTP, which can be taken away from it.
//!
//! actix parses, routes and answers; a handler that wants the socket says so with [`hand_over`] and answers with a body
//! that never comes. When the dispatcher flushes the head of that response, this stream keeps the head back, gives it to
//! the taker together with the socket, and from then on tells the dispatcher that the peer has left. What the taker
//! writes first thus leaves together with the head. A socket can also be given back, with what was read from it: actix then
//! serves it as any other.
//!
//! It leans on how actix-http's HTTP/1 dispatcher flushes and ends a connection; the tests below pin that.

use super::{connections::Connection, early::Early};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use std::{
    cell::RefCell,
    convert::Infallible,
    io, mem,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// A socket that was actix's.
pub struct Taken {
    /// The socket.
    pub io: TcpStream,
    /// What goes before the head and is not written yet: answers to earlier requests, or `100 Continue`.
    pub before: Bytes,
    /// The head of the response, not written yet.
    pub head: BytesMut,
    /// What the peer sent after its request, read by actix already.
    pub early: Bytes,
    /// Keeps the connection counted.
    pub connection: Connection,
}

/// A socket on its way back to actix.
pub struct Returned {
    /// The socket.
    pub io: TcpStream,
    /// Keeps the connection counted.
    pub connection: Connection,
    /// What was read from it already.
    pub read: Bytes,
}

type Taker = Box<dyn FnOnce(Taken)>;

struct Inner {
    /// The socket, until it is taken.
    socket: Option<(TcpStream, Connection)>,
    taker: Option<Taker>,
    head: BytesMut,
    early: Early,
    /// What actix reads first.
    unread: Bytes,
}

/// A connection as actix sees it.
pub(super) struct Handover(Slot);

/// The way from a request to its connection.
#[derive(Clone)]
pub(super) struct Slot(Rc<RefCell<Inner>>);

impl Handover {
    pub(super) fn new(io: TcpStream, connection: Connection) -> Self {
        Self::again(Returned { io, connection, read: Bytes::new() })
    }

    /// The same for a socket that comes back.
    pub(super) fn again(Returned { io, connection, read }: Returned) -> Self {
        let (socket, early) = (Some((io, connection)), Early::default());
        Self(Slot(Rc::new(Inner { socket, taker: None, head: BytesMut::new(), early, unread: read }.into())))
    }

    pub(super) fn slot(&self) -> Slot {
        self.0.clone()
    }
}

/// Answers a request with this head, and gives its socket to `taker` before that is written.
pub fn hand_over(
    request: &HttpRequest,
    mut head: HttpResponseBuilder,
    taker: impl FnOnce(Taken) + 'static,
) -> HttpResponse {
    let mut inner = slot(request).0.borrow_mut();
    inner.taker = Some(Box::new(taker));
    inner.early.last_head();
    head.streaming(Never)
}

/// A GET request as it came, byte for byte; none if the peer has said more meanwhile.
pub fn as_it_came(request: &HttpRequest) -> Option<Bytes> {
    slot(request).0.borrow().early.request(request)
}

/// Notes that actix begins with a request.
pub(super) fn begin(request: &actix_http::Request) {
    let slot: &Slot = request.conn_data().expect("every connection of this server has its slot");
    slot.0.borrow_mut().early.begin();
}

fn slot(request: &HttpRequest) -> &Slot {
    request.conn_data().expect("every connection of this server has its slot")
}

/// The body of a response that somebody else writes.
struct Never;

impl Stream for Never {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Pending
    }
}

impl AsyncRead for Handover {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut inner = self.0.0.borrow_mut();
        let Inner { socket, early, unread, .. } = &mut *inner;
        let Some((io, _)) = socket else { return Poll::Ready(Ok(())) };
        let before = buffer.filled().len();
        let read = match unread.is_empty() {
            true => Pin::new(io).poll_read(context, buffer),
            false => {
                buffer.put_slice(&unread.split_to(unread.len().min(buffer.remaining())));
                Poll::Ready(Ok(()))
            }
        };
        early.saw(&buffer.filled()[before..]);
        read
    }
}

impl AsyncWrite for Handover {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut inner = self.0.0.borrow_mut();
        if inner.taker.is_some() {
            inner.head.extend_from_slice(bytes);
            return Poll::Ready(Ok(bytes.len()));
        }
        match &mut inner.socket {
            Some((io, _)) => Pin::new(io).poll_write(context, bytes),
            None => Poll::Ready(Ok(bytes.len())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some((taken, taker)) = self.0.take() else { return Poll::Ready(Ok(())) };
        // The slot is free again by now: the taker may do as it likes.
        taker(taken);
        // So that the dispatcher reads once more, and finds that the peer has left.
        context.waker().wake_by_ref();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.0.0.borrow_mut().socket {
            Some((io, _)) => Pin::new(io).poll_shutdown(context),
            None => Poll::Ready(Ok(())),
        }
    }
}

/// Where the last head begins in what actix writes: after whatever it had not written yet.
fn last_head(written: &[u8]) -> usize {
    let version = b"HTTP/1.";
    written.windows(version.len()).rposition(|bytes| bytes == version).unwrap_or(0)
}

impl Slot {
    /// Everything for the taker, if there is one and actix has written the head for it.
    fn take(&self) -> Option<(Taken, Taker)> {
        let mut inner = self.0.borrow_mut();
        if inner.head.is_empty() {
            return None;
        }
        let (taker, (io, connection)) = (inner.taker.take()?, inner.socket.take()?);
        let (mut head, early) = (mem::take(&mut inner.head), mem::take(&mut inner.early));
        let before = head.split_to(last_head(&head)).freeze();
        // Without what it said first, the rest means nothing: dropping the socket ends the connection.
        early.into_bytes().map(|early| (Taken { io, before, head, early, connection }, taker))
    }
}

#[cfg(test)]
mod tests;
