//! Hides `connection: upgrade` in a response whose connection continues.
//!
//! actix writes this header in every response to a request that offers another protocol. It is
//! wrong where the service does not switch and names no other protocol (RFC 9110 §7.8).

/// The line as actix writes it.
const LINE: &[u8] = b"connection: upgrade\r\n";

/// Removes the first [`LINE`] from what is written, if it is active.
#[derive(Default)]
pub(super) struct UpgradeFilter {
    is_active: bool,
}

/// What may be written of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Filtered<'a> {
    /// These bytes, from the beginning.
    Write(&'a [u8]),
    /// The first bytes, of this number, are to be skipped.
    Skip(usize),
}

impl UpgradeFilter {
    pub(super) fn set_active(&mut self, is_active: bool) {
        self.is_active = is_active;
    }

    /// Splits off the bytes before the line, or skips the line. Becomes inactive when the line has
    /// passed, or when the bytes do not contain it.
    pub(super) fn apply<'a>(&mut self, bytes: &'a [u8]) -> Filtered<'a> {
        if !self.is_active {
            return Filtered::Write(bytes);
        }
        match bytes.windows(LINE.len()).position(|window| window == LINE) {
            Some(0) => {
                self.is_active = false;
                Filtered::Skip(LINE.len())
            }
            Some(at) => Filtered::Write(&bytes[..at]),
            None => {
                self.is_active = false;
                Filtered::Write(bytes)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_skipped_once() {
        let response = b"HTTP/1.1 200 OK\r\nconnection: upgrade\r\n\r\nconnection: upgrade\r\n";
        let mut filter = UpgradeFilter::default();
        assert_eq!(filter.apply(response), Filtered::Write(response));
        filter.set_active(true);
        assert_eq!(filter.apply(response), Filtered::Write(&response[..17]));
        assert_eq!(filter.apply(&response[17..]), Filtered::Skip(21));
        assert_eq!(
            filter.apply(&response[38..]),
            Filtered::Write(&response[38..])
        );
    }

    #[test]
    fn a_response_without_the_line_is_written_whole() {
        let mut filter = UpgradeFilter::default();
        filter.set_active(true);
        assert_eq!(
            filter.apply(b"HTTP/1.1 101"),
            Filtered::Write(b"HTTP/1.1 101")
        );
    }
}
