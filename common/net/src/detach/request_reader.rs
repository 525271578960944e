//! Reads a connection for actix, one request at a time.

use crate::{
    body_framing::BodyFraming,
    early_responses::headers_too_large,
    read_ahead::{MAX_READ_AHEAD, ReadAhead},
    read_throttle::{ReadPermission, ReadThrottle},
    request_framer::{Allowance, RequestFramer},
    socket_reader::{PeerEnd, SocketReader},
};
use actix_web::HttpRequest;
use bytes::Bytes;
use socket2::SockRef;
use std::{
    io::{self, ErrorKind},
    mem,
    task::{Context, Poll, Waker, ready},
};
use tokio::{io::ReadBuf, net::TcpStream};

/// What a connection remembers between reads.
pub(super) struct RequestReader {
    reader: SocketReader,
    throttle: ReadThrottle,
    framer: RequestFramer,
    read_ahead: ReadAhead,
    /// Bytes read from the socket that actix has not got yet.
    pending: Bytes,
    /// actix parses what it has before it gets more.
    is_paused: bool,
    /// The peer has ended the connection.
    is_ended: bool,
    /// The body of the latest request was not read to its end.
    has_unread_body: bool,
    /// The task to wake when the response is complete, if the connection ends with it.
    last_response: Option<Waker>,
    /// The last response is complete.
    is_closing: bool,
}

impl RequestReader {
    /// Creates a reader that gives actix the bytes of `pending` first.
    pub(super) fn new(reader: SocketReader, pending: Bytes) -> Self {
        Self {
            reader,
            throttle: ReadThrottle::default(),
            framer: RequestFramer::default(),
            read_ahead: ReadAhead::default(),
            pending,
            is_paused: false,
            is_ended: false,
            has_unread_body: false,
            last_response: None,
            is_closing: false,
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
        if let Some(task) = self.last_response.take() {
            self.is_closing = true;
            task.wake();
        }
    }

    /// Ends the connection after this response, and wakes the task of the connection for that.
    pub(super) fn close_after_response(&mut self, task: Waker) {
        self.last_response = Some(task);
    }

    pub(super) fn mark_body_read(&mut self) {
        self.has_unread_body = false;
        self.throttle.set_answering(true);
    }

    pub(super) fn has_unread_body(&self) -> bool {
        self.has_unread_body
    }

    /// Records whether the kernel takes no more bytes for the peer.
    pub(super) fn set_blocked(&mut self, is_blocked: bool) {
        self.throttle.set_blocked(is_blocked);
    }

    /// Records that the peer has ended the connection.
    pub(super) fn end(&mut self) {
        self.is_ended = true;
    }

    pub(super) fn is_ended(&self) -> bool {
        self.is_ended
    }

    /// Returns the request that actix has begun, byte for byte. Returns `None` if the peer has sent
    /// more since.
    pub(super) fn raw_request(&self, request: &HttpRequest) -> Option<Bytes> {
        if self.pending.is_empty() {
            self.read_ahead.raw_request(request)
        } else {
            None
        }
    }

    /// Keeps all that follows for the new owner of the socket.
    pub(super) fn expect_no_request(&mut self) {
        self.read_ahead.expect_no_request();
    }

    /// Reads no more if exactly one body of this length came after the latest headers. Returns
    /// false if something else came.
    pub(super) fn close_after_body(&mut self, length: u64) -> bool {
        let is_complete = self.pending.is_empty() && self.read_ahead.is_body_of(length);
        if is_complete {
            self.throttle.close();
        }
        is_complete
    }

    /// Takes all bytes after the request. Returns `None` if they are more than is kept.
    pub(super) fn take_read_ahead(&mut self) -> Option<Bytes> {
        let bytes = mem::take(&mut self.read_ahead).into_bytes()?;
        let all = Bytes::from([bytes, mem::take(&mut self.pending)].concat());
        (all.len() <= MAX_READ_AHEAD).then_some(all)
    }

    /// Reads for actix, at most up to the end of a request.
    pub(super) fn poll_read(
        &mut self,
        io: &mut TcpStream,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_closing {
            // For actix the peer has ended the connection: it writes the response, and closes.
            return Poll::Ready(Ok(()));
        }
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
            ReadPermission::Read => self.poll_read_request(io, context, buffer),
        }
    }

    fn poll_read_request(
        &mut self,
        io: &mut TcpStream,
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
                self.refuse_headers(io);
                return Poll::Ready(Ok(()));
            }
        };
        let start = buffer.filled().len();
        if self.pending.is_empty() {
            let result = ready!(self.reader.poll_read_most(io, context, buffer, max));
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
        self.record(&buffer.filled()[start..], buffer.remaining() == 0);
        Poll::Ready(Ok(()))
    }

    /// Records what actix gets, and decides whether it must parse that before it gets more.
    fn record(&mut self, read: &[u8], fills_buffer: bool) {
        self.is_ended |= read.is_empty();
        // actix reads into a full buffer once more before it parses. The body of a WebSocket has no
        // request behind it, and would pile up in actix if each small buffer ended a turn.
        let is_full = fills_buffer && !read.is_empty() && !self.framer.is_endless();
        self.is_paused = !self.pending.is_empty() || is_full;
        self.throttle.record(read.len());
        self.read_ahead.record(read);
    }

    /// Responds to headers that are too large, once. actix sees the end of the connection.
    fn refuse_headers(&mut self, io: &TcpStream) {
        if !mem::replace(&mut self.has_unread_body, true) {
            // Best effort: a peer without room for the response gets none.
            let _ = SockRef::from(io).send(headers_too_large().as_bytes());
        }
    }
}
