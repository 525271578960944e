//! Malformed, incomplete and slow requests. The service survives them and keeps nothing of them.

use crate::{
    Server, Subscriber,
    steps::{header_lines, next_message, nothing_is_left, tcp_reset},
};
use serde_json::json;
use std::time::Duration;

const POST: &str = "POST /messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

async fn assert_alive(server: &Server) {
    assert_eq!(server.get("/health/live").await.status, 200);
}

/// Sends bytes and reads to the end of the connection. Returns the status code of the first
/// response.
async fn status_of(server: &Server, bytes: &[u8]) -> Option<u16> {
    let mut client = server.connect().await;
    client.try_write(bytes).await;
    client.rest().await.split(' ').nth(1)?.parse().ok()
}

/// Bytes that are not HTTP, oversized headers, and ambiguous bodies (request smuggling).
pub async fn malformed_requests_are_refused<S: Subscriber>() {
    let server = S::start(&[]).await;
    let many = "X: y\r\n".repeat(200);
    let (long, longer) = ("y".repeat(20_000), "y".repeat(200_000));
    let requests = [
        ("no HTTP", "\0\u{1}garbage\r\n\r\n".to_owned(), 400),
        (
            "a TLS hello",
            "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\r\n\r\n".to_owned(),
            400,
        ),
        (
            "no host",
            "GET /health/live HTTP/1.1\r\n\r\n".to_owned(),
            400,
        ),
        (
            "many headers",
            format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n"),
            431,
        ),
        (
            "a long header",
            format!("GET / HTTP/1.1\r\nHost: x\r\nX: {long}\r\n\r\n"),
            431,
        ),
        (
            "a longer header",
            format!("GET / HTTP/1.1\r\nHost: x\r\nX: {longer}\r\n\r\n"),
            431,
        ),
        (
            "two lengths",
            format!("{POST}Content-Length: 13\r\nContent-Length: 5\r\n\r\n{{\"message\":1}}"),
            400,
        ),
        (
            "a length and chunks",
            format!("{POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            400,
        ),
        (
            "a negative length",
            format!("{POST}Content-Length: -1\r\n\r\n"),
            400,
        ),
        (
            "chunks in chunks",
            format!("{POST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
            400,
        ),
        (
            "another encoding",
            format!("{POST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
            400,
        ),
        (
            "a terabyte",
            format!("{POST}Content-Length: 1099511627776\r\n\r\n{{"),
            413,
        ),
        (
            "a bad chunk",
            format!("{POST}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            400,
        ),
    ];
    for (name, request, status) in requests {
        let got = status_of(&server, request.as_bytes()).await;
        assert_eq!(got, Some(status), "{name}");
        assert_alive(&server).await;
    }
    assert_eq!(server.get("/messages").await.json()["messages"], json!([]));
}

/// Connections that end in the middle of a request, by TCP resets.
pub async fn incomplete_requests_leave_nothing_behind<S: Subscriber>() {
    let server = S::start(&[]).await;
    let beginnings = [
        "",
        "GE",
        "GET / HTTP/1.1\r\nHost:",
        &format!("{POST}Content-Length: 100\r\n\r\n{{\"mess"),
    ];
    let mut open = Vec::new();
    for beginning in beginnings.iter().cycle().take(400) {
        let mut client = server.connect().await;
        client.write(beginning.as_bytes()).await;
        open.push(client);
    }
    assert_alive(&server).await;
    server.publish("c", json!("in between")).await;
    for client in open.drain(..) {
        tcp_reset(client);
    }
    nothing_is_left(&server).await;
    assert_eq!(
        server.get("/messages?channel=c").await.json()["messages"][0]["message"],
        "in between"
    );
}

/// Clients subscribe and reset their connections at once, while messages are published.
pub async fn a_storm_of_tcp_resets_loses_no_message<S: Subscriber>() {
    let server = S::start(&[]).await;
    let mut subscriber = S::subscribe(&server, "channel=c").await;
    let extra = header_lines::<S>();
    let subscribe = format!(
        "GET {}?channel=c&after=0 HTTP/1.1\r\nHost: x\r\n{extra}\r\n",
        S::PATH
    );
    for number in 0..200 {
        let mut client = server.connect().await;
        client.write(subscribe.as_bytes()).await;
        if number % 10 == 0 {
            server.publish("c", json!(number)).await;
        }
        tcp_reset(client);
    }
    for number in (0..200).step_by(10) {
        assert_eq!(next_message(&mut subscriber).await["message"], number);
    }
    drop(subscriber);
    nothing_is_left(&server).await;
}

/// Headers and a body that arrive byte by byte get 408.
pub async fn slow_requests_time_out<S: Subscriber>() {
    let server = S::start(&[]).await;
    let announced = format!("{POST}Content-Length: 1000\r\n\r\n");
    let (head, body) = tokio::join!(
        trickle(&server, "GET / HTTP/1.1\r\n"),
        trickle(&server, &announced)
    );
    assert!(
        head.starts_with("HTTP/1.1 408 ") && body.starts_with("HTTP/1.1 408 "),
        "{head:?} {body:?}"
    );
    nothing_is_left(&server).await;
}

/// The connection ends after the response, although the last chunk never comes.
pub async fn a_chunked_body_without_end_does_not_keep_its_connection<S: Subscriber>() {
    let server = S::start(&["--max-body", "100"]).await;
    let large = format!("c8\r\n{}\r\n", "x".repeat(200));
    for (request, chunks, status) in [
        ("POST /nowhere", "", 404),
        ("OPTIONS /messages", "5\r\nx", 204),
        ("PUT /messages", "5\r\nxxxxx\r\n", 405),
        ("POST /messages", &large, 413),
        ("GET /health/live", "1\r\nx\r\n", 400),
    ] {
        let mut client = server.connect().await;
        let head = "HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
        let body = format!("Transfer-Encoding: chunked\r\n\r\n{chunks}");
        client
            .write(format!("{request} {head}{body}").as_bytes())
            .await;
        let response = client.response().await;
        let closes = response.header("connection") == Some("close");
        assert!(
            response.status == status && closes,
            "{request}: {response:?}"
        );
        assert_eq!(client.rest().await, "", "{request}");
    }
    nothing_is_left(&server).await;
}

/// Sends the beginning of a request and then a byte at a time. Returns the response.
async fn trickle(server: &Server, beginning: &str) -> String {
    let mut client = server.connect().await;
    client.write(beginning.as_bytes()).await;
    loop {
        client.try_write(b"x").await;
        if tokio::time::timeout(Duration::from_millis(200), client.peek())
            .await
            .is_ok()
        {
            return client.buffered();
        }
    }
}
