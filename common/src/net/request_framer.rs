//! Bounds what actix gets of a connection: headers of limited size, and one request at a time.
//!
//! actix itself buffers 128 KiB for each connection. It parses up to 16 requests ahead and allocates 7 kB for each.

use super::{chunked_body::ChunkedBody, header_scanner::HeaderScanner, listener::COMMON_HEADERS};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use std::{mem, task::Waker};

/// The most bytes of a request line and its headers.
pub(crate) const MAX_HEADER_BYTES: usize = 8 * 1024;
/// The most header lines of a request. actix's table has 208 bytes for each, and doubles beyond this number.
pub(crate) const MAX_HEADERS: usize = 56;
/// The header with the length of a body.
const CONTENT_LENGTH: &[u8] = b"content-length:";

/// Finds the ends of requests in what a peer sends.
#[derive(Default)]
pub(crate) struct RequestFramer {
    scanner: HeaderScanner,
    /// The number of bytes since the end of the last request.
    length: usize,
    /// How many bytes of [`CONTENT_LENGTH`] this line begins with; `usize::MAX` if it begins with something else.
    matched: usize,
    /// The body length that the headers declare.
    declared: u64,
    /// The bytes of the body that are still to come.
    body: u64,
    /// actix handles a request.
    is_serving: bool,
    /// All that follows belongs to the request that actix handles.
    is_endless: bool,
    /// The body of the request that actix handles, if it is chunked.
    chunked: ChunkedBody,
    /// actix was woken to parse what it has before it gets more.
    is_woken: bool,
}

/// How the body of a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyFraming {
    /// After the length that the headers declare, which may be zero.
    ContentLength,
    /// With its last chunk.
    Chunked,
    /// With the connection.
    Endless,
}

/// How much actix may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowance {
    /// At most this many bytes.
    Bytes(usize),
    /// Nothing before it has parsed what it has; its task was woken for that.
    Later,
    /// Nothing: these headers are too large.
    HeadersTooLarge,
}

impl RequestFramer {
    /// Returns how much actix may read now.
    pub(crate) fn allowance(&mut self, waker: &Waker) -> Allowance {
        if self.is_serving {
            return Allowance::Bytes(usize::MAX);
        }
        if self.length < MAX_HEADER_BYTES && !self.has_too_many_headers() {
            return Allowance::Bytes(MAX_HEADER_BYTES - self.length);
        }
        if mem::replace(&mut self.is_woken, true) {
            return Allowance::HeadersTooLarge;
        }
        // These bytes may be the body of a request that actix has not begun.
        waker.wake_by_ref();
        Allowance::Later
    }

    /// Returns whether all further bytes belong to the current request.
    pub(crate) fn is_endless(&self) -> bool {
        self.is_endless
    }

