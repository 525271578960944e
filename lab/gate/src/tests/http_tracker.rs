//! The HTTP tracker on bytes that the fuzz target in `lab/gate/fuzz` has made worth a test.

use crate::http_tracker::{HttpFaults, HttpTracker};

/// Returns the methods of the requests in these pieces.
fn methods(pieces: &[&[u8]]) -> Vec<String> {
    let mut tracker = HttpTracker::new();
    let mut methods = Vec::new();
    for piece in pieces {
        tracker.client_bytes(piece, HttpFaults::default(), |headers| {
            methods.push(headers.method().to_owned());
        });
    }
    methods
}

#[test]
fn endless_headers_are_not_kept() {
    for block_upgrade in [false, true] {
        let faults = HttpFaults {
            block_upgrade,
            buffer: None,
        };
        let mut tracker = HttpTracker::new();
        tracker.client_bytes(b"GET /", faults, |_| {});
        for _ in 0..200 {
            tracker.client_bytes(&[b'x'; 1000], faults, |_| {});
            assert!(tracker.buffered() <= 2 * 66_000);
        }
        assert_eq!(tracker.buffered(), 0);
    }
}

#[test]
fn a_long_chunk_line_is_parsed_in_any_pieces() {
    let chunked: &[u8] = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    let line = [&b"0;"[..], &[b'x'; 2000], b"\r\n\r\nGET / HTTP/1.1\r\n\r\n"].concat();
    let (start, end) = line.split_at(1500);
    assert_eq!(methods(&[chunked, &line]), ["POST", "GET"]);
    assert_eq!(methods(&[chunked, start, end]), ["POST", "GET"]);
}

#[test]
fn an_empty_line_before_a_response_may_arrive_in_two_pieces() {
    for pieces in [
        &[&b"\r"[..], b"\nHTTP/1.1 200 OK\r\n"][..],
        &[b"\r\nHTTP/1.1 200 OK\r\n"],
    ] {
        let mut tracker = HttpTracker::new();
        for piece in pieces {
            tracker.service_bytes(piece, HttpFaults::default());
        }
        assert_eq!(tracker.buffered(), b"HTTP/1.1 200 OK\r\n".len());
    }
}
