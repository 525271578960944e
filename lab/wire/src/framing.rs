//! The messages in one direction of an HTTP/1 connection: where the headers end, and where the body
//! ends that they announce. Bytes that are not HTTP/1 are not parsed, nor anything after them.

use crate::{
    chunks::Chunks,
    head::{Body, Head, MessageKind},
};

mod in_flight;
mod incomplete_headers;
#[cfg(test)]
mod tests;

use in_flight::{InFlight, Method};
use incomplete_headers::{length_of_rest, may_become_headers};

/// An event that the last consumed byte completes.
#[derive(Debug, PartialEq, Eq)]
pub enum FramingEvent<'a> {
    /// The headers of a message. A body, or its end, follows.
    Headers(Head<'a>),
    /// The headers of a response after which both directions are another protocol.
    Tunnel(Head<'a>),
    /// The end of a message.
    End,
}

/// The part of a message that the next byte belongs to.
#[derive(Debug)]
enum Part {
    Headers,
    Body(u64),
    Chunks(Chunks),
    /// Up to the end of the connection: a body without a length, a tunnel, or not HTTP/1.
    Rest,
}

/// Finds the messages in one direction.
#[derive(Debug)]
pub struct Framing {
    kind: MessageKind,
    part: Part,
    /// The headers so far.
    partial: Vec<u8>,
    /// Whether `partial` is no longer used. An event may still borrow it.
    spent: bool,
    /// The requests that responses are expected to.
    in_flight: InFlight,
}

impl Framing {
    /// Creates a parser at the start of a connection.
    #[must_use]
    pub fn new(kind: MessageKind) -> Self {
        Self {
            kind,
            part: Part::Headers,
            partial: Vec::new(),
            spent: false,
            in_flight: InFlight::default(),
        }
    }

    /// Consumes bytes up to the next event, and returns their number with the event. A message
    /// without a body ends with a step of zero bytes after its headers.
    pub fn step(&mut self, bytes: &[u8]) -> (usize, Option<FramingEvent<'_>>) {
        self.free();
        match &mut self.part {
            Part::Headers => self.headers(bytes),
            Part::Body(left) => {
                let most = usize::try_from(*left).unwrap_or(usize::MAX);
                let skipped = most.min(bytes.len());
                *left -= skipped as u64;
                let ended = *left == 0;
                (skipped, self.end_if(ended))
            }
            Part::Chunks(chunks) => {
                if let Ok(skipped) = chunks.feed(bytes, |_| {}) {
                    let ended = chunks.has_ended();
                    (skipped, self.end_if(ended))
                } else {
                    self.tunnel();
                    (bytes.len(), None)
                }
            }
            Part::Rest => (bytes.len(), None),
        }
    }

    /// Consumes all bytes.
    pub fn feed(&mut self, mut bytes: &[u8], mut event: impl FnMut(FramingEvent<'_>)) {
        loop {
            let (stepped, happened) = self.step(bytes);
            bytes = &bytes[stepped..];
            match happened {
                Some(happened) => event(happened),
                None if bytes.is_empty() => return self.free(),
                None => {}
            }
        }
    }

    /// Returns whether the next byte is the first of a message.
    #[must_use]
    pub fn at_start(&self) -> bool {
        matches!(self.part, Part::Headers) && self.buffered() == 0
    }

    /// Returns whether the next byte belongs to headers, of which some bytes were consumed.
    #[must_use]
    pub fn within_headers(&self) -> bool {
        matches!(self.part, Part::Headers) && self.buffered() > 0
    }

    /// Returns whether the framing is no longer known.
    #[must_use]
    pub fn in_rest(&self) -> bool {
        matches!(self.part, Part::Rest)
    }

    /// Returns the number of bytes that are kept of incomplete headers.
    #[must_use]
    pub fn buffered(&self) -> usize {
        if self.spent { 0 } else { self.partial.len() }
    }

    /// Expects a response to the next request, which has this method.
    pub fn expect_response(&mut self, method: &str) {
        self.in_flight.push(method);
    }

    /// Stops parsing: another protocol follows.
    pub fn tunnel(&mut self) {
        self.part = Part::Rest;
        self.spent = true;
        self.free();
    }

    fn free(&mut self) {
        if std::mem::take(&mut self.spent) {
            self.partial = Vec::new();
        }
    }

    fn end_if(&mut self, ended: bool) -> Option<FramingEvent<'static>> {
        ended.then(|| {
            self.part = Part::Headers;
            FramingEvent::End
        })
    }

    fn headers(&mut self, bytes: &[u8]) -> (usize, Option<FramingEvent<'_>>) {
        // Empty lines before a message are ignored (RFC 9112 section 2.2).
        let is_line_end = |byte: &&u8| matches!(byte, b'\r' | b'\n');
        let blank = if self.partial.is_empty() {
            bytes.iter().take_while(is_line_end).count()
        } else {
            0
        };
        let before = self.partial.len();
        if let Some(length) = length_of_rest(&self.partial, &bytes[blank..]) {
            let end = blank + length;
            self.partial.extend_from_slice(&bytes[blank..end]);
            self.complete_headers(end, bytes.len())
        } else {
            self.partial.extend_from_slice(&bytes[blank..]);
            if !may_become_headers(self.kind, &self.partial, before) {
                self.leave_http();
            }
            (bytes.len(), None)
        }
    }

    /// Parses complete headers, which end after `end` of `all` bytes.
    fn complete_headers(&mut self, end: usize, all: usize) -> (usize, Option<FramingEvent<'_>>) {
        self.spent = true;
        let method = self.in_flight.oldest();
        let head = Head::parse(self.kind, &self.partial);
        let (Ok(Some(head)), Some(method)) = (head, method) else {
            self.part = Part::Rest;
            return (all, None);
        };
        self.part = part_after(&head, method);
        // The final response follows an interim one.
        if !matches!(self.part, Part::Headers) {
            self.in_flight.pop();
        }
        let event = if opens_tunnel(&head, method) {
            FramingEvent::Tunnel(head)
        } else {
            FramingEvent::Headers(head)
        };
        (end, Some(event))
    }

    fn leave_http(&mut self) {
        self.part = Part::Rest;
        self.spent = true;
    }
}

fn part_after(head: &Head<'_>, method: Method) -> Part {
    match (head.status(), head.body()) {
        _ if opens_tunnel(head, method) => Part::Rest,
        // Interim responses precede the final one (RFC 9110 section 15.2).
        (Some(100..200), _) => Part::Headers,
        (Some(_), _) if method == Method::Head => Part::Body(0),
        (_, Body::Length(length)) => Part::Body(length),
        (_, Body::Chunked) => Part::Chunks(Chunks::default()),
        (_, Body::UntilClose) => Part::Rest,
    }
}

/// Returns whether a response ends HTTP: it switches protocols, or accepts `CONNECT`.
fn opens_tunnel(head: &Head<'_>, method: Method) -> bool {
    let accepts = matches!(head.status(), Some(200..300)) && method == Method::Connect;
    head.status() == Some(101) || accepts
}