    /// Returns how many of these bytes actix may get before it parses them: at most up to the end of a request.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> usize {
        self.is_woken = false;
        if self.is_endless {
            return bytes.len();
        }
        if self.chunked != ChunkedBody::Ended {
            return self.chunked.read(bytes);
        }
        let mut at = 0;
        while at < bytes.len() {
            if self.body > 0 {
                at += self.read_body(bytes.len() - at);
                if self.body == 0 {
                    return at;
                }
            } else {
                let ends_headers = self.read_header_byte(bytes[at]);
                at += 1;
                if (ends_headers && self.body == 0) || self.has_too_many_headers() {
                    return at;
                }
            }
        }
        at
    }

    fn read_body(&mut self, available: usize) -> usize {
        let length = available.min(usize::try_from(self.body).unwrap_or(usize::MAX));
        self.body -= length as u64;
        length
    }

    /// Reads one byte of the headers. Returns true if it ends them.
    fn read_header_byte(&mut self, byte: u8) -> bool {
        self.length += 1;
        if self.scanner.read(byte) {
            self.length = 0;
            self.body = mem::take(&mut self.declared);
            return true;
        }
        match byte {
            b'\n' => self.matched = 0,
            b'\r' => {}
            _ => self.match_content_length(byte),
        }
        false
    }

    fn match_content_length(&mut self, byte: u8) {
        match CONTENT_LENGTH.get(self.matched) {
            Some(expected) if byte.eq_ignore_ascii_case(expected) => self.matched += 1,
            Some(_) => self.matched = usize::MAX,
            None if self.matched == CONTENT_LENGTH.len() && byte.is_ascii_digit() => {
                self.declared = self
                    .declared
                    .saturating_mul(10)
                    .saturating_add(u64::from(byte - b'0'));
            }
            None => {}
        }
    }

    fn has_too_many_headers(&self) -> bool {
        // The request line is a line too.
        self.scanner.lines() > 1 + MAX_HEADERS
    }

    /// Records that actix begins with a request.
    pub(crate) fn begin_request(&mut self, framing: BodyFraming) {
        self.is_serving = true;
        self.is_woken = false;
        self.is_endless = framing == BodyFraming::Endless;
        self.chunked = if framing == BodyFraming::Chunked {
            ChunkedBody::begin()
        } else {
            ChunkedBody::Ended
        };
        if framing != BodyFraming::ContentLength {
            // What was scanned since the headers belongs to the body.
            self.scanner = HeaderScanner::default();
        }
    }

    /// Records that actix is done with the request.
    pub(crate) fn finish_request(&mut self) {
        self.is_serving = false;
        self.is_endless = false;
        self.is_woken = false;
        self.length = 0;
        self.chunked = ChunkedBody::Ended;
    }
}

/// Returns the response to headers that are too large.
pub(crate) fn headers_too_large() -> Vec<u8> {
    let detail = format!(
        "a request's headers have at most {MAX_HEADER_BYTES} bytes and {MAX_HEADERS} lines"
    );
    let body = format!(
        r#"{{"detail":"{detail}","status":431,"title":"Request Header Fields Too Large","type":"urn:trilane:problem:head-too-large"}}"#
    );
    let length = body.len();
    format!(
        "HTTP/1.1 431 Request Header Fields Too Large\r\n\
         content-type: application/problem+json\r\n\
         content-length: {length}\r\n\
         {COMMON_HEADERS}connection: close\r\n\r\n{body}"
    )
    .into()
}

