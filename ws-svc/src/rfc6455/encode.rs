//! Our frames to clients: never masked, never fragmented, lengths in the shortest form.
//! All append, so that several frames can leave in one write, and a message for many is encoded once.

use bytes::{BufMut, BytesMut};

use super::header::{MAX_CONTROL, Opcode};

/// The most a frame has in front of its payload.
const MAX_HEADER: usize = 10;
/// What a close has left for its reason.
const MAX_REASON: usize = MAX_CONTROL - 2;

/// A text message; the caller knows that it is UTF-8.
pub(crate) fn text(utf8: &[u8], out: &mut BytesMut) {
    frame(Opcode::Text, utf8, out);
}

/// Asks whether the peer is there; at most 125 bytes.
pub(crate) fn ping(payload: &[u8], out: &mut BytesMut) {
    control(Opcode::Ping, payload, out);
}

/// Answers a ping with its payload.
pub(crate) fn pong(payload: &[u8], out: &mut BytesMut) {
    control(Opcode::Pong, payload, out);
}

/// Says goodbye; of a reason too long for the frame, as many characters as fit.
pub(crate) fn close(code: u16, reason: &str, out: &mut BytesMut) {
    let reason = shortened(reason);
    header(Opcode::Close, 2 + reason.len(), out);
    out.put_u16(code);
    out.put_slice(reason.as_bytes());
}

/// Answers a close that gave no code.
pub(crate) fn close_without_code(out: &mut BytesMut) {
    control(Opcode::Close, b"", out);
}

fn control(opcode: Opcode, payload: &[u8], out: &mut BytesMut) {
    debug_assert!(payload.len() <= MAX_CONTROL, "{opcode:?} with {} bytes", payload.len());
    frame(opcode, payload, out);
}

fn frame(opcode: Opcode, payload: &[u8], out: &mut BytesMut) {
    header(opcode, payload.len(), out);
    out.put_slice(payload);
}

fn header(opcode: Opcode, len: usize, out: &mut BytesMut) {
    out.reserve(MAX_HEADER + len);
    out.put_u8(0x80 | opcode as u8);
    match len {
        0..=125 => out.put_u8(len as u8),
        126..=0xFFFF => {
            out.put_u8(126);
            out.put_u16(len as u16);
        }
        _ => {
            out.put_u8(127);
            out.put_u64(len as u64);
        }
    }
}

fn shortened(reason: &str) -> &str {
    let mut end = reason.len().min(MAX_REASON);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    &reason[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut BytesMut)) -> Vec<u8> {
        let mut out = BytesMut::new();
        write(&mut out);
        out.to_vec()
    }

    #[test]
    fn small_frames_are_pinned_byte_for_byte() {
        assert_eq!(written(|out| text(b"", out)), [0x81, 0]);
        assert_eq!(written(|out| text(b"Hello", out)), b"\x81\x05Hello");
        assert_eq!(written(|out| ping(b"", out)), [0x89, 0]);
        assert_eq!(written(|out| pong(b"Hello", out)), b"\x8A\x05Hello");
    }

    #[test]
    fn lengths_take_the_shortest_form() {
        let forms: [(usize, &[u8]); 5] = [
            (0, &[0]),
            (125, &[125]),
            (126, &[126, 0, 126]),
            (65_535, &[126, 0xFF, 0xFF]),
            (65_536, &[127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ];
        for (len, form) in forms {
            let payload = vec![b'x'; len];
            let expected = [&[0x81], form, &payload].concat();
            assert!(written(|out| text(&payload, out)) == expected, "{len} bytes");
        }
    }

    #[test]
    fn a_close_carries_its_code_and_reason() {
        assert_eq!(written(|out| close(1001, "bye", out)), [0x88, 5, 0x03, 0xE9, b'b', b'y', b'e']);
        assert_eq!(written(|out| close(1000, "", out)), [0x88, 2, 0x03, 0xE8]);
        assert_eq!(written(close_without_code), [0x88, 0]);
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let longest = "a".repeat(123);
        assert_eq!(written(|out| close(1000, &longest, out))[4..], *longest.as_bytes());
        let cut = written(|out| close(1000, &"€".repeat(100), out));
        assert_eq!(cut[1], 2 + 123);
        let cut = written(|out| close(1000, &format!("a{}", "€".repeat(100)), out));
        assert_eq!(cut[1], 2 + 121);
        assert!(std::str::from_utf8(&cut[4..]).is_ok());
    }

    #[test]
    fn frames_are_appended() {
        let both = written(|out| {
            text(b"a", out);
            ping(b"b", out);
        });
        assert_eq!(both, [0x81, 1, b'a', 0x89, 1, b'b']);
    }
}
