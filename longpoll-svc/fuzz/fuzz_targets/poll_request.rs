//! A poll is recognised only if actix would parse it as the template's poll with another cursor.
//!
//! Input: the length of the first request, in two bytes, and the bytes of two requests.

#![no_main]

use actix_web::http::Uri;
use bytes::Bytes;
use common::message::Cursor;
use libfuzzer_sys::fuzz_target;
use longpoll_svc::PollRequest;
use std::time::Duration;

/// A request as another parser sees it.
#[derive(Debug, PartialEq)]
struct Parsed {
    path: String,
    /// The parameters without the cursor, in their order.
    others: Vec<String>,
    after: Vec<String>,
    headers: Vec<(String, Vec<u8>)>,
    /// What follows the headers.
    rest: Vec<u8>,
}

fuzz_target!(|input: &[u8]| {
    let Some((length, requests)) = input.split_first_chunk() else {
        return;
    };
    let length = usize::from(u16::from_be_bytes(*length));
    let (first, second) = requests.split_at(length.min(requests.len()));
    // actix hands over requests that it has parsed.
    let Some(mut template) = parse(first) else {
        return;
    };
    let [after] = &template.after[..] else {
        return;
    };
    let Ok(cursor) = after.parse::<Cursor>() else {
        return;
    };
    let bytes = Bytes::copy_from_slice(first);
    let Some(poll) = PollRequest::new(&bytes, cursor, Duration::ZERO) else {
        return;
    };
    assert_eq!(poll.recognise(first), Some(cursor), "a poll equals itself");
    let Some(recognised) = poll.recognise(second) else {
        return;
    };
    let mut request = parse(second).expect("a recognised poll is a request");
    let after: Vec<_> = request.after.drain(..).map(|after| after.parse()).collect();
    assert_eq!(after, [Ok(recognised)], "it has one cursor");
    template.after.clear();
    assert_eq!(request, template, "it differs in nothing else");
});

/// Parses one request, as actix does. Returns `None` if it is not complete, or not valid.
fn parse(bytes: &[u8]) -> Option<Parsed> {
    let mut headers = [httparse::EMPTY_HEADER; 56];
    let mut request = httparse::Request::new(&mut headers);
    let length = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        _ => return None,
    };
    let target: Uri = request.path?.parse().ok()?;
    let is_get = request.method == Some("GET") && request.version == Some(1);
    if !is_get || !bytes.starts_with(b"GET ") {
        return None;
    }
    let parameters = target.query().unwrap_or_default().split('&');
    let (after, others): (Vec<_>, Vec<_>) = parameters
        .map(str::to_owned)
        .partition(|parameter| parameter.starts_with("after="));
    Some(Parsed {
        path: target.path().to_owned(),
        others,
        after: after
            .iter()
            .map(|parameter| parameter["after=".len()..].to_owned())
            .collect(),
        headers: request
            .headers
            .iter()
            .map(|header| (header.name.to_ascii_lowercase(), header.value.to_vec()))
            .collect(),
        rest: bytes[length..].to_vec(),
    })
}
