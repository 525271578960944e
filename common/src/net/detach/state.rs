//! What a connection remembers between reads and writes.

use super::{
    Detached, OnDetach, Reattach, Reattached,
    upgrade_filter::{Filtered, UpgradeFilter},
};
use crate::net::{
    connection_limit::ConnectionPermit,
    read_ahead::{MAX_READ_AHEAD, ReadAhead},
    read_throttle::{ReadPermission, ReadThrottle},
    request_framer::{Allowance, BodyFraming, RequestFramer, headers_too_large},
    socket_reader::{PeerEnd, SocketReader},
};
use actix_web::HttpRequest;
use bytes::{Bytes, BytesMut};
use socket2::SockRef;
use std::{
    io::{self, ErrorKind},
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// The state of one connection while actix serves it.
pub(super) struct ConnectionState {
    /// The socket, until it is detached.
    pub(super) socket: Option<(TcpStream, ConnectionPermit)>,
    /// Receives the socket when actix flushes the response's headers.
    on_detach: Option<OnDetach>,
    /// What actix has written since the handler asked for the socket.
    written: BytesMut,
    read_ahead: ReadAhead,
    /// Bytes read from the socket that actix has not got yet.
    pending: Bytes,
    throttle: ReadThrottle,
    reader: SocketReader,
    framer: RequestFramer,
    /// actix parses what it has before it gets more.
    is_paused: bool,
    /// The peer has ended the connection.
    pub(super) is_ended: bool,
    /// The body of the latest request was not read to its end.
    has_unread_body: bool,
    /// Serves the connection again where actix would close it.
    reattach: Option<Reattach>,
    upgrade_filter: UpgradeFilter,
}

impl ConnectionState {
    pub(super) fn new(
        Reattached {
            io,
            permit,
            read_ahead,
        }: Reattached,
        reader: SocketReader,
    ) -> Self {
        Self {
            socket: Some((io, permit)),
            on_detach: None,
            written: BytesMut::new(),
            read_ahead: ReadAhead::default(),
            pending: read_ahead,
            throttle: ReadThrottle::default(),
            reader,
            framer: RequestFramer::default(),
            is_paused: false,
            is_ended: false,
            has_unread_body: false,
            reattach: None,
            upgrade_filter: UpgradeFilter::default(),
        }
    }

    pub(super) fn begin_request(&mut self, has_body: bool, framing: BodyFraming) {
        self.read_ahead.begin_request();
        self.has_unread_body = has_body;
        self.throttle.set_answering(!has_body);
        self.framer.begin_request(framing);
    }

    pub(super) fn finish_request(&mut self) {
        self.throttle.set_answering(false);
        self.framer.finish_request();
    }

    pub(super) fn mark_body_read(&mut self) {
        self.has_unread_body = false;
        self.throttle.set_answering(true);
    }

    pub(super) fn has_unread_body(&self) -> bool {
        self.has_unread_body
    }

    pub(super) fn raw_request(&self, request: &HttpRequest) -> Option<Bytes> {
        if self.pending.is_empty() {
            self.read_ahead.raw_request(request)
        } else {
            None
        }
    }

    pub(super) fn detach_with(&mut self, on_detach: OnDetach) {
        self.on_detach = Some(on_detach);
        self.read_ahead.expect_no_request();
    }

    pub(super) fn reattach_after_response(
        &mut self,
        body_length: u64,
        hide_upgrade: bool,
        reattach: Reattach,
    ) -> bool {
        let can_continue = self.on_detach.is_none()
            && self.pending.is_empty()
            && self.read_ahead.is_body_of(body_length);
        if can_continue {
            self.reattach = Some(reattach);
            self.upgrade_filter.set_active(hide_upgrade);
            self.throttle.close();
        }
        can_continue
    }

    /// Takes the callback and the socket for it, if actix is to give the connection back instead of closing it.
    pub(super) fn take_reattached(&mut self) -> Option<(Reattach, Reattached)> {
        let reattach = self.reattach.take().filter(|_| !self.is_ended)?;
        let (io, permit) = self.socket.take()?;
        let reattached = Reattached {
            io,
            permit,
            read_ahead: Bytes::new(),
        };
        Some((reattach, reattached))
    }

    pub(super) fn take_detached(&mut self) -> Option<(Option<Detached>, OnDetach)> {
        if self.written.is_empty() {
            return None;
        }
        let on_detach = self.on_detach.take()?;
        let (io, permit) = self.socket.take()?;
        let mut headers = mem::take(&mut self.written);
        let unwritten = headers.split_to(start_of_last_response(&headers)).freeze();
        let detached = self.take_read_ahead().map(|read_ahead| Detached {
            io,
            unwritten,
            headers,
            read_ahead,
            permit,
        });
        Some((detached, on_detach))
    }

    /// Takes all bytes after the request. Returns `None` if they are more than is kept.
    fn take_read_ahead(&mut self) -> Option<Bytes> {
        let bytes = mem::take(&mut self.read_ahead).into_bytes()?;
        let all = Bytes::from([bytes, mem::take(&mut self.pending)].concat());
        (all.len() <= MAX_READ_AHEAD).then_some(all)
    }

    /// Reads for actix, at most up to the end of a request.
    pub(super) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Some((io, _)) = &self.socket else {
            return Poll::Ready(Ok(()));
        };
        match self.throttle.poll(context) {
            ReadPermission::Later => Poll::Pending,
            ReadPermission::EndOnly => {
                let Some(end) = self.reader.poll_end(io, context) else {
                    return Poll::Pending;
                };
                self.is_ended = true;
                Poll::Ready(match end {
                    PeerEnd::Closed => Ok(()),
                    PeerEnd::Reset => Err(ErrorKind::ConnectionReset.into()),
                })
            }
            ReadPermission::Read => self.poll_read_request(context, buffer),
        }
    }

    fn poll_read_request(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if mem::take(&mut self.is_paused) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let max = match self.framer.allowance(context.waker()) {
            Allowance::Bytes(max) => max,
            Allowance::Later => return Poll::Pending,
            Allowance::HeadersTooLarge => {
                self.refuse_headers();
                return Poll::Ready(Ok(()));
            }
        };
        let start = buffer.filled().len();
        if self.pending.is_empty() {
            let result = ready!(self.poll_read_socket(context, buffer, max));
            self.is_ended |= result.is_err();
            result?;
            let read = &buffer.filled()[start..];
            let end = self.framer.read(read);
            self.pending = Bytes::copy_from_slice(&read[end..]);
            buffer.set_filled(start + end);
        } else {
            let max = self.pending.len().min(buffer.remaining()).min(max);
            let end = self.framer.read(&self.pending[..max]);
            buffer.put_slice(&self.pending.split_to(end));
        }
        let read = &buffer.filled()[start..];
        self.is_ended |= read.is_empty();
        // actix reads into a full buffer once more before it parses. The body of a WebSocket has no
        // request behind it, and would pile up in actix if each small buffer ended a turn.
        let is_full = buffer.remaining() == 0 && !read.is_empty() && !self.framer.is_endless();
        self.is_paused = !self.pending.is_empty() || is_full;
        self.throttle.record(read.len());
        self.read_ahead.record(read);
        Poll::Ready(Ok(()))
    }

    fn poll_read_socket(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
        max: usize,
    ) -> Poll<io::Result<()>> {
        let Some((io, _)) = &mut self.socket else {
            return Poll::Ready(Ok(()));
        };
        if max >= buffer.remaining() {
            return self.reader.poll_read(io, context, buffer);
        }
        let mut scratch = [0; 4096];
        let max = max.min(scratch.len());
        let mut part = ReadBuf::new(&mut scratch[..max]);
        ready!(self.reader.poll_read(io, context, &mut part))?;
        buffer.put_slice(part.filled());
        Poll::Ready(Ok(()))
    }

    /// Responds to headers that are too large, once. actix sees the end of the connection.
    fn refuse_headers(&mut self) {
        if !mem::replace(&mut self.has_unread_body, true)
            && let Some((io, _)) = &self.socket
        {
            // Best effort: a peer without room for the response gets none.
            let _ = SockRef::from(io).send(&headers_too_large());
        }
    }

    /// Writes for actix. What follows a [`detach`](super::detach) is kept back.
    pub(super) fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.on_detach.is_some() {
            self.written.extend_from_slice(bytes);
            return Poll::Ready(Ok(bytes.len()));
        }
        let Some((io, _)) = &mut self.socket else {
            return Poll::Ready(Ok(bytes.len()));
        };
        let bytes = match self.upgrade_filter.apply(bytes) {
            Filtered::Write(bytes) => bytes,
            Filtered::Skip(length) => return Poll::Ready(Ok(length)),
        };
        let written = Pin::new(io).poll_write(context, bytes);
        self.throttle.set_blocked(written.is_pending());
        self.is_ended |= matches!(written, Poll::Ready(Err(_)));
        written
    }
}

/// Finds where the last response begins in what actix has written.
fn start_of_last_response(written: &[u8]) -> usize {
    let version = b"HTTP/1.";
    written
        .windows(version.len())
        .rposition(|bytes| bytes == version)
        .unwrap_or(0)
}
