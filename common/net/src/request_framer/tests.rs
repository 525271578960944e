//! What actix gets of the bytes that a peer sends.

use super::*;

/// Returns the allowance after actix has parsed what it has.
fn allowance(framer: &mut RequestFramer) -> Allowance {
    match framer.allowance(Waker::noop()) {
        Allowance::Later => framer.allowance(Waker::noop()),
        allowance => allowance,
    }
}

fn request_with(headers: usize) -> Vec<u8> {
    [&b"\r\nG\r\n"[..], &b"A: b\r\n".repeat(headers), b"\r\n"].concat()
}

#[test]
fn headers_that_do_not_end_are_too_large() {
    let mut framer = RequestFramer::default();
    framer.read(&[b'x'; 5_000]);
    assert_eq!(
        allowance(&mut framer),
        Allowance::Bytes(MAX_HEADER_BYTES - 5_000)
    );
    framer.read(&[b'x'; MAX_HEADER_BYTES - 5_000]);
    assert_eq!(allowance(&mut framer), Allowance::HeadersTooLarge);
}

#[test]
fn too_many_headers_are_too_large() {
    let mut framer = RequestFramer::default();
    let most = request_with(MAX_HEADERS);
    for _ in 0..2 {
        assert_eq!(framer.read(&most), most.len());
        assert_eq!(allowance(&mut framer), Allowance::Bytes(MAX_HEADER_BYTES));
    }
    let more = request_with(MAX_HEADERS + 1);
    assert_eq!(framer.read(&more), more.len() - 2);
    assert_eq!(allowance(&mut framer), Allowance::HeadersTooLarge);
}

#[test]
fn lines_of_a_chunked_body_are_not_headers() {
    let mut framer = RequestFramer::default();
    framer.read(b"P\r\ntransfer-encoding: chunked\r\n\r\n");
    framer.read(&b"1\r\nx\r\n".repeat(MAX_HEADERS));
    framer.begin_request(BodyFraming::Chunked);
    assert_eq!(framer.read(b"0\r\n\r\n"), 5);
    framer.finish_request();
    let next = request_with(MAX_HEADERS);
    assert_eq!(framer.read(&next), next.len());
    assert_eq!(allowance(&mut framer), Allowance::Bytes(MAX_HEADER_BYTES));
}

#[test]
fn each_request_is_read_alone() {
    let mut framer = RequestFramer::default();
    let sent = b"A\r\n\r\nP\nContent-Length: 4\r\nB: 7\n\n\n\n\n\nG\r\n\r\n";
    let mut rest = &sent[..];
    let mut requests = Vec::new();
    while !rest.is_empty() {
        let (first, others) = rest.split_at(framer.read(rest));
        requests.push(first);
        rest = others;
    }
    assert_eq!(
        requests,
        [
            &b"A\r\n\r\n"[..],
            b"P\nContent-Length: 4\r\nB: 7\n\n\n\n\n\n",
            b"G\r\n\r\n"
        ]
    );
    assert_eq!(allowance(&mut framer), Allowance::Bytes(MAX_HEADER_BYTES));
    assert_eq!(framer.read(b"B\r\n"), 3);
    assert_eq!(
        allowance(&mut framer),
        Allowance::Bytes(MAX_HEADER_BYTES - 3)
    );
}

#[test]
fn a_body_does_not_count_as_headers() {
    let mut framer = RequestFramer::default();
    assert_eq!(framer.read(b"P\r\ncontent-LENGTH:  90000\r\n\r\n"), 29);
    assert_eq!(framer.read(&[b'x'; 50_000]), 50_000);
    assert_eq!(allowance(&mut framer), Allowance::Bytes(MAX_HEADER_BYTES));
    framer.begin_request(BodyFraming::ContentLength);
    assert_eq!(allowance(&mut framer), Allowance::Bytes(usize::MAX));
    assert_eq!(framer.read(&[b'x'; 50_000]), 40_000);
}

#[test]
fn an_endless_body_is_not_cut() {
    let mut framer = RequestFramer::default();
    framer.read(b"A\r\n\r\n");
    framer.begin_request(BodyFraming::Endless);
    assert_eq!(framer.read(b"\n\n\n\n"), 4);
    framer.finish_request();
    assert_eq!(framer.read(b"G\n\n\n\n"), 3);
}

#[test]
fn a_header_inside_a_chunked_body_is_ignored() {
    let mut framer = RequestFramer::default();
    framer.read(b"P\r\ntransfer-encoding: chunked\r\n\r\n");
    framer.begin_request(BodyFraming::Chunked);
    let body = b"1\r\nx\r\n0\r\nContent-Length: 99999999999\r\n\r\n";
    assert_eq!(framer.read(&[&body[..], b"G\r\n\r\n"].concat()), body.len());
    assert_eq!(framer.read(b"G\r\n\r\nH\r\n\r\n"), 5, "one request");
    framer.finish_request();
    framer.read(&[b'x'; MAX_HEADER_BYTES]);
    assert_eq!(allowance(&mut framer), Allowance::HeadersTooLarge);
}

#[test]
fn a_header_in_a_chunk_that_arrives_before_actix_begins_is_ignored() {
    let mut framer = RequestFramer::default();
    framer.read(b"P\r\ntransfer-encoding: chunked\r\n\r\n");
    framer.read(b"12\r\nContent-Length: 9\n\r\n");
    framer.begin_request(BodyFraming::Chunked);
    framer.read(b"0\r\n\r\n");
    framer.finish_request();
    assert_eq!(framer.read(b"G\r\n\r\nH\r\n\r\n"), 5);
}

#[test]
fn empty_lines_before_a_request_count_as_headers() {
    let mut framer = RequestFramer::default();
    assert_eq!(framer.read(b"\r\n\n\r\nG\n\nG"), 8);
    assert_eq!(framer.read(&[b'\n'; MAX_HEADER_BYTES]), MAX_HEADER_BYTES);
    assert_eq!(allowance(&mut framer), Allowance::HeadersTooLarge);
}
