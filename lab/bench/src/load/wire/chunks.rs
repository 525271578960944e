//! A chunked body (RFC 9112 section 7.1).

/// Decoder of a chunked body: the part that the next byte belongs to.
#[derive(Debug)]
enum State {
    /// The size, with its digits so far.
    Size(usize),
    /// The rest of the line after the size.
    Extension(usize),
    /// Data, with the number of bytes left.
    Data(usize),
    /// The line end after the data.
    DataEnd,
    /// Trailers; whether the line so far is empty.
    Trailer(bool),
    Ended,
}

#[derive(Debug)]
pub(super) struct Chunks(State);

impl Default for Chunks {
    fn default() -> Self {
        Self(State::Size(0))
    }
}

impl Chunks {
    /// Passes the data in a piece to `body`. Returns how many bytes of the piece belong to the
    /// body.
    pub(super) fn feed(
        &mut self,
        piece: &[u8],
        mut body: impl FnMut(&[u8]),
    ) -> Result<usize, String> {
        let mut at = 0;
        while at < piece.len() && !self.ended() {
            if let State::Data(left) = self.0 {
                let data = &piece[at..][..left.min(piece.len() - at)];
                body(data);
                at += data.len();
                self.0 = if data.len() == left {
                    State::DataEnd
                } else {
                    State::Data(left - data.len())
                };
            } else {
                self.around_data(piece[at])?;
                at += 1;
            }
        }
        Ok(at)
    }

    pub(super) fn ended(&self) -> bool {
        matches!(self.0, State::Ended)
    }

    fn around_data(&mut self, byte: u8) -> Result<(), String> {
        self.0 = match (&self.0, byte) {
            (State::Size(0) | State::Extension(0), b'\n') => State::Trailer(true),
            (State::Size(size) | State::Extension(size), b'\n') => State::Data(*size),
            (State::Size(size) | State::Extension(size), b'\r') => State::Size(*size),
            (State::Size(size), b';' | b' ') | (State::Extension(size), _) => {
                State::Extension(*size)
            }
            (State::Size(size), digit) => State::Size(longer(*size, digit)?),
            (State::DataEnd, b'\r') => State::DataEnd,
            (State::DataEnd, b'\n') => State::Size(0),
            (State::DataEnd, _) => {
                return Err("answered with a chunk that is longer than it says".to_owned());
            }
            (State::Trailer(true), b'\n') => State::Ended,
            (State::Trailer(empty), b'\r') => State::Trailer(*empty),
            (State::Trailer(_), other) => State::Trailer(other == b'\n'),
            (State::Data(_) | State::Ended, _) => {
                unreachable!("`feed` takes data itself and stops at the end")
            }
        };
        Ok(())
    }
}

fn longer(size: usize, digit: u8) -> Result<usize, String> {
    let digit = char::from(digit).to_digit(16).map(|digit| digit as usize);
    let longer = digit.and_then(|digit| size.checked_mul(16)?.checked_add(digit));
    longer.ok_or_else(|| "answered with a chunk whose size is no number".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> Result<(Vec<u8>, bool), String> {
        let mut chunks = Chunks::default();
        let mut body = Vec::new();
        for piece in pieces {
            chunks.feed(piece, |data| body.extend_from_slice(data))?;
        }
        Ok((body, chunks.ended()))
    }

    #[test]
    fn chunks_are_joined_wherever_they_are_cut() {
        let text = b"5\r\nhello\r\nA;x=y\r\n, all of y\r\n3\r\nou!\r\n0\r\nTrailer: x\r\n\r\n";
        for at in 0..=text.len() {
            let (one, two) = text.split_at(at);
            assert_eq!(
                read(&[one, two]),
                Ok((b"hello, all of you!".to_vec(), true)),
                "cut at {at}"
            );
        }
    }

    #[test]
    fn what_follows_the_body_is_left() {
        let mut chunks = Chunks::default();
        assert_eq!(chunks.feed(b"1\r\nx\r\n0\r\n\r\nHTTP", |_| {}), Ok(11));
    }

    #[test]
    fn what_is_no_chunk_is_an_error() {
        for wrong in [&b"x\r\n"[..], b"1\r\nxy\r\n", b"fffffffffffffffff\r\n"] {
            assert!(read(&[wrong]).is_err(), "{wrong:?}");
        }
    }
}
