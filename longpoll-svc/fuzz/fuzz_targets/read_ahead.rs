//! The bytes that a detached socket takes along: all that came after the request, whatever came
//! before it and however the kernel cut it.
//!
//! Input: the number of requests before the detached one, the number of piece sizes, the sizes, and
//! the bytes that the peer sends.

#![no_main]
#![allow(
    dead_code,
    reason = "the modules belong to `common`, which uses all of them"
)]

// Private modules of `common`, included as they are.
#[path = "../../../common/net/src/body_framing.rs"]
mod body_framing;
#[path = "../../../common/net/src/chunked_body.rs"]
mod chunked_body;
#[path = "../../../common/net/src/content_length.rs"]
mod content_length;
#[path = "../../../common/net/src/early_responses.rs"]
mod early_responses;
#[path = "../../../common/net/src/header_scanner.rs"]
mod header_scanner;
#[path = "../../../common/net/src/read_ahead.rs"]
mod read_ahead;
#[path = "../../../common/net/src/request_framer.rs"]
mod request_framer;

use actix_web::{http::Uri, test::TestRequest};
use body_framing::BodyFraming;
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use read_ahead::{MAX_READ_AHEAD, ReadAhead};
use request_framer::RequestFramer;
use std::collections::VecDeque;

fuzz_target!(|input: &[u8]| {
    let [earlier, count, rest @ ..] = input else {
        return;
    };
    let (sizes, sent) = rest.split_at(rest.len().min(usize::from(*count % 8)));
    let mut sizes = sizes.iter().map(|size| usize::from(*size).max(1)).cycle();
    let mut connection = Connection::new(sent);
    // The requests before it, and the one that is detached.
    for _ in 0..=*earlier % 4 {
        if !connection.begin_request(|| sizes.next().unwrap_or(1)) {
            return;
        }
    }
    connection.detach(|| sizes.next().unwrap_or(1));
});

/// A connection as `net::detach` reads it, and actix as far as it matters.
struct Connection<'a> {
    framer: RequestFramer,
    read_ahead: ReadAhead,
    /// What the peer has sent and nobody has read.
    unread: &'a [u8],
    /// What was read, and actix has not got yet.
    pending: VecDeque<u8>,
    /// What actix has got and not parsed.
    buffered: Vec<u8>,
}

impl<'a> Connection<'a> {
    fn new(sent: &'a [u8]) -> Self {
        Self {
            framer: RequestFramer::default(),
            read_ahead: ReadAhead::default(),
            unread: sent,
            pending: VecDeque::new(),
            buffered: Vec::new(),
        }
    }

    /// Reads once. Returns false if there is nothing to read.
    fn read(&mut self, size: usize) -> bool {
        if self.pending.is_empty() {
            let (piece, unread) = self.unread.split_at(size.min(self.unread.len()));
            self.pending.extend(piece);
            self.unread = unread;
        }
        let end = self.framer.read(self.pending.make_contiguous());
        let read: Vec<_> = self.pending.drain(..end).collect();
        self.read_ahead.record(&read);
        self.buffered.extend(&read);
        end > 0
    }

    /// Reads until actix has parsed the headers of a request without a body, and begins it.
    ///
    /// Returns false if there is no such request.
    fn begin_request(&mut self, mut size: impl FnMut() -> usize) -> bool {
        loop {
            let mut headers = [httparse::EMPTY_HEADER; 64];
            let mut request = httparse::Request::new(&mut headers);
            match request.parse(&self.buffered) {
                Ok(httparse::Status::Complete(length)) => {
                    let is_plain = request.method == Some("GET")
                        && !request
                            .headers
                            .iter()
                            .any(|header| declares_body(header.name));
                    if !is_plain {
                        return false;
                    }
                    self.check_raw_request(length);
                    self.buffered.drain(..length);
                    self.framer.begin_request(BodyFraming::ContentLength);
                    self.framer.finish_request();
                    return true;
                }
                Ok(httparse::Status::Partial) if self.read(size()) => {}
                _ => return false,
            }
        }
    }

    /// Checks that the request of this length is returned as it was sent, or not at all.
    fn check_raw_request(&mut self, length: usize) {
        self.read_ahead.begin_request();
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Request::new(&mut headers);
        let sent = Bytes::copy_from_slice(&self.buffered[..length]);
        if !matches!(parsed.parse(&sent), Ok(httparse::Status::Complete(_))) {
            unreachable!("it was parsed before");
        }
        let Some(target) = parsed.path.and_then(|path| path.parse::<Uri>().ok()) else {
            return;
        };
        let mut request = TestRequest::get().uri(&target.to_string());
        for header in &*parsed.headers {
            request = request.append_header((header.name, header.value));
        }
        let raw = self.read_ahead.raw_request(&request.to_http_request());
        assert!(raw.is_none_or(|raw| raw == sent), "another request");
    }

    /// Detaches the socket after the latest request, while the peer sends the rest.
    fn detach(mut self, mut size: impl FnMut() -> usize) {
        self.read_ahead.expect_no_request();
        // Some of the rest is read by actix before it flushes the headers.
        self.read(size());
        let kept = self.read_ahead.into_bytes();
        let expected = &self.buffered[..];
        match kept {
            Some(kept) => assert_eq!(kept, expected, "all that came after the request"),
            None => assert!(expected.len() > MAX_READ_AHEAD, "{} bytes", expected.len()),
        }
    }
}

fn declares_body(header: &str) -> bool {
    ["content-length", "transfer-encoding", "upgrade"]
        .iter()
        .any(|name| header.eq_ignore_ascii_case(name))
}
