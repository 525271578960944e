//! What a peer has said, as far as it may be needed once more: the last head, and the bytes after it.

use actix_web::{HttpRequest, http::Method};
use bytes::Bytes;
use std::mem;

/// The most bytes that a peer may send after a request before it is answered, if that request's socket is handed over;
/// and the longest head that is remembered.
pub(super) const MOST_READ_AHEAD: usize = 4096;

/// The last head, and what came after it: bytes that actix has read past the end of the request that it answers.
///
/// Only requests without a body are handed over, so a head's end is the request's end: an empty line, whose ends may be
/// without their CR (RFC 9112 §2.2).
#[derive(Default)]
pub(super) struct ReadAhead {
    head: Vec<u8>,
    bytes: Vec<u8>,
    too_many: bool,
    /// How many bytes came after the last head, kept or not.
    after: u64,
    /// How many heads there were, and with how many of them actix has begun.
    heads: usize,
    begun: usize,
    /// The last line ended, and nothing of the next one was seen.
    at_line_start: bool,
    /// No head follows: what comes is for whoever gets the socket.
    was_last: bool,
}

impl ReadAhead {
    pub(super) fn saw(&mut self, read: &[u8]) {
        if self.was_last {
            return self.keep(read);
        }
        let mut since = 0;
        for (at, byte) in (1..).zip(read) {
            match byte {
                b'\n' if self.at_line_start => {
                    self.keep(&read[since..at]);
                    self.end_head();
                    since = at;
                }
                b'\n' => self.at_line_start = true,
                b'\r' => {}
                _ => self.at_line_start = false,
            }
        }
        self.keep(&read[since..]);
    }

    /// Notes that actix begins with the next request.
    pub(super) fn begin(&mut self) {
        self.begun += 1;
    }

    /// From now on nothing is taken for a head.
    pub(super) fn last_head(&mut self) {
        self.was_last = true;
    }

    /// This request as it came, unless more came with it. `head` may have begun with the end of an earlier body, so it is
    /// compared with what actix found: the target, and how many headers.
    pub(super) fn request(&self, request: &HttpRequest) -> Option<Bytes> {
        let line = format!("GET {} HTTP/1.1\r\n", request.uri());
        // What actix has read and not begun with may look just the same.
        let alone = self.bytes.is_empty() && !self.too_many && self.heads == self.begun;
        let whole =
            alone && request.method() == Method::GET && self.head.starts_with(line.as_bytes());
        let lines = || self.head.iter().filter(|byte| **byte == b'\n').count();
        // The request line and the empty one are lines too.
        (whole && lines() == request.headers().len() + 2)
            .then(|| Bytes::copy_from_slice(&self.head))
    }

    /// Whether a body of this length is all that came after the head of the request that actix has begun with last. No, if
    /// something in that body looks like the end of a head.
    pub(super) fn is_body_of(&self, length: u64) -> bool {
        self.heads == self.begun && self.after == length
    }

    /// What came after the last head; none if that was too much to keep.
    pub(super) fn into_bytes(self) -> Option<Bytes> {
        (!self.too_many).then(|| self.bytes.into())
    }

    fn keep(&mut self, read: &[u8]) {
        self.after += read.len() as u64;
        self.too_many |= self.bytes.len() + read.len() > MOST_READ_AHEAD;
        if !self.too_many {
            self.bytes.extend_from_slice(read);
        }
    }

