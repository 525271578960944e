//! How much of a body in chunks (RFC 9112 §7.1) actix gets at a time, and where that body ends.
//!
//! actix refuses what is malformed. So this follows well-formed bodies only, and ends no later than actix does.

/// The most chunks that actix gets at a time: it keeps 32 bytes and more for each, and a chunk may have one byte.
const MOST: usize = 64;

/// Where a body in chunks stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Chunked {
    /// In the digits of a chunk's size, of which these were read.
    Size(u64),
    /// Behind the digits.
    Extension(u64),
    /// So many bytes of a chunk are to come.
    Data(u64),
    /// Behind a chunk's bytes.
    DataEnd,
    /// Behind the last chunk, in a line that is empty so far or not.
    Trailer { is_empty: bool },
    /// The body is complete.
    #[default]
    Ended,
}

impl Chunked {
    /// At the beginning of a body.
    pub(super) fn begin() -> Self {
        Self::Size(0)
    }

    /// How many of these bytes actix may get now: some chunks, or the rest of the body.
    pub(super) fn read(&mut self, bytes: &[u8]) -> usize {
        let (mut at, mut chunks) = (0, 0);
        while at < bytes.len() && chunks < MOST && *self != Self::Ended {
            let was_data = matches!(self, Self::Data(_));
            at += self.step(&bytes[at..]);
            chunks += usize::from(was_data);
        }
        at
    }

    /// Takes a byte, or as many of a chunk as there are; gives their number.
    fn step(&mut self, bytes: &[u8]) -> usize {
        if let Self::Data(left) = *self {
            let part = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
            *self = match left - part as u64 {
                0 => Self::DataEnd,
                left => Self::Data(left),
            };
            return part;
        }
        *self = self.after(bytes[0]);
        1
    }

    /// Where it stands behind a byte that belongs to no chunk.
    fn after(self, byte: u8) -> Self {
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

    /// How much is read of this, however it is cut, and whether that was the end.
    fn read(body: &[u8]) -> (usize, bool) {
        let whole = all(body, body.len());
        (1..body.len())
            .for_each(|size| assert_eq!(all(body, size), whole, "in pieces of {size} bytes"));
        whole
    }

    fn all(body: &[u8], size: usize) -> (usize, bool) {
        let (mut chunked, mut at) = (Chunked::begin(), 0);
        while at < body.len() && chunked != Chunked::Ended {
            at += chunked.read(&body[at..body.len().min(at + size)]);
        }
        (at, chunked == Chunked::Ended)
    }

    #[test]
    fn a_body_ends_behind_its_last_chunk_and_its_trailers() {
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
    fn many_small_chunks_are_given_in_parts_and_a_large_one_whole() {
        let mut chunked = Chunked::begin();
        let small = b"1\r\nx\r\n".repeat(2 * MOST);
        let given = chunked.read(&small);
        assert!((5 * MOST..=6 * MOST).contains(&given), "{given}");
        let large = [b"10000\r\n", &[b'\n'; 0x10000][..]].concat();
        assert_eq!(Chunked::begin().read(&large), large.len());
    }
}
