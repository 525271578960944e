//! A poll as it was received, against which the next polls of its connection are compared.

use bytes::Bytes;
use common::message::Cursor;
use std::time::Duration;

/// A poll as it was received, split around its cursor.
#[derive(PartialEq, Eq, Hash)]
pub struct PollRequest {
    before: Bytes,
    after: Bytes,
    /// How long it may wait.
    pub(crate) wait: Duration,
}

impl PollRequest {
    /// Splits a request around its cursor, which actix has parsed as `cursor`.
    ///
    /// Returns `None` if the target has escapes, with which one URL can be written in several ways,
    /// or no such cursor.
    pub fn new(bytes: &Bytes, cursor: Cursor, wait: Duration) -> Option<Self> {
        let target = bytes.split(|byte| *byte == b'\r').next()?;
        let name = target
            .windows(7)
            .position(|at| matches!(at, b"?after=" | b"&after="))?;
        let start = name + 7;
        let length = target[start..]
            .iter()
            .position(|byte| matches!(byte, b'&' | b' '))?;
        let plain = !target.iter().any(|byte| matches!(byte, b'%' | b'+'));
        let same = parse_cursor(&target[start..start + length]) == Some(cursor);
        (plain && same).then(|| Self {
            before: bytes.slice(..start),
            after: bytes.slice(start + length..),
            wait,
        })
    }

    /// Returns the cursor of `request` if it equals this request in everything else.
    pub fn recognise(&self, request: &[u8]) -> Option<Cursor> {
        let rest = request.strip_prefix(&self.before[..])?;
        parse_cursor(rest.strip_suffix(&self.after[..])?)
    }
}

fn parse_cursor(text: &[u8]) -> Option<Cursor> {
    str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::message::MessageId;

    fn request(bytes: &str) -> Option<PollRequest> {
        let cursor = Cursor::After(MessageId {
            epoch: 7,
            offset: 1,
        });
        PollRequest::new(
            &Bytes::copy_from_slice(bytes.as_bytes()),
            cursor,
            Duration::ZERO,
        )
    }

    #[test]
    fn a_request_with_another_cursor_is_recognised() {
        let request =
            request("GET /poll?channel=c&after=7-1&wait=9 HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let recognise = |bytes: &str| request.recognise(bytes.as_bytes());
        let with = |after: &str| {
            recognise(&format!(
                "GET /poll?channel=c&after={after}&wait=9 HTTP/1.1\r\nHost: x\r\n\r\n"
            ))
        };
        assert_eq!(
            with("7-2"),
            Some(Cursor::After(MessageId {
                epoch: 7,
                offset: 2
            }))
        );
        assert_eq!(with("0"), Some(Cursor::Earliest));
        for other in ["", "7", "7-2&wait=1", "7-2 ", "7-%32"] {
            assert_eq!(with(other), None, "{other}");
        }
        for other in [
            "GET /poll?channel=d&after=7-1&wait=9 HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /poll?channel=c&after=7-1&wait=9 HTTP/1.1\r\nHost: y\r\n\r\n",
            "GET /poll?channel=c&after=7-1&wait=9 HTTP/1.1\r\nHost: x\r\n",
            "GET /poll?channel=c&after=7-1&wait=9 HTTP/1.1\r\nHost: x\r\n\r\nG",
            "GET /poll?channel=c&after=",
        ] {
            assert_eq!(recognise(other), None, "{other}");
        }
    }

    #[test]
    fn a_target_with_escapes_or_another_cursor_is_not_recognised() {
        for target in [
            "?channel=c",
            "?channel=%63&after=7-1",
            "?channel=c+&after=7-1",
            "?%61fter=0&after=7-1",
            "?after=8-1",
            "?xafter=7-1",
        ] {
            assert!(
                request(&format!("GET /poll{target} HTTP/1.1\r\nHost: x\r\n\r\n")).is_none(),
                "{target}"
            );
        }
    }
}
