//! An event stream (HTML standard, section 9.2.6), read for ids and stamps only.
//!
//! Lines end with LF or CRLF. A lone CR, which the standard allows too, is not supported.

use super::{Place, Said, digits};
use crate::load::stamp::Stamp;
use memchr::memchr;
use std::time::Duration;

/// Decoder of an event stream: the incomplete line and event.
#[derive(Default)]
pub(super) struct Events {
    line: Vec<u8>,
    event: Event,
}

/// Decodes a piece. An event is complete with the empty line that ends it.
#[derive(Default)]
struct Event {
    id: Vec<u8>,
    stamp: Option<Stamp>,
    reset: bool,
}

impl Events {
    pub(super) fn feed(&mut self, mut piece: &[u8], said: &mut impl FnMut(Said<'_>)) {
        let Self { line, event } = self;
        while let Some(end) = memchr(b'\n', piece) {
            if line.is_empty() {
                event.take(&piece[..end], said);
            } else {
                line.extend_from_slice(&piece[..end]);
                event.take(line, said);
                line.clear();
            }
            piece = &piece[end + 1..];
        }
        line.extend_from_slice(piece);
    }
}

impl Event {
    fn take(&mut self, line: &[u8], said: &mut impl FnMut(Said<'_>)) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            self.end(said);
        } else if let Some(data) = line.strip_prefix(b"data:") {
            self.stamp = self.stamp.or_else(|| Stamp::find(data));
        } else if let Some(id) = value(line, b"id:") {
            self.id.clear();
            self.id.extend_from_slice(id);
        } else if let Some(name) = value(line, b"event:") {
            self.reset = name == b"reset";
        } else if let Some(wait) = value(line, b"retry:") {
            said(Said::ComeBack(Duration::from_millis(digits(wait))));
        }
    }

    fn end(&mut self, said: &mut impl FnMut(Said<'_>)) {
        if std::mem::take(&mut self.reset) {
            said(Said::Reset);
        }
        if let Some(stamp) = self.stamp.take() {
            said(Said::Message(stamp, Place::of(&self.id)));
        }
        if !self.id.is_empty() {
            said(Said::Cursor(&self.id));
            self.id.clear();
        }
    }
}

fn value<'a>(line: &'a [u8], field: &[u8]) -> Option<&'a [u8]> {
    line.strip_prefix(field)
        .map(|value| value.strip_prefix(b" ").unwrap_or(value))
}
