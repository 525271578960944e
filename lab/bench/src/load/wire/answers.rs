//! Complete HTTP responses on one connection: of polls, and of publications.

use super::{
    Place, Said,
    chunks::Chunks,
    head::{self, Body, Head},
};
use crate::load::stamp::Stamp;
use memchr::memmem;

/// Fields of a poll's response: the id of a message, the cursor, and a reset.
const ID: &[u8] = b"\"id\":\"";
const CURSOR: &[u8] = b"\"cursor\":\"";
const RESET: &[u8] = b"{\"reset\":";

/// Decodes one response. Returns its length, or 0 if it is not complete.
pub(super) fn take(bytes: &[u8], said: &mut impl FnMut(Said<'_>)) -> Result<usize, String> {
    let Some(head) = head::parse(bytes)? else {
        return Ok(0);
    };
    let rest = &bytes[head.length..];
    let mut joined = Vec::new();
    let (body, length) = match head.body {
        Body::Length(length) => match rest.get(..length) {
            Some(body) => (body, length),
            None => return Ok(0),
        },
        Body::Chunked => {
            let mut chunks = Chunks::default();
            let length = chunks.feed(rest, |data| joined.extend_from_slice(data))?;
            if !chunks.ended() {
                return Ok(0);
            }
            (&joined[..], length)
        }
        Body::UntilClose => return Err("answered without saying how long the answer is".to_owned()),
    };
    tell(&head, body, said)?;
    Ok(head.length + length)
}

fn tell(head: &Head, body: &[u8], said: &mut impl FnMut(Said<'_>)) -> Result<(), String> {
    if !(200..300).contains(&head.status) {
        let words = String::from_utf8_lossy(&body[..body.len().min(200)]);
        return Err(format!("answered {}: {words}", head.status));
    }
    if body.starts_with(RESET) {
        said(Said::Reset);
    }
    let mut from = 0;
    for (at, stamp) in Stamp::find_all(body) {
        said(Said::Message(
            stamp,
            last_quoted(&body[from..at], ID).and_then(Place::of),
        ));
        from = at;
    }
    last_quoted(body, CURSOR)
        .into_iter()
        .for_each(|cursor| said(Said::Cursor(cursor)));
    said(Said::Answered { close: head.close });
    Ok(())
}

/// Returns the bytes between the last `before` and the next quote.
fn last_quoted<'a>(bytes: &'a [u8], before: &[u8]) -> Option<&'a [u8]> {
    let at = memmem::rfind(bytes, before)? + before.len();
    bytes[at..].split(|byte| *byte == b'"').next()
}
