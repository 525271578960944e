//! Sockets below HTTP: listening, limits on connections, and streams that can be detached from
//! actix.
//!
//! Nothing here depends on messages, subscribers or routes.

mod address;
mod body_framing;
mod chunked_body;
mod connection_limit;
mod connection_options;
mod content_length;
mod detach;
mod disconnect_reason;
mod early_responses;
mod header_scanner;
mod linger;
pub mod listener;
mod listening_sockets;
mod read_ahead;
mod read_throttle;
mod request_framer;
mod signals;
mod socket_events;
mod socket_reader;
mod socket_writer;

pub use address::network;
pub use body_framing::{BodyFraming, has_endless_body};
pub use connection_limit::{ConnectionGauges, ConnectionLimit, ConnectionPermit};
pub use detach::{
    ConnectionHandle, DetachableStream, Detached, Reattached, detach, mark_body_read, raw_request,
};
pub use disconnect_reason::DisconnectReason;
pub use listener::listen;
pub use listening_sockets::ListeningSockets;
pub use signals::{Signals, cluster_shut_down_signal, ignore_hang_up, shut_down_signal};
pub use socket_events::{SocketEvent, SocketEvents};
pub use socket_reader::PeerEnd;
pub use socket_writer::{SocketWriter, Tick};

use std::net::SocketAddr;

/// A connection as actix serves it, and the address of its peer.
pub type AcceptedSocket = (DetachableStream, Option<SocketAddr>);
