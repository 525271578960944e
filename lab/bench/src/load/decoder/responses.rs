//! Complete HTTP responses on one connection: of polls, and of publications.

use super::{Event, MessageId};
use crate::load::{dialect::cursor_of, stamp::Stamp};
use anyhow::{Result, bail, ensure};
use memchr::memmem;
use wire::{
    chunks::Chunks,
    head::{Body, Head, MessageKind},
};

/// Fields of a poll's response: the id of a message, the cursor, and a reset.
const ID: &[u8] = b"\"id\":\"";
const CURSOR: &[u8] = b"\"cursor\":\"";
const RESET: &[u8] = b"{\"reset\":";
/// Most bytes of a failed response that are shown.
const MAX_SHOWN: usize = 200;

/// Decodes one response. Returns its length, or 0 if it is not complete.
pub(super) fn take(
    bytes: &[u8],
    cursor: &[String],
    out: &mut impl FnMut(Event<'_>),
) -> Result<usize> {
    let Some(head) = Head::parse(MessageKind::Responses, bytes)? else {
        return Ok(0);
    };
    let rest = &bytes[head.bytes.len()..];
    let mut joined = Vec::new();
    let (body, length) = match head.body() {
        Body::Length(length) => {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            match rest.get(..length) {
                Some(body) => (body, length),
                None => return Ok(0),
            }
        }
        Body::Chunked => {
            let mut chunks = Chunks::default();
            let length = chunks.feed(rest, |data| joined.extend_from_slice(data))?;
            if !chunks.has_ended() {
                return Ok(0);
            }
            (&joined[..], length)
        }
        Body::UntilClose => bail!("a response without a length"),
    };
    report(&head, body, cursor, out)?;
    Ok(head.bytes.len() + length)
}

fn report(
    head: &Head<'_>,
    body: &[u8],
    cursor: &[String],
    out: &mut impl FnMut(Event<'_>),
) -> Result<()> {
    let status = head.status().unwrap_or_default();
    let shown = &body[..body.len().min(MAX_SHOWN)];
    ensure!(
        (200..300).contains(&status),
        "{status}: {}",
        String::from_utf8_lossy(shown)
    );
    if body.starts_with(RESET) {
        out(Event::Reset);
    }
    let mut from = 0;
    for (at, stamp) in Stamp::find_all(body) {
        let id = last_quoted(&body[from..at], ID).and_then(MessageId::parse);
        out(Event::Message(stamp, id));
        from = at;
    }
    if !cursor.is_empty() {
        out(Event::Cursor(&cursor_of(&head.headers(), cursor)));
    } else if let Some(cursor) = last_quoted(body, CURSOR) {
        out(Event::Cursor(cursor));
    }
    let close = !head.persists();
    out(Event::Response { close });
    Ok(())
}

/// Returns the bytes between the last `before` and the next quote.
fn last_quoted<'a>(bytes: &'a [u8], before: &[u8]) -> Option<&'a [u8]> {
    let at = memmem::rfind(bytes, before)? + before.len();
    bytes[at..].split(|byte| *byte == b'"').next()
}
