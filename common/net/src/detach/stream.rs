//! The stream under actix's HTTP whose socket can be detached.

use super::{ConnectionHandle, Reattached, state::ConnectionState};
use crate::{connection_limit::ConnectionPermit, socket_reader::SocketReader};
use bytes::Bytes;
use prometheus_client::metrics::gauge::Gauge;
use std::{
    io::{self, ErrorKind},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// A connection as actix sees it.
pub struct DetachableStream {
    handle: ConnectionHandle,
    /// Counts the connections that actix serves.
    served: Gauge,
}

impl DetachableStream {
    /// Wraps a socket that was just accepted.
    pub(crate) fn accepted(io: TcpStream, permit: ConnectionPermit) -> Self {
        let accepted = Reattached {
            io,
            permit,
            read_ahead: Bytes::new(),
        };
        Self::new(accepted, SocketReader::accepted())
    }

    /// Wraps a socket that was detached before.
    pub fn reattached(reattached: Reattached) -> Self {
        Self::new(reattached, SocketReader::transferred())
    }

    fn new(socket: Reattached, reader: SocketReader) -> Self {
        let served = socket.permit.served().clone();
        served.inc();
        let state = ConnectionState::new(socket, reader);
        Self {
            handle: ConnectionHandle(Rc::new(state.into())),
            served,
        }
    }

    /// Returns the handle for this connection's requests.
    pub fn handle(&self) -> ConnectionHandle {
        self.handle.clone()
    }
}

impl Drop for DetachableStream {
    fn drop(&mut self) {
        self.served.dec();
        self.handle.state().close();
    }
}

impl AsyncRead for DetachableStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.handle.state().poll_read(context, buffer)
    }
}

impl AsyncWrite for DetachableStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.handle.state().poll_write(context, bytes)
    }

    /// Detaches the socket if a handler asked for it.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let detached = self.handle.state().take_detached();
        let Some((detached, on_detach)) = detached else {
            return Poll::Ready(Ok(()));
        };
        // The state is not borrowed any more, so the callback may use it.
        if let Some(detached) = detached {
            on_detach(detached);
        }
        // This ends the dispatcher.
        Poll::Ready(Err(ErrorKind::ConnectionAborted.into()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.handle.state();
        if let Some((reattach, reattached)) = state.take_reattached() {
            drop(state);
            reattach(reattached);
            return Poll::Ready(Ok(()));
        }
        match &mut state.socket {
            Some((io, _)) => Pin::new(io).poll_shutdown(context),
            None => Poll::Ready(Ok(())),
        }
    }
}
