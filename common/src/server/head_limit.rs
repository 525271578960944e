//! How long a head may be. actix itself takes up to 128 KiB from each connection.

use std::{mem, task::Waker};

/// The longest head, in bytes.
pub(super) const MOST_HEAD: usize = 16 * 1024;

/// What was read of a connection since the last empty line: a part of a head, unless a request is served, whose body it
/// may be.
#[derive(Default)]
pub(super) struct HeadLimit {
    length: usize,
    /// The last byte but for CR was the end of a line.
    at_line_start: bool,
    serving: bool,
    /// actix was asked to look at what it has before it gets more.
    asked: bool,
}

/// Whether more may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// So many bytes.
    Some(usize),
    /// Not before actix has looked at what it has: it was woken for that.
    Later,
    /// This head is too long.
    None,
}

impl HeadLimit {
    pub(super) fn room(&mut self, waker: &Waker) -> Room {
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

    pub(super) fn read(&mut self, bytes: &[u8]) {
        self.asked = false;
        self.length += bytes.len();
        for (left, byte) in (0..bytes.len()).rev().zip(bytes) {
            match byte {
                b'\n' if self.at_line_start => self.length = left,
                b'\n' => self.at_line_start = true,
                b'\r' => {}
                _ => self.at_line_start = false,
            }
        }
    }

    /// Notes whether a request is served.
    pub(super) fn set_serving(&mut self, serving: bool) {
        (self.serving, self.asked) = (serving, false);
        if !serving {
            // What was read meanwhile is the end of a body, as far as anybody knows.
            self.length = 0;
        }
    }
}

/// The response to a head that is too long.
pub(super) fn too_long() -> Vec<u8> {
    let detail = format!("a request's head has at most {MOST_HEAD} bytes");
    let body = format!(
        r#"{{"detail":"{detail}","status":431,"title":"Request Header Fields Too Large","type":"urn:trilane:problem:head-too-large"}}"#
    );
    let length = body.len();
    format!(
        "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/problem+json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )
    .into()
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
        heads.read(&[b'x'; 10_000]);
        assert_eq!(room(&mut heads), Room::Some(MOST_HEAD - 10_000));
        heads.read(&[b'x'; MOST_HEAD - 10_000]);
        assert_eq!(room(&mut heads), Room::None);
    }

    #[test]
    fn many_heads_are_not_one() {
        let mut heads = HeadLimit::default();
        heads.read("A\r\n\r\n".repeat(10_000).as_bytes());
        assert_eq!(room(&mut heads), Room::Some(MOST_HEAD));
        heads.read(b"B\r\n");
        assert_eq!(room(&mut heads), Room::Some(MOST_HEAD - 3));
    }

    #[test]
    fn a_body_is_no_head() {
        let mut heads = HeadLimit::default();
        heads.read(b"A\r\n\r\n");
        heads.read(&[b'x'; MOST_HEAD]);
        assert_eq!(heads.room(Waker::noop()), Room::Later, "actix may not have seen the head");
        heads.set_serving(true);
        assert_eq!(room(&mut heads), Room::Some(usize::MAX));
        heads.read(&[b'x'; 100_000]);
        heads.set_serving(false);
        assert_eq!(room(&mut heads), Room::Some(MOST_HEAD));
    }
}
