//! Parses requests, as far as this server needs to. It searches for a few strings instead of
//! using [`wire`], because a server that parses every header is not a lower bound.

use memchr::memmem;
use wire::leading_number;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request<'a> {
    /// A subscription, with the offset of its cursor if there is one.
    Read(Option<u64>),
    /// A publication: a message text in JSON.
    Publish(&'a [u8]),
}

/// Parses the first request. Returns it with its length, or `None` if it is not complete.
pub(super) fn take(bytes: &[u8]) -> Option<(Request<'_>, usize)> {
    let head = memmem::find(bytes, b"\r\n\r\n")? + 4;
    let line = bytes.split(|byte| *byte == b'\r').next()?;
    if line.starts_with(b"GET ") {
        let cursor =
            after(line, b"after=").map(|cursor| after(cursor, b"-").map_or(0, leading_number));
        return Some((Request::Read(cursor), head));
    }
    let length = after(&bytes[..head], b"Content-Length: ").map_or(0, leading_number) as usize;
    let body = bytes.get(head..head + length)?;
    let text = body
        .strip_prefix(b"{\"message\":")
        .and_then(|rest| rest.strip_suffix(b"}"))
        .unwrap_or(b"null");
    Some((Request::Publish(text), head + length))
}

fn after<'a>(bytes: &'a [u8], before: &[u8]) -> Option<&'a [u8]> {
    memmem::find(bytes, before).map(|at| &bytes[at + before.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_and_publishers_are_told_apart() {
        let poll = b"GET /poll?channel=c&after=7-12 HTTP/1.1\r\nHost: h\r\n\r\n";
        assert_eq!(take(poll), Some((Request::Read(Some(12)), poll.len())));
        let events = b"GET /events?channel=c HTTP/1.1\r\nA: after=7-1\r\n\r\nGET";
        assert_eq!(take(events), Some((Request::Read(None), events.len() - 3)));
        let post = b"POST /messages HTTP/1.1\r\nContent-Length: 15\r\n\r\n{\"message\":\"x\"}";
        assert_eq!(take(post), Some((Request::Publish(b"\"x\""), post.len())));
        (0..post.len()).for_each(|end| assert_eq!(take(&post[..end]), None));
    }
}
