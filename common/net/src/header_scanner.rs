//! Finds the end of an HTTP/1 request's headers.

/// Scans the headers of requests, byte by byte.
///
/// An empty line ends them. Lines may end without CR, and empty lines before a request line are
/// part of the request (RFC 9112 §2.2).
#[derive(Default)]
pub(super) struct HeaderScanner {
    /// A line has ended, and nothing of the next one was seen except CR.
    at_line_start: bool,
    /// A byte of the request line was seen.
    has_begun: bool,
    /// The number of lines that have ended, empty lines at the beginning left out.
    lines: usize,
}

impl HeaderScanner {
    /// Reads one byte. Returns true if it ends the headers; the next byte then belongs to a body or
    /// another request.
    pub(super) fn read(&mut self, byte: u8) -> bool {
        match byte {
            b'\n' if self.at_line_start && self.has_begun => {
                self.has_begun = false;
                self.lines = 0;
                return true;
            }
            b'\n' => {
                self.at_line_start = true;
                self.lines += usize::from(self.has_begun);
            }
            b'\r' => {}
            _ => {
                self.at_line_start = false;
                self.has_begun = true;
            }
        }
        false
    }

    /// Returns the number of lines so far, of which the first is the request line.
    pub(super) fn lines(&self) -> usize {
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the positions after which headers have ended.
    fn ends(text: &[u8]) -> Vec<usize> {
        let mut scanner = HeaderScanner::default();
        (1..)
            .zip(text)
            .filter(|(_, byte)| scanner.read(**byte))
            .map(|(at, _)| at)
            .collect()
    }

    #[test]
    fn headers_end_with_an_empty_line() {
        assert_eq!(ends(b"GET / HTTP/1.1\r\n\r\nab"), [18]);
        assert_eq!(ends(b"A\nB\n\na"), [5]);
        assert_eq!(ends(b"A\r\n\r\nB\r\r\n\r\n"), [5, 11]);
        assert!(ends(b"A\r\nB").is_empty());
    }

    #[test]
    fn empty_lines_before_a_request_do_not_end_it() {
        assert_eq!(ends(b"\r\n\n\r\nG\n\nG"), [8]);
        assert_eq!(ends(b"A\n\n\n\nB\n\n"), [3, 8]);
    }

    #[test]
    fn lines_are_counted_from_the_request_line_on() {
        let mut scanner = HeaderScanner::default();
        for byte in b"\r\n\nGET\r\nA: b\r\nC" {
            scanner.read(*byte);
        }
        assert_eq!(scanner.lines(), 2);
        for byte in b"\r\n\r\n" {
            scanner.read(*byte);
        }
        assert_eq!(scanner.lines(), 0);
    }
}
