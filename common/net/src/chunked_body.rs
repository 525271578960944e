//! Finds the end of a chunked body (RFC 9112 §7.1), and bounds how many chunks actix gets at a
//! time.
//!
//! actix refuses malformed bodies. So this follows well-formed bodies only, and ends no later than
//! actix does.

/// The most chunks that actix gets at a time. It allocates at least 32 bytes for each, and a chunk
/// may have one byte.
const MAX_CHUNKS: usize = 64;

/// The state of a parser of chunked bodies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ChunkedBody {
    /// Within the digits of a chunk's size; the size so far.
    Size(u64),
    /// After the digits; the size.
    Extension(u64),
    /// Within the bytes of a chunk; the number of bytes still to come.
    Data(u64),
    /// After the bytes of a chunk.
    DataEnd,
    /// After the last chunk, within a line that is empty so far or not.
    Trailer { is_empty: bool },
    /// The body is complete.
    #[default]
    Ended,
}

impl ChunkedBody {
    /// Returns the state at the beginning of a body.
    pub(super) fn begin() -> Self {
        Self::Size(0)
    }

    /// Returns how many of these bytes actix may get now: at most [`MAX_CHUNKS`] chunks, or the
    /// rest of the body.
    pub(super) fn read(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        let mut chunks = 0;
        while at < bytes.len() && chunks < MAX_CHUNKS && *self != Self::Ended {
            let was_data = matches!(self, Self::Data(_));
            at += self.step(&bytes[at..]);
            chunks += usize::from(was_data);
        }
        at
    }

    /// Reads one byte, or all available bytes of a chunk. Returns their number.
    fn step(&mut self, bytes: &[u8]) -> usize {
        if let Self::Data(left) = *self {
            let part = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
            *self = match left - part as u64 {
                0 => Self::DataEnd,
                left => Self::Data(left),
            };
            return part;
        }
        *self = self.next(bytes[0]);
        1
    }

    /// Returns the state after a byte outside of a chunk's bytes.
    fn next(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Size(0) | Self::Extension(0), b'\n') => Self::Trailer { is_empty: true },
            (Self::Size(size) | Self::Extension(size), b'\n') => Self::Data(size),
            (Self::Size(size), _) => match (byte as char).to_digit(16) {
                Some(digit) => Self::Size(size.saturating_mul(16).saturating_add(digit.into())),
                None => Self::Extension(size),
            },
            (Self::DataEnd, b'\n') => Self::begin(),
            (Self::Trailer { is_empty: true }, b'\n') => Self::Ended,
            (Self::Trailer { .. }, b'\n') => Self::Trailer { is_empty: true },
            (Self::Trailer { .. }, byte) if byte != b'\r' => Self::Trailer { is_empty: false },
            (other, _) => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns how much is read of this body and whether it ended, the same for all sizes of
    /// pieces.
    fn read(body: &[u8]) -> (usize, bool) {
        let whole = all(body, body.len());
        (1..body.len())
            .for_each(|size| assert_eq!(all(body, size), whole, "in pieces of {size} bytes"));
        whole
    }

    fn all(body: &[u8], size: usize) -> (usize, bool) {
        let mut chunked = ChunkedBody::begin();
        let mut at = 0;
        while at < body.len() && chunked != ChunkedBody::Ended {
            at += chunked.read(&body[at..body.len().min(at + size)]);
        }
        (at, chunked == ChunkedBody::Ended)
    }

    #[test]
    fn a_body_ends_after_its_last_chunk_and_trailers() {
        for body in [
            "0\r\n\r\n",
            "000;x=y\r\n\r\n",
            "5\r\n\r\n0\r\n\r\n0\r\n\r\n",
            "1 ;a\r\nx\r\nA\r\n0123456789\r\n0\r\n\r\n",
            "1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n",
        ] {
            assert_eq!(
                read(format!("{body}GET / HTTP/1.1\r\n\r\n").as_bytes()),
                (body.len(), true),
                "{body:?}"
            );
        }
    }

    #[test]
    fn a_body_without_an_end_does_not_end() {
        for body in [
            "",
            "0\r\n",
            "1\r\nx\r\n",
            "5\r\n\r\n0\r\n",
            "0\r\nA: b\r\n",
            "fffffffffffffffffff\r\nx",
        ] {
            assert_eq!(read(body.as_bytes()), (body.len(), false), "{body:?}");
        }
    }

    #[test]
    fn small_chunks_are_read_in_parts_and_a_large_one_whole() {
        let mut chunked = ChunkedBody::begin();
        let small = b"1\r\nx\r\n".repeat(2 * MAX_CHUNKS);
        let length = chunked.read(&small);
        assert!(
            (5 * MAX_CHUNKS..=6 * MAX_CHUNKS).contains(&length),
            "{length}"
        );
        let large = [b"10000\r\n", &[b'\n'; 0x10000][..]].concat();
        assert_eq!(ChunkedBody::begin().read(&large), large.len());
    }
}
