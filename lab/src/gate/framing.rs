//! Follows the messages in one direction of an HTTP/1.1 connection (RFC 9112) as they pass, in whatever pieces: where a
//! head ends, and where the body that it announces. What is not HTTP, or no longer, is followed no further.

use super::head::{Head, is_token};

/// A longer head is not followed; servers refuse it anyway.
const LONGEST_HEAD: usize = 64 * 1024;
/// A longer line is none that begins a chunk.
const LONGEST_LINE: usize = 1024;

/// Which direction it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Requests,
    Responses,
}

/// Something that ends with the bytes just stepped over.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A head; a body, or its end, follows.
    Head(Head),
    /// A message, with its body.
    End,
}

/// Where in a message the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Head,
    Body(u64),
    ChunkSize,
    Chunk(u64),
    Trailer,
    /// To the end of the connection: a body without length, a tunnel, or nothing that is known here.
    Rest,
}

pub(super) struct Framing {
    side: Side,
    part: Part,
    /// What came of the head, or of the line in a chunked body.
    partial: Vec<u8>,
    /// Of the response that comes next: the request was HEAD.
    bodiless: bool,
}

impl Framing {
    pub(super) fn new(side: Side) -> Self {
        Self {
            side,
            part: Part::Head,
            partial: Vec::new(),
            bodiless: false,
        }
    }

    /// Steps over bytes up to the next event, and says how many that were. A message without a body ends by itself: the
    /// step after its head is one of no bytes.
    pub(super) fn step(&mut self, bytes: &[u8]) -> (usize, Option<Event>) {
        match self.part {
            Part::Head => self.head(bytes),
            Part::Body(left) => self.body(bytes, left),
            Part::Chunk(left) => self.chunk(bytes, left),
            Part::ChunkSize | Part::Trailer => self.line(bytes),
            Part::Rest => (bytes.len(), None),
        }
    }

    /// Steps over all bytes.
    pub(super) fn feed(&mut self, mut bytes: &[u8], mut event: impl FnMut(Event)) {
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

    /// Whether the next byte belongs to a head.
    pub(super) fn in_head(&self) -> bool {
        self.part == Part::Head
    }

    /// Whether the next byte is the first of a message.
    pub(super) fn at_start(&self) -> bool {
        self.in_head() && self.partial.is_empty()
    }

    /// Whether nothing is followed any more.
    pub(super) fn in_rest(&self) -> bool {
        self.part == Part::Rest
    }

    /// The response that comes next has no body, whatever it says: the request was HEAD.
    pub(super) fn expect_no_body(&mut self) {
        self.bodiless = true;
    }

    /// Another protocol follows.
    pub(super) fn tunnel(&mut self) {
        self.part = Part::Rest;
        self.partial = Vec::new();
    }

    fn head(&mut self, bytes: &[u8]) -> (usize, Option<Event>) {
        let mut stepped = 0;
        while let Some(end) = bytes[stepped..].iter().position(|byte| *byte == b'\n') {
            let begin = stepped;
            stepped += end + 1;
            self.partial.extend_from_slice(&bytes[begin..stepped]);
            if matches!(&*self.partial, b"\n" | b"\r\n") {
                // An empty line before a message means nothing (RFC 9112 §2.2).
                self.partial.clear();
            } else if self.partial.ends_with(b"\n\n") || self.partial.ends_with(b"\n\r\n") {
                return (stepped, self.whole_head());
            }
        }
        self.partial.extend_from_slice(&bytes[stepped..]);
        if self.partial.len() > LONGEST_HEAD || !self.may_be_http() {
            self.tunnel();
        }
        (bytes.len(), None)
    }

    /// Whether that is how a head begins: with the token of a method, or a version.
    fn may_be_http(&self) -> bool {
        let word = self
            .partial
            .split(|byte| *byte == b' ')
            .next()
            .unwrap_or_default();
        let whole = word.len() < self.partial.len();
        match self.side {
            Side::Requests => {
                word.len() <= 32
                    && word
                        .iter()
                        .all(|byte| is_token(*byte) || (!whole && matches!(byte, b'\r' | b'\n')))
            }
            Side::Responses => b"HTTP/1.1".starts_with(word) || b"HTTP/1.0".starts_with(word),
        }
    }

    fn whole_head(&mut self) -> Option<Event> {
        let follow = self.partial.len() <= LONGEST_HEAD && self.may_be_http();
        let Some(head) = follow
            .then(|| Head::parse(self.side, &self.partial))
            .flatten()
        else {
            self.tunnel();
            return None;
        };
        self.partial.clear();
        self.part = self.part_after(&head);
        // What is not the final response leaves that to come.
        self.bodiless &= self.part == Part::Head;
        Some(Event::Head(head))
    }

    fn part_after(&self, head: &Head) -> Part {
        let status = if self.side == Side::Responses {
            &*head.line[1]
        } else {
            ""
        };
        match (head.chunked, head.length) {
            _ if status == "101" => Part::Rest,
            // Before the final response may come others (RFC 9110 §15.2).
            _ if status.starts_with('1') => Part::Head,
            _ if self.bodiless || matches!(status, "204" | "304") => Part::Body(0),
            (true, _) => Part::ChunkSize,
            (false, Some(length)) => Part::Body(length),
            (false, None) if self.side == Side::Requests => Part::Body(0),
            (false, None) => Part::Rest,
        }
    }

    fn body(&mut self, bytes: &[u8], left: u64) -> (usize, Option<Event>) {
        let (skipped, left) = skip(bytes, left);
        self.part = if left > 0 {
            Part::Body(left)
        } else {
            Part::Head
        };
        (skipped, (left == 0).then_some(Event::End))
    }

    fn chunk(&mut self, bytes: &[u8], left: u64) -> (usize, Option<Event>) {
        let (skipped, left) = skip(bytes, left);
        self.part = if left > 0 {
            Part::Chunk(left)
        } else {
            Part::ChunkSize
        };
        (skipped, None)
    }

    /// A line of a chunked body (RFC 9112 §7.1).
    fn line(&mut self, bytes: &[u8]) -> (usize, Option<Event>) {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let stepped = end.map_or(bytes.len(), |end| end + 1);
        self.partial.extend_from_slice(&bytes[..stepped]);
        match end {
            Some(_) => (stepped, self.whole_line()),
            None => {
                if self.partial.len() > LONGEST_LINE {
                    self.tunnel();
                }
                (stepped, None)
            }
        }
    }

    fn whole_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.partial);
        let line = line.trim_ascii_end();
        if self.part == Part::Trailer {
            let last = line.is_empty();
            self.part = if last { Part::Head } else { Part::Trailer };
            return last.then_some(Event::End);
        }
        match chunk_size(line) {
            Some(0) => self.part = Part::Trailer,
            // With the line end that follows the data.
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
