//! Bounds what actix gets of a connection: headers of limited size, and one request at a time.
//!
//! actix itself buffers 128 KiB for each connection. It parses up to 16 requests ahead and
//! allocates 7 kB for each.

use super::{
    body_framing::BodyFraming,
    chunked_body::ChunkedBody,
    content_length::ContentLength,
    early_responses::{MAX_HEADER_BYTES, MAX_HEADERS},
    header_scanner::HeaderScanner,
};
use std::{mem, task::Waker};

/// Finds the ends of requests in what a peer sends.
#[derive(Default)]
pub(super) struct RequestFramer {
    scanner: HeaderScanner,
    content_length: ContentLength,
    /// The number of bytes since the end of the last request.
    length: usize,
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

/// How much actix may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allowance {
    /// At most this many bytes.
    Bytes(usize),
    /// Nothing before it has parsed what it has; its task was woken for that.
    Later,
    /// Nothing: these headers are too large.
    HeadersTooLarge,
}

impl RequestFramer {
    /// Returns how much actix may read now.
    pub(super) fn allowance(&mut self, waker: &Waker) -> Allowance {
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
    pub(super) fn is_endless(&self) -> bool {
        self.is_endless
    }

    /// Returns how many of these bytes actix may get before it parses them: at most up to the end
    /// of a request.
    pub(super) fn read(&mut self, bytes: &[u8]) -> usize {
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
        self.content_length.read(byte);
        let ends_headers = self.scanner.read(byte);
        if ends_headers {
            self.length = 0;
            self.body = self.content_length.take();
        } else {
            self.length += 1;
        }
        ends_headers
    }

    fn has_too_many_headers(&self) -> bool {
        // The request line is a line too.
        self.scanner.lines() > 1 + MAX_HEADERS
    }

    /// Records that actix begins with a request.
    pub(super) fn begin_request(&mut self, framing: BodyFraming) {
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
            self.content_length = ContentLength::default();
            self.body = 0;
        }
    }

    /// Records that actix is done with the request.
    pub(super) fn finish_request(&mut self) {
        self.is_serving = false;
        self.is_endless = false;
        self.is_woken = false;
        self.length = 0;
        self.chunked = ChunkedBody::Ended;
    }
}

#[cfg(test)]
mod tests;
