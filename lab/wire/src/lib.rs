//! Readers and writers of HTTP/1 messages, of event streams and of a client's WebSocket frames, for
//! the tools of the lab. They have no sockets and no clocks, accept pieces of any size, and copy
//! only incomplete units. They are not strict: they find what a message contains. The scenarios of
//! `conformance` check the protocol, with readers of their own, so that no error hides in both.
//!
//! - [`head`]: start lines and headers, and where a body ends
//! - [`chunks`]: chunked bodies
//! - [`framing`]: the messages of a connection, one after the other
//! - [`event_stream`]: the fields and the events of an event stream
//! - [`frames`]: WebSocket frames
//! - [`units`]: complete units out of pieces

pub mod chunks;
pub mod event_stream;
pub mod frames;
pub mod framing;
pub mod head;
pub mod units;

/// Returns the decimal number at the beginning of the bytes, or 0.
#[must_use]
pub fn leading_number(bytes: &[u8]) -> u64 {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number: u64, byte| {
        number
            .saturating_mul(10)
            .saturating_add(u64::from(byte - b'0'))
    })
}
