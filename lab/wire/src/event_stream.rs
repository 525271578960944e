//! Event streams (HTML standard, section 9.2.6).

use memchr::memchr2;
use std::{mem, time::Duration};

#[cfg(test)]
mod tests;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A line of an event stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// A field: its name and its value. A comment has an empty name.
    Field(&'a [u8], &'a [u8]),
    /// The empty line that ends an event.
    End,
}

/// Splits an event stream into lines. Copies only incomplete lines.
#[derive(Debug, Default)]
pub struct Lines {
    partial: Vec<u8>,
    /// Whether the last byte was a CR. An LF right after it does not end another line.
    after_return: bool,
    begun: bool,
}

impl Lines {
    /// Passes the complete lines of a piece to `out`.
    pub fn feed(&mut self, mut piece: &[u8], mut out: impl FnMut(Line<'_>)) {
        if mem::take(&mut self.after_return) {
            piece = piece.strip_prefix(b"\n").unwrap_or(piece);
        }
        while let Some(end) = memchr2(b'\n', b'\r', piece) {
            if self.partial.is_empty() {
                out(line(&piece[..end], &mut self.begun));
            } else {
                self.partial.extend_from_slice(&piece[..end]);
                out(line(&self.partial, &mut self.begun));
                self.partial.clear();
            }
            piece = match &piece[end..] {
                [b'\r', b'\n', rest @ ..] => rest,
                [b'\r'] => {
                    self.after_return = true;
                    &[]
                }
                rest => &rest[1..],
            };
        }
        self.partial.extend_from_slice(piece);
    }
}

#[inline]
fn line<'a>(mut line: &'a [u8], begun: &mut bool) -> Line<'a> {
    if !mem::replace(begun, true) {
        line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
    }
    // Names are short.
    match line.iter().position(|byte| *byte == b':') {
        None if line.is_empty() => Line::End,
        None => Line::Field(line, b""),
        Some(colon) => {
            let value = &line[colon + 1..];
            Line::Field(&line[..colon], value.strip_prefix(b" ").unwrap_or(value))
        }
    }
}

/// An item of an event stream.
#[derive(Debug, PartialEq, Eq)]
pub enum Item {
    /// An event. The name is empty if the stream gives none; the id is the last one so far.
    Event {
        /// Name of the event.
        name: String,
        /// Id of the event.
        id: String,
        /// Data, of several lines if the event has several.
        data: String,
    },
    /// How long to wait before reconnecting.
    Retry(Duration),
}

/// Parser of an event stream into whole events.
#[derive(Debug, Default)]
pub struct Parser {
    lines: Lines,
    event: Event,
}

/// The incomplete event.
#[derive(Debug, Default)]
struct Event {
    name: String,
    id: String,
    data: String,
}

impl Parser {
    /// Parses a piece and passes complete items to `out`.
    pub fn feed(&mut self, piece: &[u8], out: &mut impl Extend<Item>) {
        let Self { lines, event } = self;
        lines.feed(piece, |line| out.extend(event.line(line)));
    }
}

impl Event {
    fn line(&mut self, line: Line<'_>) -> Option<Item> {
        let Line::Field(name, value) = line else {
            return self.dispatch();
        };
        let value = String::from_utf8_lossy(value);
        match name {
            b"event" => self.name = value.into_owned(),
            b"data" => {
                self.data.push_str(&value);
                self.data.push('\n');
            }
            b"id" if !value.contains('\0') => self.id = value.into_owned(),
            b"retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                let wait = value.parse().ok().map(Duration::from_millis);
                return wait.map(Item::Retry);
            }
            // Unknown fields are ignored.
            _ => {}
        }
        None
    }

    /// Ends an event. Without data there is no event.
    fn dispatch(&mut self) -> Option<Item> {
        let name = mem::take(&mut self.name);
        let mut data = mem::take(&mut self.data);
        data.pop().map(|_| Item::Event {
            name,
            id: self.id.clone(),
            data,
        })
    }
}
