//! Chunked bodies (RFC 9112 section 7.1).

/// Decoder of a chunked body. Keeps no bytes.
#[derive(Debug, Default)]
pub struct Chunks {
    part: Part,
    /// Size of the chunk, of whose digits some may be missing; then the bytes of data left.
    size: u64,
}

/// The part that the next byte belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    /// The first digit of the size.
    #[default]
    FirstDigit,
    /// A further digit, or the end of the size.
    Size,
    /// The rest of the line after the size.
    Extension,
    Data,
    /// The line end after the data.
    DataEnd,
    /// A line of trailers that is empty so far.
    EmptyTrailer,
    Trailer,
    Ended,
}

/// Bytes that are not a chunked body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// The size of a chunk is not a number, or too large.
    #[error("a chunk without a valid size")]
    Size,
    /// Data continues where the chunk should end.
    #[error("a chunk that is longer than its size")]
    Overlong,
}

impl Chunks {
    /// Passes the data in a piece to `data`. Returns how many bytes of the piece belong to the
    /// body.
    ///
    /// # Errors
    ///
    /// [`ChunkError`] for the first byte that cannot belong to a chunked body.
    pub fn feed(&mut self, piece: &[u8], mut data: impl FnMut(&[u8])) -> Result<usize, ChunkError> {
        let mut at = 0;
        while at < piece.len() && self.part != Part::Ended {
            if self.part == Part::Data {
                let rest = &piece[at..];
                let most = usize::try_from(self.size).unwrap_or(usize::MAX);
                let part = &rest[..most.min(rest.len())];
                data(part);
                at += part.len();
                self.size -= part.len() as u64;
                if self.size == 0 {
                    self.part = Part::DataEnd;
                }
            } else {
                self.part = self.after(piece[at])?;
                at += 1;
            }
        }
        Ok(at)
    }

    /// Returns whether the body is complete.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.part == Part::Ended
    }

    /// Returns the part after a byte that is not data.
    #[inline]
    fn after(&mut self, byte: u8) -> Result<Part, ChunkError> {
        Ok(match (self.part, byte) {
            (Part::Size | Part::Extension, b'\n') if self.size == 0 => Part::EmptyTrailer,
            (Part::Size | Part::Extension, b'\n') => Part::Data,
            (Part::Size, b';' | b' ' | b'\r') | (Part::Extension, _) => Part::Extension,
            (Part::FirstDigit | Part::Size, digit) => {
                self.size = longer(self.size, digit)?;
                Part::Size
            }
            (Part::DataEnd, b'\r') => Part::DataEnd,
            (Part::DataEnd, b'\n') => Part::FirstDigit,
            (Part::DataEnd | Part::Data, _) => return Err(ChunkError::Overlong),
            (Part::EmptyTrailer, b'\n') | (Part::Ended, _) => Part::Ended,
            (Part::EmptyTrailer, b'\r') => Part::EmptyTrailer,
            (Part::EmptyTrailer, _) => Part::Trailer,
            (Part::Trailer, b'\n') => Part::EmptyTrailer,
            (Part::Trailer, _) => Part::Trailer,
        })
    }
}

#[inline]
fn longer(size: u64, digit: u8) -> Result<u64, ChunkError> {
    let digit = char::from(digit).to_digit(16);
    let longer = digit.and_then(|digit| size.checked_mul(16)?.checked_add(digit.into()));
    longer.ok_or(ChunkError::Size)
}

/// Returns a chunk with this data, which must not be empty.
#[must_use]
pub fn chunk(data: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", data.len()).as_bytes(), data, b"\r\n"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> Result<(Vec<u8>, bool), ChunkError> {
        let mut chunks = Chunks::default();
        let mut body = Vec::new();
        for piece in pieces {
            chunks.feed(piece, |data| body.extend_from_slice(data))?;
        }
        Ok((body, chunks.has_ended()))
    }

    #[test]
    fn chunks_are_joined_from_any_two_pieces() {
        let text = b"5\r\nhello\r\nA;x=y\r\n, all of y\r\n3\r\nou!\r\n0\r\nTrailer: x\r\n\r\n";
        for at in 0..=text.len() {
            let (one, two) = text.split_at(at);
            let expected = (b"hello, all of you!".to_vec(), true);
            assert_eq!(read(&[one, two]), Ok(expected), "cut at {at}");
        }
    }

    #[test]
    fn bytes_after_the_body_are_left() {
        let mut chunks = Chunks::default();
        assert_eq!(chunks.feed(b"1\r\nx\r\n0\r\n\r\nHTTP", |_| {}), Ok(11));
    }

    #[test]
    fn a_wrong_size_or_too_much_data_is_an_error() {
        let cases: [(&[u8], _); 4] = [
            (b"x\r\n", ChunkError::Size),
            (b"\r\n", ChunkError::Size),
            (b"fffffffffffffffff\r\n", ChunkError::Size),
            (b"1\r\nxy\r\n", ChunkError::Overlong),
        ];
        for (wrong, error) in cases {
            assert_eq!(read(&[wrong]), Err(error));
        }
    }

    #[test]
    fn a_written_chunk_is_parsed_again() {
        let text = [chunk(&[b'x'; 300]), b"0\r\n\r\n".to_vec()].concat();
        assert_eq!(read(&[&text]), Ok((vec![b'x'; 300], true)));
    }
}
