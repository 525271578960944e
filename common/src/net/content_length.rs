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
