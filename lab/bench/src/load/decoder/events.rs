//! An event stream, read for ids and stamps only.

use super::{Event, MessageId};
use crate::load::stamp::Stamp;
use std::time::Duration;
use wire::{
    event_stream::{Line, Lines},
    leading_number,
};

/// Decoder of an event stream: the incomplete line and event.
#[derive(Default)]
pub(super) struct Events {
    lines: Lines,
    event: Fields,
}

/// The fields of an incomplete event. It is complete with the empty line that ends it.
#[derive(Default)]
struct Fields {
    id: Vec<u8>,
    /// More than one if the server puts several messages into an event.
    stamps: Vec<Stamp>,
    reset: bool,
}

impl Events {
    pub(super) fn feed(&mut self, piece: &[u8], out: &mut impl FnMut(Event<'_>)) {
        let Self { lines, event } = self;
        lines.feed(piece, |line| match line {
            Line::Field(name, value) => event.add(name, value, out),
            Line::End => event.end(out),
        });
    }
}

impl Fields {
    fn add(&mut self, name: &[u8], value: &[u8], out: &mut impl FnMut(Event<'_>)) {
        match name {
            b"data" => self
                .stamps
                .extend(Stamp::find_all(value).map(|(_, stamp)| stamp)),
            b"id" => {
                self.id.clear();
                self.id.extend_from_slice(value);
            }
            b"event" => self.reset = value == b"reset",
            b"retry" => {
                let wait = Duration::from_millis(leading_number(value));
                out(Event::ReconnectAfter(wait));
            }
            _ => {}
        }
    }

    fn end(&mut self, out: &mut impl FnMut(Event<'_>)) {
        if std::mem::take(&mut self.reset) {
            out(Event::Reset);
        }
        for stamp in self.stamps.drain(..) {
            out(Event::Message(stamp, MessageId::parse(&self.id)));
        }
        if !self.id.is_empty() {
            out(Event::Cursor(&self.id));
            self.id.clear();
        }
    }
}
