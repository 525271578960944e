//! Tests of heads.

use super::*;

fn response(headers: &str) -> (Body, bool) {
    let bytes = format!("HTTP/1.1 200 OK\r\n{headers}\r\n");
    let head = Head::parse(MessageKind::Responses, bytes.as_bytes());
    let head = head.unwrap().unwrap();
    (head.body(), head.persists())
}

fn request(bytes: &[u8]) -> Head<'_> {
    Head::parse(MessageKind::Requests, bytes).unwrap().unwrap()
}

#[test]
fn a_response_announces_how_its_body_ends() {
    assert_eq!(response("content-length: 12\r\n"), (Body::Length(12), true));
    let chunked = "Transfer-Encoding: gzip, Chunked\r\nConnection: Upgrade, Close\r\n";
    assert_eq!(response(chunked), (Body::Chunked, false));
    assert_eq!(response(""), (Body::UntilClose, true));
    let same = "Content-Length: 5, 5\r\nContent-Length: 5\r\n";
    assert_eq!(response(same), (Body::Length(5), true));
    let other = "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n";
    assert_eq!(response(other), (Body::UntilClose, true));
    let bytes = b"HTTP/1.0 204 No\r\n\r\nrest";
    let old = Head::parse(MessageKind::Responses, bytes).unwrap().unwrap();
    assert_eq!((old.bytes.len(), old.status()), (19, Some(204)));
    assert_eq!((old.body(), old.persists()), (Body::Length(0), false));
}

#[test]
fn a_request_has_a_method_a_target_and_headers() {
    let bytes = b"POST /m?a=b HTTP/1.1\r\nContent-LENGTH:  12 \r\nUpgrade: h2c\r\n\r\nrest";
    let head = request(bytes);
    assert_eq!((head.method(), head.target()), ("POST", "/m?a=b"));
    assert_eq!((head.body(), head.upgrades()), (Body::Length(12), true));
    let headers: [(&str, &[u8]); 2] = [("Content-LENGTH", b"12"), ("Upgrade", b"h2c")];
    assert_eq!(head.headers(), headers);
}

#[test]
fn a_connection_persists_by_its_version_and_options() {
    for (bytes, persists) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], true),
        (b"GET / HTTP/1.1\nConnection: close\n\n", false),
        (b"GET / HTTP/1.0\r\n\r\n", false),
        (b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true),
    ] {
        assert_eq!(request(bytes).persists(), persists);
    }
}

#[test]
fn incomplete_headers_are_not_an_error() {
    let half = Head::parse(MessageKind::Responses, b"HTTP/1.1 200 OK\r\nA: b\r\n");
    assert_eq!(half, Ok(None));
}

#[test]
fn other_protocols_wrong_lengths_and_endless_headers_are_errors() {
    let endless = format!("HTTP/1.1 200 OK\r\nA: {}", "b".repeat(MAX_HEAD_BYTES));
    for bytes in [
        &b"SSH-2.0\r\n"[..],
        b"HTTP/2 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        endless.as_bytes(),
    ] {
        assert!(Head::parse(MessageKind::Responses, bytes).is_err());
    }
    for bytes in [&b"GET / HTTP/2\r\n\r\n"[..], b"HELLO\r\n\r\n", b"\x16\x03"] {
        assert!(Head::parse(MessageKind::Requests, bytes).is_err());
    }
}

#[test]
fn a_written_message_is_parsed_again() {
    let bytes = message("PUT /a HTTP/1.1", &[("Host", "h")], b"body");
    let expected = "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody";
    assert_eq!(String::from_utf8(bytes.clone()).unwrap(), expected);
    let head = request(&bytes);
    assert_eq!(
        (head.body(), &bytes[head.bytes.len()..]),
        (Body::Length(4), &b"body"[..])
    );
    assert_eq!(
        request(&message("GET / HTTP/1.1", &[], b"")).body(),
        Body::Length(0)
    );
}
