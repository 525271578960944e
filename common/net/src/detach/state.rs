//! What a connection remembers while actix serves it.

use super::{
    Detached, OnDetach, OnReattach, Reattached,
    request_reader::RequestReader,
    upgrade_filter::{Filtered, UpgradeFilter},
};
use crate::{
    body_framing::BodyFraming, connection_limit::ConnectionPermit, linger::linger_if_unread,
    socket_reader::SocketReader,
};
use actix_web::HttpRequest;
use bytes::{Bytes, BytesMut};
use std::{
    io, mem,
    pin::Pin,
    task::{Context, Poll, Waker},
};
use tokio::{
    io::{AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// The state of one connection while actix serves it.
pub struct ConnectionState {
    /// The socket, until it is detached.
    pub(super) socket: Option<(TcpStream, ConnectionPermit)>,
    reader: RequestReader,
    /// Receives the socket when actix flushes the response's headers.
    on_detach: Option<OnDetach>,
    /// What actix has written since the handler asked for the socket.
    written: BytesMut,
    /// Serves the connection again where actix would close it.
    reattach: Option<OnReattach>,
    upgrade_filter: UpgradeFilter,
}

impl ConnectionState {
    pub(super) fn new(socket: Reattached, reader: SocketReader) -> Self {
        Self {
            socket: Some((socket.io, socket.permit)),
            reader: RequestReader::new(reader, socket.read_ahead),
            on_detach: None,
            written: BytesMut::new(),
            reattach: None,
            upgrade_filter: UpgradeFilter::default(),
        }
    }

    /// Records that actix begins with a request.
    pub fn begin_request(&mut self, has_body: bool, framing: BodyFraming) {
        self.reader.begin_request(has_body, framing);
    }

    /// Records that actix is done with the request.
    pub fn finish_request(&mut self) {
        self.reader.finish_request();
    }

    /// Records that the body of the latest request was read to its end.
    pub(super) fn mark_body_read(&mut self) {
        self.reader.mark_body_read();
    }

    /// Returns whether part of the latest request's body is still unread.
    pub fn has_unread_body(&self) -> bool {
        self.reader.has_unread_body()
    }

    /// Ends the connection after this response, without the rest of the request's body. actix would
    /// wait for the last chunk, which may never come. `task` is that of the connection.
    pub fn close_after_response(&mut self, task: Waker) {
        self.reader.close_after_response(task);
    }

    /// Returns a GET request byte for byte. Returns `None` if the peer has sent more since.
    pub(super) fn raw_request(&self, request: &HttpRequest) -> Option<Bytes> {
        self.reader.raw_request(request)
    }

    pub(super) fn detach_with(&mut self, on_detach: OnDetach) {
        self.on_detach = Some(on_detach);
        self.reader.expect_no_request();
    }

    /// Reattaches the connection after this response, where actix would close it. With
    /// `hide_upgrade` the response loses the `connection: upgrade` that actix writes.
    ///
    /// Returns false if the connection cannot continue: its socket is being detached, or the peer
    /// has sent something else than a body of this length.
    pub fn reattach_after_response(
        &mut self,
        body_length: u64,
        hide_upgrade: bool,
        reattach: OnReattach,
    ) -> bool {
        let can_continue = self.on_detach.is_none() && self.reader.close_after_body(body_length);
        if can_continue {
            self.reattach = Some(reattach);
            self.upgrade_filter.set_active(hide_upgrade);
        }
        can_continue
    }

    /// Takes the callback and the socket for it, if actix is to give the connection back instead of
    /// closing it.
    pub(super) fn take_reattached(&mut self) -> Option<(OnReattach, Reattached)> {
        let reattach = self.reattach.take().filter(|_| !self.reader.is_ended())?;
        let (io, permit) = self.socket.take()?;
        let reattached = Reattached {
            io,
            permit,
            read_ahead: Bytes::new(),
        };
        Some((reattach, reattached))
    }

    /// Takes the socket for the handler that detached it, once actix has written the response's
    /// headers.
    ///
    /// The first part is `None` if the peer has sent more than is kept. The socket is then dropped,
    /// which ends the connection.
    pub(super) fn take_detached(&mut self) -> Option<(Option<Detached>, OnDetach)> {
        if self.written.is_empty() {
            return None;
        }
        let on_detach = self.on_detach.take()?;
        let (io, permit) = self.socket.take()?;
        let mut headers = mem::take(&mut self.written);
        let unwritten = headers.split_to(start_of_last_response(&headers)).freeze();
        let detached = self.reader.take_read_ahead().map(|read_ahead| Detached {
            io,
            unwritten,
            headers,
            read_ahead,
            permit,
        });
        Some((detached, on_detach))
    }

    pub(super) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.socket {
            Some((io, _)) => self.reader.poll_read(io, context, buffer),
            None => Poll::Ready(Ok(())),
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
        self.reader.set_blocked(written.is_pending());
        if matches!(written, Poll::Ready(Err(_))) {
            self.reader.end();
        }
        written
    }

    /// Closes the connection, so that the peer can read its last response.
    pub(super) fn close(&mut self) {
        if let Some((io, permit)) = self.socket.take()
            && !self.reader.is_ended()
        {
            linger_if_unread(io, permit, self.reader.has_unread_body());
        }
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
