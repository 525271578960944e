//! The stream under actix's HTTP, which can be taken away from it.
//!
//! actix parses, routes and answers; a handler that wants the socket says so with [`detach`] and answers with a body
//! that never comes. When the dispatcher flushes the head of that response, this stream keeps the head back, gives it to
//! the taker together with the socket, and tells the dispatcher that the connection is lost. What the taker
//! writes first thus leaves together with the head. A socket can also be given back, with what was read from it: actix then
//! serves it as any other.
//!
//! It leans on how actix-http's HTTP/1 dispatcher flushes and ends a connection; the tests below pin that.

use super::{
    connection_limit::ConnectionPermit,
    hang_up::{PeerEnd, Watch},
    head_limit::{Follows, HeadLimit, Room, too_long},
    linger::{has_unread, linger},
    read_ahead::{MOST_READ_AHEAD, ReadAhead},
    read_throttle::{Next, ReadThrottle},
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use prometheus_client::metrics::gauge::Gauge;
use socket2::SockRef;
use std::{
    cell::RefCell,
    convert::Infallible,
    io::{self, ErrorKind},
    mem,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// A socket that was actix's.
pub struct Detached {
    /// The socket.
    pub io: TcpStream,
    /// What goes before the head and is not written yet: answers to earlier requests, or `100 Continue`.
    pub before: Bytes,
    /// The head of the response, not written yet.
    pub head: BytesMut,
    /// What the peer sent after its request, read by actix already.
    pub early: Bytes,
    /// Keeps the connection counted.
    pub connection: ConnectionPermit,
}

/// A socket on its way back to actix.
pub struct Reattached {
    /// The socket.
    pub io: TcpStream,
    /// Keeps the connection counted.
    pub connection: ConnectionPermit,
    /// What was read from it already.
    pub read: Bytes,
}

type Taker = Box<dyn FnOnce(Detached)>;

/// Serves a connection anew.
pub(crate) type Again = Box<dyn FnOnce(Reattached)>;

struct Inner {
    /// The socket, until it is taken.
    socket: Option<(TcpStream, ConnectionPermit)>,
    taker: Option<Taker>,
    head: BytesMut,
    early: ReadAhead,
    /// What actix reads first.
    unread: Bytes,
    gate: ReadThrottle,
    watch: Watch,
    heads: HeadLimit,
    /// actix has yet to look at a request before it gets more.
    paused: bool,
    /// The peer has ended the connection.
    ended: bool,
    /// The body of the latest request was not read to its end.
    has_more: bool,
    /// Takes the connection when actix would end it.
    again: Option<Again>,
    /// The next head says of the connection what is not so.
    strip: bool,
}

/// A connection as actix sees it.
pub(crate) struct DetachableStream {
    slot: Slot,
    served: Gauge,
}

/// The way from a request to its connection.
#[derive(Clone)]
pub(crate) struct Slot(Rc<RefCell<Inner>>);

/// What actix writes where a request offered another protocol, which is not taken.
const UPGRADE: &[u8] = b"connection: upgrade\r\n";

impl DetachableStream {
    pub(crate) fn new(io: TcpStream, connection: ConnectionPermit) -> Self {
        Self::watching(
            Reattached {
                io,
                connection,
                read: Bytes::new(),
            },
            Watch::new(),
        )
    }

    /// The same for a socket that comes back.
    pub(crate) fn again(returned: Reattached) -> Self {
        Self::watching(returned, Watch::of_taken())
    }

    fn watching(
        Reattached {
            io,
            connection,
            read,
        }: Reattached,
        watch: Watch,
    ) -> Self {
        let served = connection.served().clone();
        served.inc();
        let inner = Inner {
            socket: Some((io, connection)),
            taker: None,
            head: BytesMut::new(),
            early: ReadAhead::default(),
            unread: read,
            gate: ReadThrottle::default(),
            watch,
            heads: HeadLimit::default(),
            paused: false,
            ended: false,
            has_more: false,
            again: None,
            strip: false,
        };
        Self {
            slot: Slot(Rc::new(inner.into())),
            served,
        }
    }

    pub(crate) fn slot(&self) -> Slot {
        self.slot.clone()
    }
}

impl Drop for DetachableStream {
    fn drop(&mut self) {
        self.served.dec();
        let mut inner = self.slot.0.borrow_mut();
        let Some((io, connection)) = inner.socket.take() else {
            return;
        };
        if !inner.ended && (inner.has_more || has_unread(&io)) {
            linger(io, connection);
        }
    }
}

/// Answers a request with this head, and gives its socket to `taker` before that is written.
pub fn detach(
    request: &HttpRequest,
    mut head: HttpResponseBuilder,
    taker: impl FnOnce(Detached) + 'static,
) -> HttpResponse {
    let mut inner = slot(request).0.borrow_mut();
    inner.taker = Some(Box::new(taker));
    inner.early.last_head();
    head.streaming(Never)
}

/// A GET request as it came, byte for byte; none if the peer has said more meanwhile.
pub fn as_it_came(request: &HttpRequest) -> Option<Bytes> {
    let inner = slot(request).0.borrow();
    inner
        .early
        .request(request)
        .filter(|_| inner.unread.is_empty())
}

/// Notes that the body of a request was read to its end.
pub(crate) fn body_was_read(request: &HttpRequest) {
    // A request that a test made has no connection.
    if let Some(Slot(inner)) = request.conn_data() {
        let mut inner = inner.borrow_mut();
        inner.has_more = false;
        inner.gate.set_answering(true);
    }
}

fn slot(request: &HttpRequest) -> &Slot {
    request
        .conn_data()
        .expect("every connection of this server has its slot")
}

/// The body of a response that somebody else writes.
struct Never;

impl Stream for Never {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Pending
    }
}

impl AsyncRead for DetachableStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut inner = self.slot.0.borrow_mut();
        let Inner {
            socket,
            early,
            unread,
            gate,
            watch,
            heads,
            paused,
            ended,
            has_more,
            ..
        } = &mut *inner;
        let Some((io, _)) = socket else {
            return Poll::Ready(Ok(()));
        };
        let (before, was_empty) = (buffer.filled().len(), unread.is_empty());
        let read = match gate.next(context) {
            Next::Pause => return Poll::Pending,
            Next::Watch => match watch.poll_end(io, context) {
                None => return Poll::Pending,
                Some(PeerEnd::Closed) => Poll::Ready(Ok(())),
                Some(PeerEnd::Reset) => Poll::Ready(Err(ErrorKind::ConnectionReset.into())),
            },
            // actix looks at one request before it gets the next.
            Next::Read if mem::take(paused) => {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Next::Read => match heads.room(context.waker()) {
                Room::Later => return Poll::Pending,
                Room::None => {
                    if !mem::replace(has_more, true) {
                        // What the kernel does not take at once the peer does not get.
                        let _ = SockRef::from(&*io).send(&too_long());
                    }
                    return Poll::Ready(Ok(()));
                }
                Room::Some(most) if !unread.is_empty() => {
                    let most = unread.len().min(buffer.remaining()).min(most);
                    buffer.put_slice(&unread.split_to(heads.read(&unread[..most])));
                    Poll::Ready(Ok(()))
                }
                Room::Some(most) if most < buffer.remaining() => {
                    poll_read_some(watch, io, context, buffer, most)
                }
                Room::Some(_) => watch.poll_read(io, context, buffer),
            },
        };
        if was_empty {
            let said = &buffer.filled()[before..];
            let length = heads.read(said);
            *unread = Bytes::copy_from_slice(&said[length..]);
            buffer.set_filled(before + length);
        }
        // A buffer that is full is read into once more before actix looks at it.
        *paused = !unread.is_empty() || (buffer.remaining() == 0 && buffer.filled().len() > before);
        let said = &buffer.filled()[before..];
        *ended |= read.is_ready() && said.is_empty();
        gate.read(said.len());
        early.saw(said);
        read
    }
}

