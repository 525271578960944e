//! Finds the messages in one direction of an HTTP/1.1 connection (RFC 9112), in pieces of any size:
//! where the headers end, and where the body that they announce ends. Does not parse what is not
//! HTTP/1, nor anything after it.

use super::message_headers::{MessageHeaders, is_token};

/// Longest header section that is parsed, in bytes. Servers reject longer ones anyway.
const MAX_HEADER_BYTES: usize = 64 * 1024;
/// Longest line of a chunked body that is parsed, in bytes.
const MAX_CHUNK_LINE_BYTES: usize = 1024;

/// Which messages pass in this direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MessageKind {
    Requests,
    Responses,
}

/// An event that the last consumed byte completes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FramingEvent {
    /// The headers of a message. A body, or its end, follows.
    Headers(MessageHeaders),
    /// The end of a message.
    End,
}

/// The part of a message that the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Headers,
    Body(u64),
    ChunkSize,
    Chunk(u64),
    Trailer,
    /// Up to the end of the connection: a body without a length, a tunnel, or not HTTP/1.
    Rest,
}

pub(super) struct Framing {
    side: MessageKind,
    part: Part,
    /// The incomplete headers, or the incomplete line of a chunked body.
    partial: Vec<u8>,
    /// Whether the next response has no body because its request was HEAD.
    bodiless: bool,
}

impl Framing {
    pub(super) fn new(side: MessageKind) -> Self {
        Self {
            side,
            part: Part::Headers,
            partial: Vec::new(),
            bodiless: false,
        }
    }

    /// Consumes bytes up to the next event, and returns their number with the event. A message
    /// without a body ends with a step of zero bytes after its headers.
    pub(super) fn step(&mut self, bytes: &[u8]) -> (usize, Option<FramingEvent>) {
        match self.part {
            Part::Headers => self.headers(bytes),
            Part::Body(left) => self.body(bytes, left),
            Part::Chunk(left) => self.chunk(bytes, left),
            Part::ChunkSize | Part::Trailer => self.line(bytes),
            Part::Rest => (bytes.len(), None),
        }
    }

    /// Consumes all bytes.
    pub(super) fn feed(&mut self, mut bytes: &[u8], mut event: impl FnMut(FramingEvent)) {
        loop {
            let (stepped, happened) = self.step(bytes);
            bytes = &bytes[stepped..];
            match happened {
                Some(happened) => event(happened),
                None if bytes.is_empty() => return,
                None => {}
            }
        }
    }

    /// Returns whether the next byte belongs to headers.
    pub(super) fn in_headers(&self) -> bool {
        self.part == Part::Headers
    }

    /// Returns whether the next byte is the first of a message.
    pub(super) fn at_start(&self) -> bool {
        self.in_headers() && self.partial.is_empty()
    }

    /// Returns whether the framing is no longer known.
    pub(super) fn in_rest(&self) -> bool {
        self.part == Part::Rest
    }

    /// Returns the number of bytes that are kept of incomplete headers or an incomplete line.
    #[cfg(any(test, fuzzing))]
    pub(super) fn buffered(&self) -> usize {
        self.partial.len()
    }

    /// Expects no body after the next response headers: the request was HEAD.
    pub(super) fn expect_no_body(&mut self) {
        self.bodiless = true;
    }

    /// Stops parsing: another protocol follows.
    pub(super) fn tunnel(&mut self) {
        self.part = Part::Rest;
        self.partial = Vec::new();
    }

    fn headers(&mut self, bytes: &[u8]) -> (usize, Option<FramingEvent>) {
        let mut stepped = 0;
        while let Some(end) = bytes[stepped..].iter().position(|byte| *byte == b'\n') {
            let begin = stepped;
            stepped += end + 1;
            self.partial.extend_from_slice(&bytes[begin..stepped]);
            if matches!(&*self.partial, b"\n" | b"\r\n") {
                // An empty line before a message is ignored (RFC 9112 section 2.2).
                self.partial.clear();
            } else if self.partial.ends_with(b"\n\n") || self.partial.ends_with(b"\n\r\n") {
                return (stepped, self.complete_headers());
            }
        }
        self.partial.extend_from_slice(&bytes[stepped..]);
        if self.partial.len() > MAX_HEADER_BYTES || !self.may_be_http() {
            self.tunnel();
        }
        (bytes.len(), None)
    }

