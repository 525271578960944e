//! Tests of recorders.

use super::*;
use crate::capture::{Capture, CapturedSegment};
use proptest::{collection::vec, prelude::*};

/// Returns what a capture shows of pieces from the client.
fn recorded(pieces: &[&[u8]]) -> String {
    let mut recorder = Recorder::new();
    let mut capture = Capture::default();
    for piece in pieces {
        let segment = CapturedSegment::new(0, Direction::Up, piece);
        capture.keep(segment, piece, &mut recorder);
    }
    let chunks = capture.chunks();
    let texts = chunks
        .iter()
        .map(|chunk| String::from_utf8_lossy(chunk.bytes()));
    texts.collect()
}

const HARMLESS: &str = "GET /events?channel=c&after=0 HTTP/1.1\r\nHost: a\r\nReferer: http://a/\r\nACCEPT: y\r\n\r\n\
    POST /m HTTP/1.1\r\nContent-Length: 9\r\n\r\nCookie: xOPTIONS * HTTP/1.1\r\n\r\n";
const PRIVATE: [&str; 12] = [
    "GET /?access_token=SECRET HTTP/1.1\r\n\r\n",
    "GET /?channel=c&%61ccess_token=SECRET HTTP/1.1\r\n\r\n",
    "GET /?SECRET HTTP/1.1\r\n\r\n",
    "GET /;SECRET?channel=c HTTP/1.1\r\n\r\n",
    "GET http://me:SECRET@host/?channel=c HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nAUTHORIZATION: Bearer SECRET\r\n\r\n",
    "GET / HTTP/1.1\r\nReferer: http://a/?token=SECRET\r\n\r\n",
    "GET / HTTP/1.1\r\nCookie:trilane=SECRET\r\n\r\n",
    "GET / HTTP/1.1\r\nCookie : SECRET\r\n\r\n",
    "GET / HTTP/1.1\r\nX-Access-Token: SECRET\r\n\r\n",
    "GET / HTTP/1.1\r\nSec-WebSocket-Protocol: SECRET\r\n\r\n",
    "\x16\x03 SECRET",
];

#[test]
fn harmless_requests_are_recorded() {
    assert_eq!(recorded(&[HARMLESS.as_bytes()]), HARMLESS);
}

#[test]
fn nothing_is_recorded_from_a_request_with_a_secret_on() {
    for private in PRIVATE {
        let pieces = [HARMLESS, private, HARMLESS].map(str::as_bytes);
        assert_eq!(recorded(&pieces), HARMLESS, "{private}");
    }
}

/// Records messages of both directions, and returns what is found of the last one.
fn found(messages: &[(Direction, &str)]) -> Finding {
    let mut recorder = Recorder::new();
    let findings = messages
        .iter()
        .map(|(direction, bytes)| recorder.record(*direction, bytes.as_bytes()));
    findings.last().unwrap()
}

const GET: (Direction, &str) = (Direction::Up, "GET / HTTP/1.1\r\n\r\n");
const HEAD: (Direction, &str) = (Direction::Up, "HEAD / HTTP/1.1\r\n\r\n");
const COOKIE: (Direction, &str) = (
    Direction::Down,
    "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n",
);
const HEADERS_OF_99: (Direction, &str) = (
    Direction::Down,
    "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
);
const EMPTY: (Direction, &str) = (
    Direction::Down,
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
);
const UPGRADE: (Direction, &str) = (
    Direction::Up,
    "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
);
const UPGRADED: (Direction, &str) = (
    Direction::Down,
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nframes",
);

#[test]
fn a_cookie_of_the_service_ends_the_record_of_both_directions() {
    assert_eq!(found(&[GET, COOKIE]), Finding::Secret);
    assert_eq!(found(&[GET, COOKIE, GET]), Finding::Secret);
}

#[test]
fn a_cookie_after_a_response_without_a_body_is_found() {
    assert_eq!(found(&[HEAD, HEADERS_OF_99]), Finding::Harmless);
    assert_eq!(found(&[HEAD, HEADERS_OF_99, COOKIE]), Finding::Secret);
    let pipelined = [GET, HEAD, EMPTY, HEADERS_OF_99, COOKIE];
    assert_eq!(found(&pipelined), Finding::Secret);
}

#[test]
fn frames_are_recorded_after_an_upgrade() {
    let frame = (Direction::Up, "\u{1}\0");
    assert_eq!(found(&[UPGRADE, UPGRADED]), Finding::Harmless);
    assert_eq!(found(&[UPGRADE, UPGRADED, frame]), Finding::Harmless);
}

#[test]
fn an_incomplete_request_behind_an_upgrade_is_not_recorded() {
    let begun = (Direction::Up, "GET / HTTP/1.1\r\nAuthorization: Bearer");
    let rest = (Direction::Up, " SECRET\r\n\r\n");
    assert_eq!(found(&[UPGRADE, begun]), Finding::Unknown);
    assert_eq!(found(&[UPGRADE, begun, UPGRADED]), Finding::Secret);
    assert_eq!(found(&[UPGRADE, begun, UPGRADED, rest]), Finding::Secret);
}

#[test]
fn nothing_is_recorded_once_too_many_requests_wait() {
    let many = HEAD.1.repeat(1025);
    assert_eq!(found(&[(Direction::Up, &many), EMPTY]), Finding::Secret);
}

proptest! {
    #[test]
    fn no_secret_is_recorded_in_any_pieces(
        private in 0..PRIVATE.len(), cuts in vec(any::<usize>(), 0..20),
    ) {
        let bytes = [HARMLESS, PRIVATE[private]].concat();
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % bytes.len()).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces: Vec<_> = cuts.windows(2).map(|ends| &bytes.as_bytes()[ends[0]..ends[1]]).collect();
        let recorded = recorded(&pieces);
        prop_assert!(HARMLESS.starts_with(&recorded), "{recorded}");
    }
}
