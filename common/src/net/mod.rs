//! Sockets below HTTP: listening, limits on connections, and streams that can be detached from
//! actix.
//!
//! No module here depends on messages, subscribers or routes.

mod address;
mod body_framing;
mod chunked_body;
mod connection_limit;
mod content_length;
mod detach;
mod early_responses;
mod header_scanner;
mod linger;
pub(crate) mod listener;
mod listening_sockets;
mod read_ahead;
mod read_throttle;
mod request_framer;
pub(crate) mod signals;
mod socket_reader;
mod socket_writer;

pub(crate) use address::network;
pub(crate) use body_framing::BodyFraming;
pub use body_framing::has_endless_body;
pub use connection_limit::ConnectionPermit;
pub(crate) use connection_limit::{ConnectionGauges, ConnectionLimit};
pub(crate) use detach::{ConnectionHandle, DetachableStream, mark_body_read};
pub use detach::{Detached, Reattached, detach, raw_request};
pub use listener::listen;
pub(crate) use listening_sockets::ListeningSockets;
pub use signals::{Signals, shut_down_signal};
pub(crate) use socket_reader::{PeerEnd, SocketReader};
pub(crate) use socket_writer::{SocketWriter, Tick};

use std::net::SocketAddr;

/// A connection as actix serves it, and the address of its peer.
pub(crate) type AcceptedSocket = (DetachableStream, Option<SocketAddr>);