    fn end_head(&mut self) {
        self.heads += 1;
        mem::swap(&mut self.head, &mut self.bytes);
        self.bytes.clear();
        self.after = 0;
        if mem::take(&mut self.too_many) {
            self.head.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn early(reads: &[&str]) -> ReadAhead {
        let mut early = ReadAhead::default();
        reads.iter().for_each(|read| early.saw(read.as_bytes()));
        early
    }

    #[test]
    fn what_follows_the_last_head_is_kept() {
        assert_eq!(early(&["GET / HTTP/1.1\r\n\r\nab", "c"]).bytes, b"abc");
        assert_eq!(early(&["GET / HTTP/1.1\r", "\n\r", "\n", "a"]).bytes, b"a");
        assert_eq!(early(&["A\r\n\r\nB\r\r\n\r\n"]).bytes, b"");
        assert_eq!(early(&["A\nB\n\na"]).bytes, b"a");
        assert_eq!(early(&["A\r\nB\n", "\r", "\na"]).bytes, b"a");
        assert_eq!(early(&["A\r\n\r\n", "B\r\n\r\nc"]).bytes, b"c");
    }

    #[test]
    fn after_the_last_head_there_is_none() {
        let mut early = early(&["A\r\n\r\nb"]);
        early.last_head();
        early.saw(b"c\r\n\r\nd");
        assert_eq!(
            (&early.head[..], &early.bytes[..]),
            (&b"A\r\n\r\n"[..], &b"bc\r\n\r\nd"[..])
        );
    }

    #[test]
    fn a_talkative_peer_is_found_out_and_costs_little() {
        let long = "x".repeat(MOST_READ_AHEAD);
        let most = early(&["A\r\n\r\n", &long]);
        assert!(!most.too_many && most.bytes.len() == MOST_READ_AHEAD);
        let more = early(&["A\r\n\r\n", &long, "x"]);
        assert!(more.too_many && more.bytes.len() == MOST_READ_AHEAD);
        assert!(!early(&["A\r\n\r\n", &long, "xA\r\n\r\n"]).too_many);
    }

    #[test]
    fn a_body_is_all_that_came_or_not() {
        let is_body = |reads: &[&str], begun, length| {
            let mut early = early(reads);
            (0..begun).for_each(|_| early.begin());
            early.is_body_of(length)
        };
        assert!(is_body(&["A\r\n\r\n"], 1, 0) && is_body(&["A\r\n\r\nab", "c"], 1, 3));
        assert!(
            is_body(&["A\r\n\r\nabcB\r\n\r\nab"], 2, 2),
            "the one before it had a body"
        );
        assert!(is_body(
            &["A\r\n\r\n", &"x".repeat(MOST_READ_AHEAD), "y"],
            1,
            MOST_READ_AHEAD as u64 + 1
        ));
        assert!(!is_body(&["A\r\n\r\nabc"], 1, 2) && !is_body(&["A\r\n\r\nab"], 1, 3));
        assert!(!is_body(&["A\r\n\r\nB\r\n\r\n"], 1, 0) && !is_body(&["A\r\n\r\n\n\n\nab"], 1, 2));
    }

    #[test]
    fn a_request_is_known_byte_for_byte_or_not_at_all() {
        let request = TestRequest::with_uri("/poll?a=b")
            .append_header(("host", "x"))
            .to_http_request();
        let get = "GET /poll?a=b HTTP/1.1\r\nHost: x\r\n\r\n";
        let known = |reads: &[&str], begun| {
            let mut early = early(reads);
            (0..begun).for_each(|_| early.begin());
            early.request(&request)
        };
        for (reads, begun) in [
            (&[get][..], 1),
            (&["A\r\n\r\n", get], 2),
            (&["GET /poll?a=b", &get["GET /poll?a=b".len()..]], 1),
        ] {
            assert_eq!(
                known(reads, begun).as_deref(),
                Some(get.as_bytes()),
                "{reads:?}"
            );
        }
        let long = "x".repeat(MOST_READ_AHEAD);
        for reads in [
            &[][..],
            &[get, get],
            &[get, "G"],
            &["the end of a body", get],
            &["GET /poll?a=b HTTP/1.1\r\nA: ", get],
            &[&long, get],
            &["GET /poll?a=c HTTP/1.1\r\nHost: x\r\n\r\n"],
        ] {
            assert!(known(reads, 1).is_none(), "{reads:?}");
        }
    }
}
