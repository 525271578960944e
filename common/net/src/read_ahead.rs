//! The bytes of a connection that may be needed once more: the latest headers and all that came
//! after them.

use super::header_scanner::HeaderScanner;
use actix_web::{HttpRequest, http::Method};
use bytes::Bytes;
use std::mem;

/// The most bytes, after a request or as its headers, that are kept for a socket that is detached.
pub(super) const MAX_READ_AHEAD: usize = 4096;

/// The latest headers, and the bytes after them that actix has read past the end of the request.
///
/// Only requests without a body are detached, so the end of the headers is the end of the request.
#[derive(Default)]
pub(super) struct ReadAhead {
    headers: Vec<u8>,
    bytes: Vec<u8>,
    /// There were more bytes than are kept.
    has_overflowed: bool,
    /// The number of bytes after the latest headers, kept or not.
    length: u64,
    /// The number of headers seen, and of requests that actix has begun.
    seen: usize,
    begun: usize,
    scanner: HeaderScanner,
    /// All that follows is for the new owner of the socket.
    is_detaching: bool,
}

impl ReadAhead {
    /// Records bytes that actix has read.
    pub(super) fn record(&mut self, read: &[u8]) {
        if self.is_detaching {
            return self.keep(read);
        }
        let mut start = 0;
        for (end, byte) in (1..).zip(read) {
            if self.scanner.read(*byte) {
                self.keep(&read[start..end]);
                self.end_headers();
                start = end;
            }
        }
        self.keep(&read[start..]);
    }

    /// Records that actix begins with the next request.
    pub(super) fn begin_request(&mut self) {
        self.begun += 1;
    }

    /// Takes nothing that follows for a request.
    pub(super) fn expect_no_request(&mut self) {
        self.is_detaching = true;
    }

    /// Returns this request byte for byte. Returns `None` if more came with it.
    ///
    /// `headers` may begin with the end of an earlier body. So they are compared with what actix
    /// found: the target, and the number of headers.
    pub(super) fn raw_request(&self, request: &HttpRequest) -> Option<Bytes> {
        // Headers that actix has read and not begun with may look the same.
        let is_alone = self.bytes.is_empty() && !self.has_overflowed && self.seen == self.begun;
        let request_line = format!("GET {} HTTP/1.1\r\n", request.uri());
        if !is_alone
            || request.method() != Method::GET
            || !self.headers.starts_with(request_line.as_bytes())
        {
            return None;
        }
        let lines = self.headers.iter().filter(|byte| **byte == b'\n').count();
        // The request line and the empty line are lines too.
        (lines == request.headers().len() + 2).then(|| Bytes::copy_from_slice(&self.headers))
    }

    /// Returns whether exactly one body of this length came after the request that actix has begun
    /// with last.
    ///
    /// Returns false as well if the body contains something like the end of headers.
    pub(super) fn is_body_of(&self, length: u64) -> bool {
        self.seen == self.begun && self.length == length
    }

    /// Returns the bytes after the latest headers. Returns `None` if they were too many to keep.
    pub(super) fn into_bytes(self) -> Option<Bytes> {
        (!self.has_overflowed).then(|| self.bytes.into())
    }

    fn keep(&mut self, read: &[u8]) {
        self.length += read.len() as u64;
        self.has_overflowed |= self.bytes.len() + read.len() > MAX_READ_AHEAD;
        if !self.has_overflowed {
            self.bytes.extend_from_slice(read);
        }
    }

    fn end_headers(&mut self) {
        self.seen += 1;
        mem::swap(&mut self.headers, &mut self.bytes);
        self.bytes.clear();
        self.length = 0;
        if mem::take(&mut self.has_overflowed) {
            self.headers.clear();
        }
    }
}

#[cfg(test)]
mod tests;