impl AsyncWrite for DetachableStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut inner = self.slot.0.borrow_mut();
        let Inner {
            socket,
            taker,
            head,
            gate,
            ended,
            strip,
            ..
        } = &mut *inner;
        if taker.is_some() {
            head.extend_from_slice(bytes);
            return Poll::Ready(Ok(bytes.len()));
        }
        let Some((io, _)) = socket else {
            return Poll::Ready(Ok(bytes.len()));
        };
        if *strip {
            match bytes.windows(UPGRADE.len()).position(|at| at == UPGRADE) {
                Some(0) => {
                    *strip = false;
                    return Poll::Ready(Ok(UPGRADE.len()));
                }
                Some(at) => bytes = &bytes[..at],
                None => *strip = false,
            }
        }
        let written = Pin::new(io).poll_write(context, bytes);
        gate.set_blocked(written.is_pending());
        *ended |= matches!(written, Poll::Ready(Err(_)));
        written
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some((taken, taker)) = self.slot.take() else {
            return Poll::Ready(Ok(()));
        };
        // The slot is free again by now: the taker may do as it likes.
        if let Some(taken) = taken {
            taker(taken);
        }
        // Whatever became of the socket, the dispatcher ends with this.
        Poll::Ready(Err(ErrorKind::ConnectionAborted.into()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inner = self.slot.0.borrow_mut();
        let again = inner.again.take().filter(|_| !inner.ended);
        if let Some(again) = again
            && let Some((io, connection)) = inner.socket.take()
        {
            drop(inner);
            again(Reattached {
                io,
                connection,
                read: Bytes::new(),
            });
            return Poll::Ready(Ok(()));
        }
        match &mut inner.socket {
            Some((io, _)) => Pin::new(io).poll_shutdown(context),
            None => Poll::Ready(Ok(())),
        }
    }
}

