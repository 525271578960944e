//! From messages to frames: never fragmented, with lengths in the shortest form (section 5.2).
//!
//! Each function appends to a buffer, so that several frames can leave in one write. A server never
//! masks its frames (section 5.1); [`masked_frame`] is for clients.

use bytes::{BufMut, BytesMut};

use crate::{MAX_CONTROL_PAYLOAD, Opcode, mask};

/// The longest header of a frame without a mask, in bytes (section 5.2): for the capacity of
/// buffers.
pub const MAX_HEADER: usize = 10;
/// The longest reason of a close, in bytes: what the code leaves of the payload (section 5.5.1).
const MAX_REASON: usize = MAX_CONTROL_PAYLOAD - 2;
/// The FIN bit of the first byte, and the MASK bit of the second.
const TOP_BIT: u8 = 0x80;

/// Appends a text message. `utf8` must be UTF-8, which is not checked.
#[inline]
pub fn text(utf8: &[u8], out: &mut BytesMut) {
    frame(Opcode::Text, utf8, out);
}

/// Appends a ping with at most 125 bytes of payload (section 5.5.2).
pub fn ping(payload: &[u8], out: &mut BytesMut) {
    frame(Opcode::Ping, payload, out);
}

/// Appends a pong with the payload of the ping that it answers (section 5.5.3).
pub fn pong(payload: &[u8], out: &mut BytesMut) {
    frame(Opcode::Pong, payload, out);
}

/// Appends a close frame. A reason longer than 123 bytes is cut between two characters (section
/// 5.5.1).
pub fn close(code: u16, reason: &str, out: &mut BytesMut) {
    let reason = truncated(reason);
    header(Opcode::Close, true, 2 + reason.len(), None, out);
    out.put_u16(code);
    out.put_slice(reason.as_bytes());
}

/// Appends the close frame that answers one without a code.
pub fn close_without_code(out: &mut BytesMut) {
    frame(Opcode::Close, b"", out);
}

/// Appends one frame as clients send it, masked with `key` (section 5.3). `fin` ends the
/// message. The order of fragments and the limits of control frames are up to the caller.
pub fn masked_frame(opcode: Opcode, fin: bool, key: [u8; 4], payload: &[u8], out: &mut BytesMut) {
    header(opcode, fin, payload.len(), Some(key), out);
    let start = out.len();
    out.put_slice(payload);
    mask::apply(&mut out[start..], key);
}

#[inline]
fn frame(opcode: Opcode, payload: &[u8], out: &mut BytesMut) {
    debug_assert!(
        !opcode.is_control() || payload.len() <= MAX_CONTROL_PAYLOAD,
        "{opcode:?}: {} bytes",
        payload.len()
    );
    header(opcode, true, payload.len(), None, out);
    out.put_slice(payload);
}

#[inline]
fn header(opcode: Opcode, fin: bool, len: usize, key: Option<[u8; 4]>, out: &mut BytesMut) {
    let mask_key: &[u8] = key.as_ref().map_or(&[], |key| key);
    out.reserve(MAX_HEADER + mask_key.len() + len);
    let fin_bit = if fin { TOP_BIT } else { 0 };
    out.put_u8(fin_bit | opcode as u8);
    let masked = if mask_key.is_empty() { 0 } else { TOP_BIT };
    match len {
        0..=125 => out.put_u8(masked | len as u8),
        126..=0xFFFF => {
            out.put_u8(masked | 126);
            out.put_u16(len as u16);
        }
        _ => {
            out.put_u8(masked | 127);
            out.put_u64(len as u64);
        }
    }
    out.put_slice(mask_key);
}

fn truncated(reason: &str) -> &str {
    let mut end = reason.len().min(MAX_REASON);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    &reason[..end]
}

#[cfg(test)]
mod tests;
