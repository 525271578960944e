//! How much actix gets of what a peer says: a head of bounded length, and no request before it has begun with the one
//! before. Left to itself it takes 128 KiB of each connection, and up to 16 requests in advance, for which it allocates 7 kB
//! each.

use super::{chunked::Chunked, listener::FOR_ALL};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use std::{mem, task::Waker};

/// The longest head, in bytes.
pub(crate) const MOST_HEAD: usize = 8 * 1024;
/// The header that says how long a body is.
const LENGTH: &[u8] = b"content-length:";

/// Where a connection stands between heads and bodies.
#[derive(Default)]
pub(crate) struct HeadLimit {
    /// How many bytes there were since the end of the last head or body.
    length: usize,
    /// The last byte but for CR was the end of a line.
    at_line_start: bool,
    /// A byte of a head was seen: empty lines before it are not its end (RFC 9112 §2.2).
    begun: bool,
    /// How much of [`LENGTH`] this line begins with; more than all if it begins with something else.
    matched: usize,
    /// The length that the head declares.
    declared: u64,
    /// How many bytes of a body are to come.
    body: u64,
    serving: bool,
    /// All that follows belongs to the request that is served.
    endless: bool,
    /// The body of the request that is served, where it comes in chunks.
    chunked: Chunked,
    /// actix was asked to look at what it has before it gets more.
    asked: bool,
}

/// What follows the head of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follows {
    /// A body of the length that the head declares, maybe none.
    Length,
    /// A body in chunks.
    Chunks,
    /// Nothing but this request.
    Everything,
}

/// Whether more may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// So many bytes.
    Some(usize),
    /// Not before actix has looked at what it has: it was woken for that.
    Later,
    /// This head is too long.
    None,
}

impl HeadLimit {
    pub(crate) fn room(&mut self, waker: &Waker) -> Room {
        match MOST_HEAD.saturating_sub(self.length) {
            _ if self.serving => Room::Some(usize::MAX),
            0 if mem::replace(&mut self.asked, true) => Room::None,
            0 => {
                // It may be the body of a request with which actix has not begun.
                waker.wake_by_ref();
                Room::Later
            }
            most => Room::Some(most),
        }
    }

    /// How much of these bytes actix may get before it has looked at them: up to the end of a request.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> usize {
        self.asked = false;
        if self.endless {
            return bytes.len();
        }
        if self.chunked != Chunked::Ended {
            return self.chunked.read(bytes);
        }
        let mut at = 0;
        while at < bytes.len() {
            let ends = match self.body {
                0 => {
                    at += 1;
                    self.ends_head(bytes[at - 1])
                }
                _ => {
                    let part =
                        (bytes.len() - at).min(usize::try_from(self.body).unwrap_or(usize::MAX));
                    self.body -= part as u64;
                    at += part;
                    true
                }
            };
            if ends && self.body == 0 {
                return at;
            }
        }
        at
    }

    /// Takes a byte of a head.
    fn ends_head(&mut self, byte: u8) -> bool {
        self.length += 1;
        match byte {
            b'\n' if self.at_line_start && self.begun => {
                (self.length, self.body, self.begun) = (0, mem::take(&mut self.declared), false);
                return true;
            }
            b'\n' => (self.at_line_start, self.matched) = (true, 0),
            b'\r' => {}
            _ => {
                (self.at_line_start, self.begun) = (false, true);
                self.match_length(byte);
            }
        }
        false
    }

    fn match_length(&mut self, byte: u8) {
        match LENGTH.get(self.matched) {
            Some(expected) if byte.eq_ignore_ascii_case(expected) => self.matched += 1,
            Some(_) => self.matched = usize::MAX,
            None if self.matched == LENGTH.len() && byte.is_ascii_digit() => {
                self.declared = self
                    .declared
                    .saturating_mul(10)
                    .saturating_add(u64::from(byte - b'0'));
            }
            None => {}
        }
    }

    /// Notes that actix begins with a request.
    pub(crate) fn begin(&mut self, follows: Follows) {
        (self.serving, self.asked) = (true, false);
        self.endless = follows == Follows::Everything;
        self.chunked = if follows == Follows::Chunks {
            Chunked::begin()
        } else {
            Chunked::Ended
        };
    }

    /// Notes that it is done with it.
    pub(crate) fn finish(&mut self) {
        (self.serving, self.endless, self.asked, self.length) = (false, false, false, 0);
        self.chunked = Chunked::Ended;
    }
}

