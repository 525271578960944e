//! Which bytes are kept, and when they are returned.

use super::*;
use actix_web::test::TestRequest;

fn read_ahead(reads: &[&str]) -> ReadAhead {
    let mut read_ahead = ReadAhead::default();
    reads
        .iter()
        .for_each(|read| read_ahead.record(read.as_bytes()));
    read_ahead
}

#[test]
fn bytes_after_the_latest_headers_are_kept() {
    for (reads, bytes) in [
        (&["GET / HTTP/1.1\r\n\r\nab", "c"][..], "abc"),
        (&["GET / HTTP/1.1\r", "\n\r", "\n", "a"], "a"),
        (&["A\r\n\r\nB\r\r\n\r\n"], ""),
        (&["A\nB\n\na"], "a"),
        (&["A\r\nB\n", "\r", "\na"], "a"),
        (&["A\r\n\r\n", "B\r\n\r\nc"], "c"),
    ] {
        let kept = read_ahead(reads).into_bytes();
        assert_eq!(kept.as_deref(), Some(bytes.as_bytes()), "{reads:?}");
    }
}

#[test]
fn a_detaching_connection_has_no_more_headers() {
    let mut read_ahead = read_ahead(&["A\r\n\r\nb"]);
    read_ahead.expect_no_request();
    read_ahead.record(b"c\r\n\r\nd");
    assert_eq!(
        (&read_ahead.headers[..], &read_ahead.bytes[..]),
        (&b"A\r\n\r\n"[..], &b"bc\r\n\r\nd"[..])
    );
}

#[test]
fn bytes_beyond_the_limit_are_not_kept() {
    let long = "x".repeat(MAX_READ_AHEAD);
    let most = read_ahead(&["A\r\n\r\n", &long]);
    assert_eq!(most.into_bytes().as_deref(), Some(long.as_bytes()));
    let more = read_ahead(&["A\r\n\r\n", &long, "x"]);
    assert_eq!(more.bytes.len(), MAX_READ_AHEAD);
    assert_eq!(more.into_bytes(), None);
    let next = read_ahead(&["A\r\n\r\n", &long, "xA\r\n\r\n"]);
    assert_eq!(next.into_bytes(), Some(Bytes::new()));
}

#[test]
fn a_body_is_recognised_by_its_length() {
    let is_body = |reads: &[&str], begun, length| {
        let mut read_ahead = read_ahead(reads);
        (0..begun).for_each(|_| read_ahead.begin_request());
        read_ahead.is_body_of(length)
    };
    assert!(is_body(&["A\r\n\r\n"], 1, 0) && is_body(&["A\r\n\r\nab", "c"], 1, 3));
    assert!(
        is_body(&["A\r\n\r\nabcB\r\n\r\nab"], 2, 2),
        "the request before it had a body"
    );
    assert!(is_body(
        &["A\r\n\r\n", &"x".repeat(MAX_READ_AHEAD), "y"],
        1,
        MAX_READ_AHEAD as u64 + 1
    ));
    assert!(!is_body(&["A\r\n\r\nabc"], 1, 2) && !is_body(&["A\r\n\r\nab"], 1, 3));
    assert!(!is_body(&["A\r\n\r\nB\r\n\r\n"], 1, 0) && !is_body(&["A\r\n\r\n\n\n\nab"], 1, 2));
}

#[test]
fn a_request_is_returned_byte_for_byte_or_not_at_all() {
    let request = TestRequest::with_uri("/poll?a=b")
        .append_header(("host", "x"))
        .to_http_request();
    let get = "GET /poll?a=b HTTP/1.1\r\nHost: x\r\n\r\n";
    let raw = |reads: &[&str], begun| {
        let mut read_ahead = read_ahead(reads);
        (0..begun).for_each(|_| read_ahead.begin_request());
        read_ahead.raw_request(&request)
    };
    for (reads, begun) in [
        (&[get][..], 1),
        (&["A\r\n\r\n", get], 2),
        (&["GET /poll?a=b", &get["GET /poll?a=b".len()..]], 1),
    ] {
        assert_eq!(
            raw(reads, begun).as_deref(),
            Some(get.as_bytes()),
            "{reads:?}"
        );
    }
    let long = "x".repeat(MAX_READ_AHEAD);
    for reads in [
        &[][..],
        &[get, get],
        &[get, "G"],
        &["the end of a body", get],
        &["GET /poll?a=b HTTP/1.1\r\nA: ", get],
        &[&long, get],
        &["GET /poll?a=c HTTP/1.1\r\nHost: x\r\n\r\n"],
    ] {
        assert!(raw(reads, 1).is_none(), "{reads:?}");
    }
}
