//! WebSocket frames (RFC 6455 section 5.2): decodes a server's, encodes those of a publisher.

use super::{Place, Said, digits};
use crate::load::stamp::Stamp;
use memchr::memmem;
use std::time::Duration;

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Decodes one frame. Returns its length, or 0 if it is not complete.
pub(super) fn take(bytes: &[u8], said: &mut impl FnMut(Said<'_>)) -> Result<usize, String> {
    let &[first, second, ..] = bytes else {
        return Ok(0);
    };
    if second & 0x80 != 0 {
        return Err("sent a masked frame, which only clients do".to_owned());
    }
    let Some((header, length)) = lengths(second, bytes) else {
        return Ok(0);
    };
    let end = header
        .checked_add(length)
        .ok_or("sent a frame without end")?;
    let Some(payload) = bytes.get(header..end) else {
        return Ok(0);
    };
    match first & 0x0f {
        CLOSE => come_back(payload).into_iter().for_each(said),
        PING => said(Said::Ping(payload)),
        PONG => {}
        _ => text(payload, said),
    }
    Ok(end)
}

/// Returns the lengths of the header and the payload.
fn lengths(second: u8, bytes: &[u8]) -> Option<(usize, usize)> {
    match second & 0x7f {
        126 => Some((
            4,
            usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)),
        )),
        127 => Some((
            10,
            usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?))
                .unwrap_or(usize::MAX),
        )),
        short => Some((2, usize::from(short))),
    }
}

/// Recognises the service's own messages by their beginning, and searches others for a stamp.
fn text(payload: &[u8], said: &mut impl FnMut(Said<'_>)) {
    if let Some(stamp) = Stamp::find(payload) {
        let id = quoted(payload, b"{\"id\":\"");
        said(Said::Message(stamp, id.and_then(Place::of)));
        id.into_iter().for_each(|id| said(Said::Cursor(id)));
    } else if payload.starts_with(b"{\"ref\":") {
        said(Said::Published {
            taken: memmem::find(payload, b"\"ok\":").is_some(),
        });
    } else if payload.starts_with(b"{\"reset\":") {
        said(Said::Reset);
    } else {
        quoted(payload, b"{\"hello\":{\"cursor\":\"")
            .into_iter()
            .for_each(|cursor| said(Said::Cursor(cursor)));
    }
}

/// Returns the bytes between `before` and the next quote.
fn quoted<'a>(payload: &'a [u8], before: &[u8]) -> Option<&'a [u8]> {
    let rest = payload.strip_prefix(before)?;
    rest.split(|byte| *byte == b'"').next()
}

fn come_back(payload: &[u8]) -> Option<Said<'static>> {
    let words = b"come back in ";
    let at = memmem::find(payload, words)? + words.len();
    Some(Said::ComeBack(Duration::from_millis(digits(
        &payload[at..],
    ))))
}

/// Appends a text frame of a client.
pub(crate) fn masked(text: &[u8], out: &mut Vec<u8>) {
    frame(TEXT, text, out);
}

/// Appends a pong.
pub(crate) fn pong(payload: &[u8], out: &mut Vec<u8>) {
    frame(PONG, payload, out);
}

/// Appends a frame with a mask of 0. RFC 6455 section 5.3 requires an unpredictable mask, because
/// of caches that mistake frames for requests. Here it saves work, and the server's work is the
/// same.
fn frame(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(0x80 | opcode);
    match payload.len() {
        short @ 0..=125 => out.push(0x80 | short as u8),
        middle @ 126..=0xffff => {
            out.push(0x80 | 126);
            out.extend_from_slice(&(middle as u16).to_be_bytes());
        }
        long => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}
