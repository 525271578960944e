//! Tests of recorders.

use super::*;
use proptest::{collection::vec, prelude::*};

/// Returns what is recorded of pieces from the client.
fn recorded(pieces: &[&[u8]]) -> String {
    let mut recorder = Recorder::new();
    let mut text = String::new();
    for piece in pieces {
        let segment = CapturedSegment::new(0, Direction::Up, piece);
        for segment in recorder.record(segment, piece) {
            text.push_str(&String::from_utf8_lossy(segment.bytes()));
        }
    }
    text
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

#[test]
fn a_cookie_of_the_service_ends_the_record_of_both_directions() {
    let mut recorder = Recorder::new();
    let mut record = |direction, bytes: &[u8]| {
        let segment = CapturedSegment::new(0, direction, bytes);
        recorder.record(segment, bytes).len()
    };
    assert_eq!(record(Direction::Up, b"GET / HTTP/1.1\r\n\r\n"), 1);
    assert_eq!(
        record(
            Direction::Down,
            b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\n\r\n"
        ),
        0
    );
    assert_eq!(record(Direction::Up, b"GET / HTTP/1.1\r\n\r\n"), 0);
}

#[test]
fn a_cookie_after_a_response_without_a_body_is_found() {
    let mut recorder = Recorder::new();
    let mut record = |direction, bytes: &[u8]| {
        let segment = CapturedSegment::new(0, direction, bytes);
        recorder.record(segment, bytes).len()
    };
    assert_eq!(record(Direction::Up, b"HEAD / HTTP/1.1\r\n\r\n"), 1);
    let length = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n";
    assert_eq!(record(Direction::Down, length), 1);
    let cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie : a=b\r\n\r\n";
    assert_eq!(record(Direction::Down, cookie), 0);
}

#[test]
fn frames_are_recorded_after_an_upgrade() {
    let mut recorder = Recorder::new();
    let mut record = |direction, bytes: &[u8]| {
        let segment = CapturedSegment::new(0, direction, bytes);
        recorder.record(segment, bytes).len()
    };
    let upgrade = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nframes";
    assert_eq!(record(Direction::Up, b"GET /ws HTTP/1.1\r\n\r\n"), 1);
    assert_eq!(record(Direction::Down, upgrade), 1);
    assert_eq!(record(Direction::Up, b"\x81\x80\0\0\0\0"), 1);
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
