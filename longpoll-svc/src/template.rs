//! Recognises a repeated poll byte by byte, and answers it without actix.
//!
//! actix parses the first poll of a connection, checks its token and writes the response headers.
//! The next poll nearly always differs only in its cursor, and its response has the same headers.
//! The hub therefore compares the bytes with a template and reads only the cursor. A
//! request that differs in anything else goes back to actix.

use crate::{interner::Interner, poll_request::PollRequest};
use actix_web::http::header::HttpDate;
use bytes::Bytes;
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

/// The next encoding number. It is global because the listeners of a process share shards, which
/// cache batches by it.
static ENCODINGS: AtomicUsize = AtomicUsize::new(0);

/// The poll templates of one worker thread. Equal requests share one template, equal responses one
/// encoding.
#[derive(Default)]
pub struct PollTemplates {
    responses: RefCell<Interner<ResponseTemplate>>,
    polls: RefCell<Interner<SharedTemplate>>,
}

impl PollTemplates {
    /// Returns the shared template for this request and the response headers that actix wrote for
    /// it.
    pub fn find(&self, request: PollRequest, limit: u64, headers: &[u8]) -> Rc<dyn PollTemplate> {
        let encoding = ENCODINGS.fetch_add(1, Ordering::Relaxed);
        let response = self.responses.borrow_mut().intern(ResponseTemplate {
            headers: constant_headers(headers),
            limit,
            encoding,
        });
        self.polls
            .borrow_mut()
            .intern(SharedTemplate { request, response })
    }
}

/// The response to all polls with these headers and this limit.
struct ResponseTemplate {
    headers: Bytes,
    limit: u64,
    /// A number that is never used again. An address could be: an encoded batch may outlive its
    /// template.
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
struct SharedTemplate {
    request: PollRequest,
    response: Rc<ResponseTemplate>,
}

impl PollTemplate for SharedTemplate {
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

/// Returns the status line and the headers that are the same in every response: without the date,
/// and without `Transfer-Encoding`, since each response has a `Content-Length`.
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
    let end = if last {
        "connection: close\r\n\r\n"
    } else {
        "\r\n"
    };
    let date = HttpDate::from(now);
    let length = json.len();
    let varying = format!("date: {date}\r\ncontent-length: {length}\r\n{end}");
    [headers, varying.as_bytes(), json].concat().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_responses_never_share_an_encoding() {
        // Each listener of a service has its own templates.
        let [first, second] = [PollTemplates::default(), PollTemplates::default()];
        let find = |templates: &PollTemplates, limit: u64| {
            let request = b"GET /poll?channel=c&after=0 HTTP/1.1\r\n\r\n";
            let request = Bytes::from_static(request);
            let request = PollRequest::new(&request, Cursor::Earliest, Duration::ZERO).unwrap();
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

    #[test]
    fn the_bytes_of_a_response_are_pinned() {
        let headers =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\na: b\r\ndate: yesterday\r\n\r\n";
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(
            response(&constant_headers(headers), b"{}", true, now),
            "HTTP/1.1 200 OK\r\na: b\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
             content-length: 2\r\nconnection: close\r\n\r\n{}"
        );
    }
}
