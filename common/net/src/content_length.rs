//! Finds the length that a request's headers declare for its body.

/// The header with the length, in lower case.
const NAME: &[u8] = b"content-length:";

/// Scans the lines of headers, byte by byte.
#[derive(Default)]
pub(super) struct ContentLength {
    /// How many bytes of [`NAME`] this line begins with; `usize::MAX` if it begins with something
    /// else.
    matched: usize,
    declared: u64,
}

impl ContentLength {
    /// Reads one byte.
    pub(super) fn read(&mut self, byte: u8) {
        match (byte, NAME.get(self.matched)) {
            (b'\n', _) => self.matched = 0,
            (b'\r', _) => {}
            (_, Some(expected)) if byte.eq_ignore_ascii_case(expected) => self.matched += 1,
            (_, Some(_)) => self.matched = usize::MAX,
            (b'0'..=b'9', None) if self.matched == NAME.len() => {
                let digit = u64::from(byte - b'0');
                self.declared = self.declared.saturating_mul(10).saturating_add(digit);
            }
            (_, None) => {}
        }
    }

    /// Returns the declared length, zero if there is none, at the end of the headers.
    pub(super) fn take(&mut self) -> u64 {
        std::mem::take(self).declared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(headers: &[u8]) -> u64 {
        let mut length = ContentLength::default();
        headers.iter().for_each(|byte| length.read(*byte));
        length.take()
    }

    #[test]
    fn the_length_is_read_from_its_header_only() {
        for (headers, expected) in [
            (&b"P / HTTP/1.1\r\nContent-Length: 42\r\n\r\n"[..], 42),
            (b"P / HTTP/1.1\ncontent-length:7\nX: 8\n\n", 7),
            (
                b"P\r\nCONTENT-LENGTH: 99999999999999999999\r\n\r\n",
                u64::MAX,
            ),
            (b"P\r\nContent-Lengths: 42\r\n\r\n", 0),
            (b"P\r\nXontent-Length: 42\r\n\r\n", 0),
            (b"P\r\nContent_Length: 42\r\n\r\n", 0),
            (b"P\r\nX-Content-Length: 42\r\n\r\n", 0),
            (b"P\r\nA: Content-Length: 42\r\n\r\n", 0),
        ] {
            let text = String::from_utf8_lossy(headers);
            assert_eq!(declared(headers), expected, "{text:?}");
        }
    }

    #[test]
    fn each_request_has_its_own_length() {
        let mut length = ContentLength::default();
        for (headers, expected) in [(&b"P\nContent-Length: 4\n\n"[..], 4), (b"G\n\n", 0)] {
            headers.iter().for_each(|byte| length.read(*byte));
            assert_eq!(length.take(), expected);
        }
    }
}
