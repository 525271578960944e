//! Detaching a socket from actix, and reattaching it.
//!
//! actix parses and routes every request. A handler that wants the socket calls [`detach`] and
//! returns a response whose body never yields. When actix's dispatcher flushes the headers of that
//! response, the [`DetachableStream`] under it keeps them back, gives them to the handler's
//! callback together with the socket, and reports to the dispatcher that the connection is lost.
//! The callback's owner then writes the headers and its first bytes together.
//!
//! A socket can be reattached, with the bytes already read from it: actix serves it like a new
//! connection.
//!
//! This relies on how actix-http's HTTP/1 dispatcher flushes and ends a connection; the tests below
//! pin that.

mod handle;
mod request_reader;
mod state;
mod stream;
#[cfg(test)]
mod tests;
mod upgrade_filter;

pub use handle::{ConnectionHandle, detach, mark_body_read, raw_request};
pub use stream::DetachableStream;

use super::connection_limit::ConnectionPermit;
use bytes::{Bytes, BytesMut};
use tokio::net::TcpStream;

/// A socket that actix has given up.
pub struct Detached {
    /// The socket.
    pub io: TcpStream,
    /// Bytes to write before the headers: responses to earlier requests, or `100 Continue`.
    pub unwritten: Bytes,
    /// The status line and headers of the response, not written yet.
    pub headers: BytesMut,
    /// Bytes that actix has read past the end of the request.
    pub read_ahead: Bytes,
    /// Keeps the connection counted.
    pub permit: ConnectionPermit,
}

/// A socket on its way back to actix.
pub struct Reattached {
    /// The socket.
    pub io: TcpStream,
    /// Keeps the connection counted.
    pub permit: ConnectionPermit,
    /// Bytes already read from the socket; actix reads them first.
    pub read_ahead: Bytes,
}

/// Receives the socket that a handler detached.
type OnDetach = Box<dyn FnOnce(Detached)>;

/// Serves a reattached connection.
pub(crate) type OnReattach = Box<dyn FnOnce(Reattached)>;