/// Reads at most so many bytes.
fn poll_read_some(
    watch: &mut Watch,
    io: &mut TcpStream,
    context: &mut Context<'_>,
    buffer: &mut ReadBuf<'_>,
    most: usize,
) -> Poll<io::Result<()>> {
    let mut scratch = [0; 4096];
    let most = most.min(scratch.len());
    let mut some = ReadBuf::new(&mut scratch[..most]);
    ready!(watch.poll_read(io, context, &mut some))?;
    buffer.put_slice(some.filled());
    Poll::Ready(Ok(()))
}

/// Where the last head begins in what actix writes: after whatever it had not written yet.
fn last_head(written: &[u8]) -> usize {
    let version = b"HTTP/1.";
    written
        .windows(version.len())
        .rposition(|bytes| bytes == version)
        .unwrap_or(0)
}

impl Slot {
    /// The connection of a request.
    pub(crate) fn of(request: &actix_http::Request) -> &Self {
        request
            .conn_data()
            .expect("every connection of this server has its slot")
    }

    /// Notes that actix begins with a request.
    pub(crate) fn begin(&self, has_body: bool, follows: Follows) {
        let mut inner = self.0.borrow_mut();
        inner.early.begin();
        inner.has_more = has_body;
        inner.gate.set_answering(!has_body);
        inner.heads.begin(follows);
    }

    /// Whether the body of the latest request was not read to its end.
    pub(crate) fn has_more(&self) -> bool {
        self.0.borrow().has_more
    }

    /// Notes that actix is done with it.
    pub(crate) fn finish(&self) {
        let mut inner = self.0.borrow_mut();
        inner.gate.set_answering(false);
        inner.heads.finish();
    }

    /// Has the connection served anew after this response, though actix would end it; its head then does not say
    /// `connection: upgrade` if that is to be stripped. False if this cannot be: the socket goes elsewhere, or more was
    /// said than a request with a body of this length.
    pub(crate) fn keep(&self, length: u64, strip: bool, again: Again) -> bool {
        let mut inner = self.0.borrow_mut();
        let keeps =
            inner.taker.is_none() && inner.unread.is_empty() && inner.early.is_body_of(length);
        if keeps {
            (inner.again, inner.strip) = (Some(again), strip);
            inner.gate.close();
        }
        keeps
    }

    /// Everything for the taker, if there is one and actix has written the head for it. Without what the peer said
    /// first the rest means nothing: then there is only the taker, and the socket was dropped, which ends the connection.
    fn take(&self) -> Option<(Option<Detached>, Taker)> {
        let mut inner = self.0.borrow_mut();
        if inner.head.is_empty() {
            return None;
        }
        let (taker, (io, connection)) = (inner.taker.take()?, inner.socket.take()?);
        let (mut head, early) = (mem::take(&mut inner.head), mem::take(&mut inner.early));
        let before = head.split_to(last_head(&head)).freeze();
        let early = early
            .into_bytes()
            .map(|early| Bytes::from([early, mem::take(&mut inner.unread)].concat()));
        let taken = early
            .filter(|early| early.len() <= MOST_READ_AHEAD)
            .map(|early| Detached {
                io,
                before,
                head,
                early,
                connection,
            });
        Some((taken, taker))
    }
}

#[cfg(test)]
mod tests;
