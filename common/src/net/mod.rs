//! Sockets below HTTP: listening, limits on connections, and the stream that can be detached from actix.
//!
//! Knows no message, no subscriber and no route.

mod address;
mod chunked;
mod connection_limit;
mod detach;
mod hang_up;
mod head_limit;
mod linger;
pub(crate) mod listener;
mod listening;
mod read_ahead;
mod read_throttle;
pub(crate) mod signals;

pub(crate) use address::network;
pub(crate) use connection_limit::ConnectionLimit;
pub use connection_limit::ConnectionPermit;
pub(crate) use detach::{DetachableStream, Slot, body_was_read};
pub use detach::{Detached, Reattached, as_it_came, detach};
pub(crate) use hang_up::{PeerEnd, Watch};
pub(crate) use head_limit::Follows;
pub use head_limit::has_endless_body;
pub use listener::listen;
pub(crate) use listening::Listening;
pub use signals::{Signals, shut_down_signal};

use std::net::SocketAddr;

/// A connection as actix serves it, and the address of its peer.
pub(crate) type AcceptedSocket = (DetachableStream, Option<SocketAddr>);