/// The response to a head that is too long.
pub(crate) fn too_long() -> Vec<u8> {
    let detail = format!("a request's head has at most {MOST_HEAD} bytes");
    let body = format!(
        r#"{{"detail":"{detail}","status":431,"title":"Request Header Fields Too Large","type":"urn:trilane:problem:head-too-large"}}"#
    );
    let length = body.len();
    format!(
        "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/problem+json\r\ncontent-length: {length}\r\n\
         {FOR_ALL}connection: close\r\n\r\n{body}"
    )
    .into()
}

/// Whether actix takes all that follows a request's head for its body, whatever length it declares: it does where a
/// WebSocket is offered.
pub fn has_endless_body(headers: &HeaderMap) -> bool {
    let is_websocket = |value: &HeaderValue| {
        value
            .as_bytes()
            .trim_ascii()
            .eq_ignore_ascii_case(b"websocket")
    };
    !headers.contains_key(header::TRANSFER_ENCODING)
        && headers.get_all(header::UPGRADE).any(is_websocket)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What it says when actix had its turn.
    fn room(heads: &mut HeadLimit) -> Room {
        match heads.room(Waker::noop()) {
            Room::Later => heads.room(Waker::noop()),
            room => room,
        }
    }

    #[test]
    fn a_head_that_does_not_end_is_too_long() {
        let mut heads = HeadLimit::default();
        heads.read(&[b'x'; 5_000]);
        assert_eq!(room(&mut heads), Room::Some(MOST_HEAD - 5_000));
        heads.read(&[b'x'; MOST_HEAD - 5_000]);
        assert_eq!(room(&mut heads), Room::None);
    }

    #[test]
    fn a_request_is_given_alone() {
        let mut heads = HeadLimit::default();
        let said = b"A\r\n\r\nP\nContent-Length: 4\r\nB: 7\n\n\n\n\n\nG\r\n\r\n";
        let (mut left, mut given) = (&said[..], Vec::new());
        while !left.is_empty() {
            let (first, rest) = left.split_at(heads.read(left));
            given.push(first);
            left = rest;
        }
        assert_eq!(
            given,
            [
                &b"A\r\n\r\n"[..],
                b"P\nContent-Length: 4\r\nB: 7\n\n\n\n\n\n",
                b"G\r\n\r\n"
            ]
        );
        assert_eq!(room(&mut heads), Room::Some(MOST_HEAD));
        assert_eq!(heads.read(b"B\r\n"), 3);
        assert_eq!(room(&mut heads), Room::Some(MOST_HEAD - 3));
    }

    #[test]
    fn a_body_is_no_head() {
        let mut heads = HeadLimit::default();
        assert_eq!(heads.read(b"P\r\ncontent-LENGTH:  90000\r\n\r\n"), 29);
        assert_eq!(heads.read(&[b'x'; 50_000]), 50_000);
        assert_eq!(room(&mut heads), Room::Some(MOST_HEAD));
        heads.begin(Follows::Length);
        assert_eq!(room(&mut heads), Room::Some(usize::MAX));
        assert_eq!(heads.read(&[b'x'; 50_000]), 40_000);
    }

    #[test]
    fn what_has_no_end_is_not_cut() {
        let mut heads = HeadLimit::default();
        heads.read(b"A\r\n\r\n");
        heads.begin(Follows::Everything);
        assert_eq!(heads.read(b"\n\n\n\n"), 4);
        heads.finish();
        assert_eq!(heads.read(b"G\n\n\n\n"), 3);
    }

    #[test]
    fn what_a_body_in_chunks_says_is_no_header() {
        let mut heads = HeadLimit::default();
        heads.read(b"P\r\ntransfer-encoding: chunked\r\n\r\n");
        heads.begin(Follows::Chunks);
        let body = b"1\r\nx\r\n0\r\nContent-Length: 99999999999\r\n\r\n";
        assert_eq!(heads.read(&[&body[..], b"G\r\n\r\n"].concat()), body.len());
        assert_eq!(heads.read(b"G\r\n\r\nH\r\n\r\n"), 5, "one request");
        heads.finish();
        heads.read(&[b'x'; MOST_HEAD]);
        assert_eq!(room(&mut heads), Room::None);
    }

    #[test]
    fn empty_lines_before_a_request_are_part_of_its_head() {
        let mut heads = HeadLimit::default();
        assert_eq!(heads.read(b"\r\n\n\r\nG\n\nG"), 8);
        assert_eq!(heads.read(&[b'\n'; MOST_HEAD]), MOST_HEAD);
        assert_eq!(room(&mut heads), Room::None);
    }
}
