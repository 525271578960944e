//! WebSocket frames of a server, read for ids and stamps only.

use super::{Event, MessageId};
use crate::load::stamp::Stamp;
use anyhow::Result;
use memchr::memmem;
use std::time::Duration;
use wire::{
    frames::{Frame, Opcode},
    leading_number,
};

/// Decodes one frame. Returns its length, or 0 if it is not complete.
pub(super) fn take(bytes: &[u8], out: &mut impl FnMut(Event<'_>)) -> Result<usize> {
    let Some(frame) = Frame::parse(bytes)? else {
        return Ok(0);
    };
    match frame.opcode {
        Opcode::Close => reconnect_after(frame.payload).into_iter().for_each(out),
        Opcode::Ping => out(Event::Ping(frame.payload)),
        Opcode::Pong => {}
        Opcode::Text | Opcode::Binary | Opcode::Continuation => text(frame.payload, out),
    }
    Ok(frame.length)
}

/// Recognises the service's own messages by their beginning, and searches others for a stamp.
fn text(payload: &[u8], out: &mut impl FnMut(Event<'_>)) {
    if let Some(stamp) = Stamp::find(payload) {
        let id = quoted(payload, b"{\"id\":\"");
        out(Event::Message(stamp, id.and_then(MessageId::parse)));
        id.into_iter().for_each(|id| out(Event::Cursor(id)));
    } else if payload.starts_with(b"{\"ref\":") {
        let accepted = memmem::find(payload, b"\"ok\":").is_some();
        out(Event::Published { accepted });
    } else if payload.starts_with(b"{\"reset\":") {
        out(Event::Reset);
    } else if let Some(cursor) = quoted(payload, b"{\"hello\":{\"cursor\":\"") {
        out(Event::Cursor(cursor));
    } else {
        out(Event::Text(payload));
    }
}

/// Returns the bytes between `before` and the next quote.
fn quoted<'a>(payload: &'a [u8], before: &[u8]) -> Option<&'a [u8]> {
    let rest = payload.strip_prefix(before)?;
    rest.split(|byte| *byte == b'"').next()
}

fn reconnect_after(payload: &[u8]) -> Option<Event<'static>> {
    let words = b"come back in ";
    let at = memmem::find(payload, words)? + words.len();
    let wait = Duration::from_millis(leading_number(&payload[at..]));
    Some(Event::ReconnectAfter(wait))
}
