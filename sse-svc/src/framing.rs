//! How the body of a stream is delimited: chunks in HTTP/1.1, the end of the connection in
//! HTTP/1.0.

use bytes::{BufMut, Bytes, BytesMut};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// HTTP/1.1: chunked transfer coding (RFC 9112 §7.1).
    Chunked,
    /// HTTP/1.0: the body lasts until the connection is closed (RFC 9112 §6.3).
    UntilClose,
}

impl Framing {
    /// Frames the next piece of a body. The piece must not be empty: an empty chunk ends the body.
    pub(crate) fn piece(self, body: &[u8]) -> Bytes {
        match self {
            Self::UntilClose => Bytes::copy_from_slice(body),
            Self::Chunked => {
                let mut chunk = BytesMut::with_capacity(body.len() + 20);
                chunk.put_slice(format!("{:x}\r\n", body.len()).as_bytes());
                chunk.put_slice(body);
                chunk.put_slice(b"\r\n");
                chunk.freeze()
            }
        }
    }

    /// Frames the last piece and ends the body.
    pub(crate) fn last_piece(self, body: &[u8]) -> Bytes {
        let end: &[u8] = if self == Self::Chunked {
            b"0\r\n\r\n"
        } else {
            b""
        };
        [&self.piece(body)[..], end].concat().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_a_chunk_in_http_1_1_only() {
        assert_eq!(
            Framing::Chunked.piece(b"0123456789abcdef"),
            &b"10\r\n0123456789abcdef\r\n"[..]
        );
        assert_eq!(
            Framing::Chunked.last_piece(b":\n"),
            &b"2\r\n:\n\r\n0\r\n\r\n"[..]
        );
        assert_eq!(Framing::UntilClose.piece(b":\n"), &b":\n"[..]);
        assert_eq!(Framing::UntilClose.last_piece(b":\n"), &b":\n"[..]);
    }
}
