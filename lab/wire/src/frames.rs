//! WebSocket frames as a client reads and writes them (RFC 6455 section 5.2). `rfc6455` decodes
//! those of clients, which are masked; a server's are not, and are found in place.

use bytes::BytesMut;
pub use rfc6455::Opcode;

/// A frame of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Purpose of the frame.
    pub opcode: Opcode,
    /// Whether it ends its message.
    pub fin: bool,
    /// The payload, of which no limit is checked.
    pub payload: &'a [u8],
    /// Bytes of the frame, the payload included.
    pub length: usize,
}

/// Bytes that are not a frame of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Only clients mask their frames (section 5.1).
    #[error("a masked frame, which only clients send")]
    Masked,
    /// An opcode that the RFC reserves.
    #[error("a frame with an unknown opcode")]
    Opcode,
    /// A length that no memory has room for.
    #[error("a frame that is too long")]
    TooLong,
}

impl<'a> Frame<'a> {
    /// Parses the frame at the start of the bytes. Returns `None` if it is not complete.
    ///
    /// # Errors
    ///
    /// [`FrameError`] for bytes that are not a frame of a server.
    pub fn parse(bytes: &'a [u8]) -> Result<Option<Self>, FrameError> {
        let &[first, second, ref rest @ ..] = bytes else {
            return Ok(None);
        };
        if second & 0x80 != 0 {
            return Err(FrameError::Masked);
        }
        let Some((length, rest)) = payload_length(second, rest)? else {
            return Ok(None);
        };
        let Some(payload) = rest.get(..length) else {
            return Ok(None);
        };
        Ok(Some(Self {
            opcode: Opcode::from_bits(first & 0x0f).ok_or(FrameError::Opcode)?,
            fin: first & 0x80 != 0,
            payload,
            length: bytes.len() - rest.len() + length,
        }))
    }
}

/// Returns the length of the payload, and the bytes after the length.
fn payload_length(second: u8, rest: &[u8]) -> Result<Option<(usize, &[u8])>, FrameError> {
    let long = match second {
        126 => rest
            .split_first_chunk()
            .map(|(two, rest)| (u16::from_be_bytes(*two).into(), rest)),
        127 => rest
            .split_first_chunk()
            .map(|(eight, rest)| (u64::from_be_bytes(*eight), rest)),
        short => Some((short.into(), rest)),
    };
    let Some((length, rest)) = long else {
        return Ok(None);
    };
    let length = usize::try_from(length)
        .ok()
        .filter(|length| isize::try_from(*length).is_ok());
    Ok(Some((length.ok_or(FrameError::TooLong)?, rest)))
}

/// Appends a frame of a client with a mask of 0. Section 5.3 requires an unpredictable mask,
/// because of caches that mistake frames for requests. The lab has none of them on its way.
pub fn write(opcode: Opcode, payload: &[u8], out: &mut BytesMut) {
    rfc6455::encode::masked_frame(opcode, true, [0; 4], payload, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server_frame(payload: &[u8]) -> Vec<u8> {
        let mut frame = BytesMut::new();
        rfc6455::encode::text(payload, &mut frame);
        frame.to_vec()
    }

    #[test]
    fn a_frame_of_any_length_is_parsed_once_it_is_complete() {
        for size in [0, 125, 126, 0xffff, 0x10000] {
            let payload = vec![b'x'; size];
            let bytes = server_frame(&payload);
            let frame = Frame {
                opcode: Opcode::Text,
                fin: true,
                payload: &payload,
                length: bytes.len(),
            };
            let more = [&bytes[..], b"more"].concat();
            assert_eq!(Frame::parse(&more), Ok(Some(frame)), "{size} bytes");
            for end in [0, 1, 2, bytes.len() - 1] {
                let part = &bytes[..end.min(bytes.len() - 1)];
                assert_eq!(Frame::parse(part), Ok(None), "{end} of {size} bytes");
            }
        }
    }

    #[test]
    fn other_bytes_are_errors() {
        assert_eq!(Frame::parse(b"\x81\x80\0\0\0\0"), Err(FrameError::Masked));
        assert_eq!(Frame::parse(b"\x83\x00"), Err(FrameError::Opcode));
        let endless = [&b"\x81\x7f"[..], &[0xff; 8]].concat();
        assert_eq!(Frame::parse(&endless), Err(FrameError::TooLong));
    }

    #[test]
    fn a_client_masks_its_frames() {
        let mut out = BytesMut::new();
        write(Opcode::Text, b"hi", &mut out);
        write(Opcode::Pong, b"p", &mut out);
        assert_eq!(&out[..], b"\x81\x82\0\0\0\0hi\x8a\x81\0\0\0\0p");
    }
}
