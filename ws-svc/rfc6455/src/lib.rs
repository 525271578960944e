//! WebSocket frames and messages ([RFC 6455]) for the server side, without sockets and clocks.
//!
//! A server must bound what each connection makes it hold, and must own the sockets itself. No
//! library combines both. The codec of actix-http compares a frame with its limit only when all of
//! it is buffered, and returns fragments that the caller has to join and check. tungstenite and
//! fastwebsockets bound and join, but they own the stream, keep a buffer for each connection, and
//! allocate a whole frame when its header arrives.
//!
//! Here the caller keeps the sockets and may read all of them into one buffer. A [`Decoder`]
//! rejects a frame that is too long by its header, and a text by the first byte that is not UTF-8.
//! It allocates only for bytes that have arrived, [counts them](Decoder::buffered), and owns no
//! heap while idle. [`encode`] appends frames to a buffer, so that a message is encoded once for
//! all subscribers.
//!
//! ```
//! use bytes::BytesMut;
//! use rfc6455::{DecodeError, Decoder, Event, encode};
//!
//! let mut decoder = Decoder::new(64 * 1024);
//! decoder.feed(&[0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]);
//! let mut replies = BytesMut::new();
//! while let Some(event) = decoder.next_event()? {
//!     if let Event::Text(text) = event {
//!         encode::text(text.as_bytes(), &mut replies);
//!     }
//! }
//! assert_eq!(replies, &b"\x81\x05Hello"[..]);
//! # Ok::<(), DecodeError>(())
//! ```
//!
//! The opening handshake (section 4), timeouts, and the replies to pings and close frames are up to
//! the caller. No extension is supported. Sections in this documentation are those of the RFC.
//!
//! [RFC 6455]: https://www.rfc-editor.org/rfc/rfc6455

mod buffer;
mod close;
pub mod close_code;
mod decoder;
pub mod encode;
mod error;
mod event;
mod frame;
mod header;
mod mask;
mod message;
mod opcode;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod testing;
mod utf8;

pub use close::CloseFrame;
pub use decoder::Decoder;
pub use error::{DecodeError, ProtocolError};
pub use event::Event;
pub use opcode::Opcode;
pub use utf8::Utf8Bytes;

/// The longest payload of a control frame, in bytes (section 5.5).
pub const MAX_CONTROL_PAYLOAD: usize = 125;