    /// Returns whether headers may start like this: with a method, or with an HTTP version.
    fn may_be_http(&self) -> bool {
        let word = self
            .partial
            .split(|byte| *byte == b' ')
            .next()
            .unwrap_or_default();
        let whole = word.len() < self.partial.len();
        match self.side {
            MessageKind::Requests => {
                word.len() <= 32
                    && word
                        .iter()
                        .all(|byte| is_token(*byte) || (!whole && matches!(byte, b'\r' | b'\n')))
            }
            // A lone CR may begin an empty line.
            MessageKind::Responses => {
                word == b"\r" || b"HTTP/1.1".starts_with(word) || b"HTTP/1.0".starts_with(word)
            }
        }
    }

    fn complete_headers(&mut self) -> Option<FramingEvent> {
        let follow = self.partial.len() <= MAX_HEADER_BYTES && self.may_be_http();
        let Some(headers) = follow
            .then(|| MessageHeaders::parse(self.side, &self.partial))
            .flatten()
        else {
            self.tunnel();
            return None;
        };
        self.partial.clear();
        self.part = self.part_after(&headers);
        // An interim response leaves the flag for the final one.
        self.bodiless &= self.part == Part::Headers;
        Some(FramingEvent::Headers(headers))
    }

    fn part_after(&self, headers: &MessageHeaders) -> Part {
        let status = if self.side == MessageKind::Responses {
            &*headers.line[1]
        } else {
            ""
        };
        match (headers.chunked, headers.length) {
            _ if status == "101" => Part::Rest,
            // Interim responses precede the final one (RFC 9110 section 15.2).
            _ if status.starts_with('1') => Part::Headers,
            _ if self.bodiless || matches!(status, "204" | "304") => Part::Body(0),
            (true, _) => Part::ChunkSize,
            (false, Some(length)) => Part::Body(length),
            (false, None) if self.side == MessageKind::Requests => Part::Body(0),
            (false, None) => Part::Rest,
        }
    }

    fn body(&mut self, bytes: &[u8], left: u64) -> (usize, Option<FramingEvent>) {
        let (skipped, left) = skip(bytes, left);
        self.part = if left > 0 {
            Part::Body(left)
        } else {
            Part::Headers
        };
        (skipped, (left == 0).then_some(FramingEvent::End))
    }

    fn chunk(&mut self, bytes: &[u8], left: u64) -> (usize, Option<FramingEvent>) {
        let (skipped, left) = skip(bytes, left);
        self.part = if left > 0 {
            Part::Chunk(left)
        } else {
            Part::ChunkSize
        };
        (skipped, None)
    }

    /// Consumes a line of a chunked body (RFC 9112 section 7.1).
    fn line(&mut self, bytes: &[u8]) -> (usize, Option<FramingEvent>) {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let stepped = end.map_or(bytes.len(), |end| end + 1);
        self.partial.extend_from_slice(&bytes[..stepped]);
        if self.partial.len() > MAX_CHUNK_LINE_BYTES {
            self.tunnel();
            return (stepped, None);
        }
        let event = end.and_then(|_| self.complete_line());
        (stepped, event)
    }

    fn complete_line(&mut self) -> Option<FramingEvent> {
        let line = std::mem::take(&mut self.partial);
        let line = line.trim_ascii_end();
        if self.part == Part::Trailer {
            let last = line.is_empty();
            self.part = if last { Part::Headers } else { Part::Trailer };
            return last.then_some(FramingEvent::End);
        }
        match chunk_size(line) {
            Some(0) => self.part = Part::Trailer,
            // Includes the line end after the data.
            Some(size) => self.part = Part::Chunk(size.saturating_add(2)),
            None => self.tunnel(),
        }
        None
    }
}

fn skip(bytes: &[u8], left: u64) -> (usize, u64) {
    let skipped = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
    (skipped, left - skipped as u64)
}

fn chunk_size(line: &[u8]) -> Option<u64> {
    let size = line.split(|byte| *byte == b';').next()?.trim_ascii();
    u64::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()
}