/// Whether actix takes all that follows a request's headers for its body, whatever length they declare.
///
/// It does so for a request that offers a WebSocket.
pub fn has_endless_body(headers: &HeaderMap) -> bool {
    let is_websocket = |value: &HeaderValue| {
        value
            .as_bytes()
            .trim_ascii()
            .eq_ignore_ascii_case(b"websocket")
    };
    !headers.contains_key(header::TRANSFER_ENCODING)
        && headers.get_all(header::UPGRADE).any(is_websocket)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the allowance after actix has parsed what it has.
    fn allowance(framer: &mut RequestFramer) -> Allowance {
        match framer.allowance(Waker::noop()) {
            Allowance::Later => framer.allowance(Waker::noop()),
            allowance => allowance,
        }
    }

    fn request_with(headers: usize) -> Vec<u8> {
        [&b"\r\nG\r\n"[..], &b"A: b\r\n".repeat(headers), b"\r\n"].concat()
    }

    #[test]
    fn headers_that_do_not_end_are_too_large() {
        let mut framer = RequestFramer::default();
        framer.read(&[b'x'; 5_000]);
        assert_eq!(
            allowance(&mut framer),
            Allowance::Bytes(MAX_HEADER_BYTES - 5_000)
        );
        framer.read(&[b'x'; MAX_HEADER_BYTES - 5_000]);
        assert_eq!(allowance(&mut framer), Allowance::HeadersTooLarge);
    }

    #[test]
    fn too_many_headers_are_too_large() {
        let mut framer = RequestFramer::default();
        let most = request_with(MAX_HEADERS);
        for _ in 0..2 {
            assert_eq!(framer.read(&most), most.len());
            assert_eq!(allowance(&mut framer), Allowance::Bytes(MAX_HEADER_BYTES));
        }
        let more = request_with(MAX_HEADERS + 1);
        assert_eq!(framer.read(&more), more.len() - 2);
        assert_eq!(allowance(&mut framer), Allowance::HeadersTooLarge);
    }

    #[test]
    fn lines_of_a_chunked_body_are_not_headers() {
        let mut framer = RequestFramer::default();
        framer.read(b"P\r\ntransfer-encoding: chunked\r\n\r\n");
        framer.read(&b"1\r\nx\r\n".repeat(MAX_HEADERS));
        framer.begin_request(BodyFraming::Chunked);
        assert_eq!(framer.read(b"0\r\n\r\n"), 5);
        framer.finish_request();
        let next = request_with(MAX_HEADERS);
        assert_eq!(framer.read(&next), next.len());
        assert_eq!(allowance(&mut framer), Allowance::Bytes(MAX_HEADER_BYTES));
    }

    #[test]
    fn each_request_is_read_alone() {
        let mut framer = RequestFramer::default();
        let sent = b"A\r\n\r\nP\nContent-Length: 4\r\nB: 7\n\n\n\n\n\nG\r\n\r\n";
        let mut rest = &sent[..];
        let mut requests = Vec::new();
        while !rest.is_empty() {
            let (first, others) = rest.split_at(framer.read(rest));
            requests.push(first);
            rest = others;
        }
        assert_eq!(
            requests,
            [
                &b"A\r\n\r\n"[..],
                b"P\nContent-Length: 4\r\nB: 7\n\n\n\n\n\n",
                b"G\r\n\r\n"
            ]
        );
        assert_eq!(allowance(&mut framer), Allowance::Bytes(MAX_HEADER_BYTES));
        assert_eq!(framer.read(b"B\r\n"), 3);
        assert_eq!(
            allowance(&mut framer),
            Allowance::Bytes(MAX_HEADER_BYTES - 3)
        );
    }

    #[test]
    fn a_body_does_not_count_as_headers() {
        let mut framer = RequestFramer::default();
        assert_eq!(framer.read(b"P\r\ncontent-LENGTH:  90000\r\n\r\n"), 29);
        assert_eq!(framer.read(&[b'x'; 50_000]), 50_000);
        assert_eq!(allowance(&mut framer), Allowance::Bytes(MAX_HEADER_BYTES));
        framer.begin_request(BodyFraming::ContentLength);
        assert_eq!(allowance(&mut framer), Allowance::Bytes(usize::MAX));
        assert_eq!(framer.read(&[b'x'; 50_000]), 40_000);
    }

    #[test]
    fn an_endless_body_is_not_cut() {
        let mut framer = RequestFramer::default();
        framer.read(b"A\r\n\r\n");
        framer.begin_request(BodyFraming::Endless);
        assert_eq!(framer.read(b"\n\n\n\n"), 4);
        framer.finish_request();
        assert_eq!(framer.read(b"G\n\n\n\n"), 3);
    }

    #[test]
    fn a_header_inside_a_chunked_body_is_ignored() {
        let mut framer = RequestFramer::default();
        framer.read(b"P\r\ntransfer-encoding: chunked\r\n\r\n");
        framer.begin_request(BodyFraming::Chunked);
        let body = b"1\r\nx\r\n0\r\nContent-Length: 99999999999\r\n\r\n";
        assert_eq!(framer.read(&[&body[..], b"G\r\n\r\n"].concat()), body.len());
        assert_eq!(framer.read(b"G\r\n\r\nH\r\n\r\n"), 5, "one request");
        framer.finish_request();
        framer.read(&[b'x'; MAX_HEADER_BYTES]);
        assert_eq!(allowance(&mut framer), Allowance::HeadersTooLarge);
    }

    #[test]
    fn empty_lines_before_a_request_count_as_headers() {
        let mut framer = RequestFramer::default();
        assert_eq!(framer.read(b"\r\n\n\r\nG\n\nG"), 8);
        assert_eq!(framer.read(&[b'\n'; MAX_HEADER_BYTES]), MAX_HEADER_BYTES);
        assert_eq!(allowance(&mut framer), Allowance::HeadersTooLarge);
    }
}
