//! Recognises a repeated poll byte by byte, and responds to it without actix.
//!
//! actix parses the first poll of a connection, checks its token and writes the response headers.
//! The next poll nearly always differs only in its cursor, and its response has the same headers.
//! The hub therefore compares the bytes with a template and reads only the cursor. A request that
//! differs in anything else goes back to actix.

use crate::{interner::Interner, poll_request::PollRequest};
use actix_web::http::header::HttpDate;
use bytes::Bytes;
use common::{
    channels::Channel,
    history::Resume,
    message::{Cursor, MessageId},
    transport::{EncodedBatch, PollTemplate},
};
use service::http::{Batch, MAX_BATCH_BYTES, Page};
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
    pub fn find(&self, request: PollRequest, page: Page, headers: &[u8]) -> Rc<dyn PollTemplate> {
        let encoding = ENCODINGS.fetch_add(1, Ordering::Relaxed);
        let response = self.responses.borrow_mut().intern(ResponseTemplate {
            headers: constant_headers(headers),
            page,
            encoding,
        });
        self.polls
            .borrow_mut()
            .intern(SharedTemplate { request, response })
    }
}

/// The response to all polls with these headers and this page.
struct ResponseTemplate {
    headers: Bytes,
    page: Page,
    /// A number that is never used again. An address could be: an encoded batch may outlive its
    /// template.
    encoding: usize,
}

impl PartialEq for ResponseTemplate {
    fn eq(&self, other: &Self) -> bool {
        (&self.headers, self.page) == (&other.headers, other.page)
    }
}

impl Eq for ResponseTemplate {}

impl Hash for ResponseTemplate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.headers, self.page).hash(state);
    }
}

#[derive(PartialEq, Eq, Hash)]
struct SharedTemplate {
    request: PollRequest,
    response: Rc<ResponseTemplate>,
}

impl PollTemplate for SharedTemplate {
    fn response(&self, channel: &Channel, cursor: MessageId, last: bool) -> EncodedBatch {
        let page = self.response.page;
        let next = channel.read_from(Resume::at(cursor), page.limit as usize, MAX_BATCH_BYTES);
        let batch = Batch::new(next, page);
        let json = batch.json();
        let varying = varying_headers(&batch, json.len(), last, SystemTime::now());
        let bytes = [&self.response.headers[..], varying.as_bytes(), &json].concat();
        let bytes = bytes.into();
        EncodedBatch::new(bytes, batch.cursor(), batch.sent(&json))
    }

    fn encoding(&self) -> usize {
        self.response.encoding
    }

    fn wait(&self) -> Duration {
        self.request.wait
    }

    fn matches(&self, request: &[u8]) -> Option<Cursor> {
        let cursor = self.request.recognise(request)?;
        // Caches may not keep the response to `after=0`, so its headers differ.
        let is_exempt = cursor == Cursor::Earliest && self.response.page.caching.is_some();
        (!is_exempt).then_some(cursor)
    }
}

/// Returns the status line and the headers that are the same in every response: without the date
/// and what caches may do, and without `Transfer-Encoding`, since each response has a
/// `Content-Length`.
fn constant_headers(headers: &[u8]) -> Bytes {
    let varies = |line: &&[u8]| {
        let is = |name: &str| {
            line.get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
        };
        let named = ["date:", "cache-control:", "transfer-encoding:"];
        named.into_iter().any(is) || line == b"\r\n"
    };
    headers
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !varies(line))
        .collect::<Vec<_>>()
        .concat()
        .into()
}

/// Encodes the headers that differ between responses, and their end.
fn varying_headers(batch: &Batch, length: usize, last: bool, now: SystemTime) -> String {
    let date = HttpDate::from(now);
    let mut headers = format!("date: {date}\r\ncontent-length: {length}\r\n");
    for (name, value) in batch.headers() {
        headers += &format!("{name}: {value}\r\n");
    }
    if last {
        headers += "connection: close\r\n";
    }
    headers + "\r\n"
}

#[cfg(test)]
mod tests;
