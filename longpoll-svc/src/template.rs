//! Recognises a repeated poll byte by byte, and answers it without actix.
//!
//! actix parses the first poll of a connection, checks its token and writes the response headers. The next poll of the
//! client is nearly always the same except for its cursor, and so is its response. The hub therefore compares the bytes
//! with a template and reads only the cursor. A request that differs in anything else goes back to actix.

use crate::interner::Interner;
use actix_web::http::header::HttpDate;
use bytes::{BufMut, Bytes, BytesMut};
use common::{
    history::Resume,
    http::{Batch, MAX_BATCH_BYTES},
    hub::{Channel, EncodedBatch, PollTemplate},
    message::{Cursor, MessageId},
};
use std::{
    cell::RefCell,
    hash::{Hash, Hasher},
    rc::Rc,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, SystemTime},
};

/// The next encoding number. It is global because the listeners of a process share shards, which cache batches by it.
static ENCODINGS: AtomicUsize = AtomicUsize::new(0);

/// The poll templates of one worker thread. Equal requests share one template, equal responses one encoding.
#[derive(Default)]
pub struct PollTemplates {
    responses: RefCell<Interner<ResponseTemplate>>,
    polls: RefCell<Interner<Poll>>,
}

impl PollTemplates {
    /// Returns the shared template for this request and the response headers that actix wrote for it.
    pub fn find(&self, request: PollRequest, limit: u64, headers: &[u8]) -> Rc<dyn PollTemplate> {
        let encoding = ENCODINGS.fetch_add(1, Ordering::Relaxed);
        let response = self.responses.borrow_mut().intern(ResponseTemplate {
            headers: constant_headers(headers),
            limit,
            encoding,
        });
        self.polls.borrow_mut().intern(Poll { request, response })
    }
}

/// A poll as it was received, split around its cursor.
#[derive(PartialEq, Eq, Hash)]
pub struct PollRequest {
    before: Bytes,
    after: Bytes,
    wait: Duration,
}

impl PollRequest {
    /// Splits a request around its cursor, which actix has parsed as `cursor`.
    ///
    /// Returns `None` if the target has escapes, with which one URL can be written in several ways, or no such cursor.
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

/// The response to all polls with these headers and this limit.
struct ResponseTemplate {
    headers: Bytes,
    limit: u64,
    /// A number that is never used again. An address could be: an encoded batch may outlive its template.
    encoding: usize,
}

impl PartialEq for ResponseTemplate {
    fn eq(&self, other: &Self) -> bool {
        (&self.headers, self.limit) == (&other.headers, other.limit)
    }
}

impl Eq for ResponseTemplate {}

impl Hash for ResponseTemplate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.headers, self.limit).hash(state);
    }
}

#[derive(PartialEq, Eq, Hash)]
struct Poll {
    request: PollRequest,
    response: Rc<ResponseTemplate>,
}

impl PollTemplate for Poll {
    fn response(&self, channel: &Channel, cursor: MessageId, last: bool) -> EncodedBatch {
        let batch = Batch::read(
            channel,
            Resume {
                cursor,
                reset: None,
            },
            self.response.limit,
            MAX_BATCH_BYTES,
        );
        let json = batch.json();
        let bytes = response(&self.response.headers, &json, last, SystemTime::now());
        EncodedBatch::new(bytes, batch.cursor(), batch.sent(&json))
    }

    fn encoding(&self) -> usize {
        self.response.encoding
    }

    fn wait(&self) -> Duration {
        self.request.wait
    }

    fn matches(&self, request: &[u8]) -> Option<Cursor> {
        self.request.recognise(request)
    }
}

/// Returns the status line and the headers that are the same in every response: without the date, and without
/// `Transfer-Encoding`, since each response has a `Content-Length`.
fn constant_headers(headers: &[u8]) -> Bytes {
    let varies = |line: &&[u8]| {
        let is = |name: &str| {
            line.get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
        };
        is("date:") || is("transfer-encoding:") || line == b"\r\n"
    };
    headers
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !varies(line))
        .collect::<Vec<_>>()
        .concat()
        .into()
}

/// Encodes a whole response, for one write.
fn response(headers: &[u8], json: &[u8], last: bool, now: SystemTime) -> Bytes {
    let mut response = BytesMut::with_capacity(headers.len() + json.len() + 100);
    response.put_slice(headers);
    response.put_slice(
        format!(
            "date: {}\r\ncontent-length: {}\r\n",
            HttpDate::from(now),
            json.len()
        )
        .as_bytes(),
    );
    response.put_slice(if last {
        b"connection: close\r\n\r\n"
    } else {
        b"\r\n"
    });
    response.put_slice(json);
    response.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_responses_never_share_an_encoding() {
        // Each listener of a service has its own templates.
        let [first, second] = [PollTemplates::default(), PollTemplates::default()];
        let find = |templates: &PollTemplates, limit: u64| {
            let request = request("GET /poll?channel=c&after=7-1 HTTP/1.1\r\n\r\n").unwrap();
            templates
                .find(request, limit, b"HTTP/1.1 200 OK\r\n\r\n")
                .encoding()
        };
        // Each template is dropped before the next is made.
        let encodings = (0..1000).flat_map(|limit| [find(&first, limit), find(&second, limit)]);
        assert_eq!(
            encodings.collect::<std::collections::HashSet<_>>().len(),
            2000
        );
        assert_eq!(find(&first, 999), find(&first, 999));
    }

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

    #[test]
    fn the_bytes_of_a_response_are_pinned() {
        let headers =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\na: b\r\ndate: yesterday\r\n\r\n";
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(
            response(&constant_headers(headers), b"{}", true, now),
            "HTTP/1.1 200 OK\r\na: b\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
        );
    }
}
