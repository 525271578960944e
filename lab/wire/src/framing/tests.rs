//! The events do not depend on the pieces in which messages arrive.

use super::{incomplete_headers::checked_length, *};
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
    events.extend((framing.buffered() > 0).then(|| format!("{} bytes", framing.buffered())));
    events
}

fn words(event: &FramingEvent<'_>) -> String {
    let head = match event {
        FramingEvent::Headers(head) => head,
        FramingEvent::Tunnel(_) => return "tunnel".to_owned(),
        FramingEvent::End => return "end".to_owned(),
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

/// Of which some are the parts of messages, in a right or a wrong order.
const PARTS: [&str; 14] = [
    "GET / HTTP/1.1\r\n",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Content-Length: 3\r\n",
    "3\r\nabc\r\n",
    "0\r\n",
    "\r\n",
    "\r\n",
    "\n",
    "\r",
    "SSH-2.0-OpenSSH_10.0",
    ": ",
    "\x16",
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

/// Returns the events for these responses to requests with these methods.
fn responses(methods: &[&str], bytes: &str) -> Vec<String> {
    let mut framing = Framing::new(MessageKind::Responses);
    let mut events = Vec::new();
    for method in methods {
        framing.expect_response(method);
    }
    framing.feed(bytes.as_bytes(), |event| events.push(words(&event)));
    events
}

const HEADERS_OF_9: &str = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
const ONE_BYTE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";

#[test]
fn a_response_to_head_has_no_body() {
    let whole = ["200", "end"].repeat(3);
    let bytes = [HEADERS_OF_9, ONE_BYTE, ONE_BYTE].concat();
    assert_eq!(responses(&["HEAD"], &bytes), whole);
    assert_eq!(responses(&["HEAD", "GET", "GET"], &bytes), whole);
    let bytes = [ONE_BYTE, HEADERS_OF_9, ONE_BYTE].concat();
    assert_eq!(responses(&["GET", "HEAD", "GET"], &bytes), whole);
    let bytes = [HEADERS_OF_9, HEADERS_OF_9, ONE_BYTE].concat();
    assert_eq!(responses(&["HEAD", "HEAD", "PUT"], &bytes), whole);
    let interim = format!("HTTP/1.1 103 Early Hints\r\n\r\n{HEADERS_OF_9}{ONE_BYTE}");
    let events = ["103", "200", "end", "200", "end"];
    assert_eq!(responses(&["HEAD", "GET"], &interim), events);
}

#[test]
fn a_response_to_no_request_leaves_the_next_ones_as_they_are() {
    let mut framing = Framing::new(MessageKind::Responses);
    framing.feed(ONE_BYTE.as_bytes(), |_| {});
    framing.expect_response("HEAD");
    framing.feed(HEADERS_OF_9.as_bytes(), |_| {});
    assert!(framing.at_start());
}

#[test]
fn too_many_requests_in_flight_leave_the_framing_unknown() {
    for (requests, is_unknown) in [(1024, false), (1025, true)] {
        let mut framing = Framing::new(MessageKind::Responses);
        (0..requests).for_each(|_| framing.expect_response("HEAD"));
        framing.feed(HEADERS_OF_9.as_bytes(), |_| {});
        assert_eq!(framing.in_rest(), is_unknown, "{requests}");
    }
}

#[test]
fn a_tunnel_begins_when_connect_is_accepted() {
    let accepted = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nHTTP/1.1 200";
    assert_eq!(responses(&["CONNECT"], accepted), ["tunnel"]);
    let refused = "HTTP/1.1 403 Forbidden\r\nContent-Length: 1\r\n\r\nx";
    assert_eq!(responses(&["CONNECT"], refused), ["403", "end"]);
}

#[test]
fn other_protocols_are_not_parsed() {
    for other in [
        "\x16\x03\x01 TLS",
        "GET / HTTP/2\r\n\r\n",
        "hello\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "POST / HTTP/1.1\r\nContent-Length: ten\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        "SSH-2.0-OpenSSH_10.0\r\n",
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
    fn other_bytes_are_seen_the_same_in_any_pieces(
        parts in vec(select(&PARTS[..]), 0..12), cuts in vec(any::<usize>(), 0..40),
    ) {
        let bytes = parts.concat();
        for kind in [MessageKind::Requests, MessageKind::Responses] {
            prop_assert_eq!(seen(kind, bytes.as_bytes(), &cuts), seen(kind, bytes.as_bytes(), &[]));
        }
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

#[test]
fn other_protocols_are_found_in_the_same_place_in_any_pieces() {
    for other in [
        "SSH-2.0-OpenSSH_10.0\r\n",
        "GET / HTTP/1.1\r\nno header\r\n",
    ] {
        let cuts: Vec<_> = (0..other.len()).collect();
        let whole = seen(MessageKind::Requests, other.as_bytes(), &[]);
        assert_eq!(whole, ["rest"], "{other}");
        assert_eq!(seen(MessageKind::Requests, other.as_bytes(), &cuts), whole);
    }
}

/// Counts the bytes that are parsed, because a test of the time would fail on a busy machine.
#[test]
fn headers_in_single_bytes_are_parsed_in_linear_time() {
    let headers = format!("GET /{} HTTP/1.1\r\n", "x".repeat(60_000));
    let parsed: usize = (1..=headers.len())
        .map(|length| checked_length(&headers.as_bytes()[..length], length - 1))
        .sum();
    assert!(parsed <= 3 * headers.len(), "{parsed}");
}
