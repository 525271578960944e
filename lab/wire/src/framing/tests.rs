//! The events do not depend on the pieces in which messages arrive.

use super::*;
use crate::head::StartLine;
use proptest::{collection::vec, prelude::*, sample::select};

/// Returns the events for bytes that arrive in pieces with these ends.
fn seen(kind: MessageKind, bytes: &[u8], cuts: &[usize]) -> Vec<String> {
    let mut framing = Framing::new(kind);
    let mut events = Vec::new();
    let mut begin = 0;
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    cuts.sort_unstable();
    for end in cuts.into_iter().chain([bytes.len()]) {
        framing.feed(&bytes[begin..end], |event| events.push(words(&event)));
        begin = end;
    }
    events.push(if framing.in_rest() { "rest" } else { "http" }.to_owned());
    events
}

fn words(event: &FramingEvent<'_>) -> String {
    let FramingEvent::Headers(head) = event else {
        return "end".to_owned();
    };
    let upgrade = if head.upgrades() { " upgrade" } else { "" };
    match head.start {
        StartLine::Request { method, target } => format!("{method} {target}{upgrade}"),
        StartLine::Response { status } => format!("{status}{upgrade}"),
    }
}

const REQUESTS: [&str; 6] = [
    "GET /poll?channel=c HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /messages HTTP/1.1\r\nContent-Length: 5\r\n\r\nGET /",
    "OPTIONS * HTTP/1.1\n\n",
    "POST /m HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5;x=y\r\nab\r\nc\r\n10\r\n0123456789abcdef\r\n0\r\nT: t\r\n\r\n",
    "\r\nGET / HTTP/1.0\r\n\r\n",
    "GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
];
const RESPONSES: [&str; 4] = [
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
];

#[test]
fn requests_end_with_their_bodies() {
    let expected = [
        "GET /poll?channel=c",
        "end",
        "POST /messages",
        "end",
        "OPTIONS *",
        "end",
        "POST /m",
        "end",
        "GET /",
        "end",
        "GET /ws upgrade",
        "end",
        "http",
    ];
    assert_eq!(
        seen(MessageKind::Requests, REQUESTS.concat().as_bytes(), &[]),
        expected
    );
}

#[test]
fn responses_end_where_their_headers_say() {
    let expected = [
        "100", "200", "end", "204", "end", "200", "end", "304", "end", "http",
    ];
    assert_eq!(
        seen(MessageKind::Responses, RESPONSES.concat().as_bytes(), &[]),
        expected
    );
}

#[test]
fn a_body_without_a_length_lasts_until_the_end() {
    for stream in [
        "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200",
    ] {
        let seen = seen(MessageKind::Responses, stream.as_bytes(), &[]);
        assert_eq!((seen.len(), &*seen[1]), (2, "rest"), "{seen:?}");
    }
}

#[test]
fn a_response_to_head_has_no_body() {
    let mut framing = Framing::new(MessageKind::Responses);
    framing.expect_no_body();
    let mut events = Vec::new();
    framing.feed(
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
        |event| {
            events.push(words(&event));
        },
    );
    assert_eq!(events, ["200", "end", "200", "end"]);
}

#[test]
fn other_protocols_are_not_parsed() {
    for other in [
        "\x16\x03\x01 TLS",
        "GET / HTTP/2\r\n\r\n",
        "hello\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "POST / HTTP/1.1\r\nContent-Length: ten\r\n\r\n",
    ] {
        assert_eq!(
            seen(MessageKind::Requests, other.as_bytes(), &[])
                .last()
                .unwrap(),
            "rest",
            "{other}"
        );
    }
    let endless = format!("GET /{} HTTP/1.1\r\n", "x".repeat(70_000));
    assert_eq!(
        seen(MessageKind::Requests, endless.as_bytes(), &[]),
        ["rest"]
    );
}

proptest! {
    #[test]
    fn requests_are_found_in_any_pieces(
        messages in vec(select(&REQUESTS[..]), 0..6), cuts in vec(any::<usize>(), 0..40),
    ) {
        let bytes = messages.concat();
        prop_assert_eq!(seen(MessageKind::Requests, bytes.as_bytes(), &cuts), seen(MessageKind::Requests, bytes.as_bytes(), &[]));
    }

    #[test]
    fn responses_are_found_in_any_pieces(
        messages in vec(select(&RESPONSES[..]), 0..6), cuts in vec(any::<usize>(), 0..40),
    ) {
        let bytes = messages.concat();
        prop_assert_eq!(seen(MessageKind::Responses, bytes.as_bytes(), &cuts), seen(MessageKind::Responses, bytes.as_bytes(), &[]));
    }

    #[test]
    fn no_bytes_cause_a_panic(bytes in vec(any::<u8>(), 0..300), cuts in vec(any::<usize>(), 0..10)) {
        seen(MessageKind::Requests, &bytes, &cuts);
        seen(MessageKind::Responses, &[b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", &bytes[..]].concat(), &cuts);
    }
}

#[test]
fn bytes_are_kept_only_of_incomplete_headers() {
    let mut framing = Framing::new(MessageKind::Requests);
    framing.feed(b"GET / HT", |_| {});
    assert_eq!((framing.buffered(), framing.within_headers()), (8, true));
    framing.feed(b"TP/1.1\r\n\r\n", |_| {});
    assert_eq!((framing.buffered(), framing.at_start()), (0, true));
    framing.feed(b"\r\n\x16", |_| {});
    assert_eq!((framing.partial.capacity(), framing.in_rest()), (0, true));
}
