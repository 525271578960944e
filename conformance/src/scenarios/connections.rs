//! Connections that are detached, reattached, or closed while the client still sends.

use crate::{
    Client, Server, Subscriber, eventually,
    steps::{header_lines, nothing_is_left, tcp_reset},
};
use std::time::Duration;

const H2C: &str = "Connection: Upgrade, HTTP2-Settings\r\n\
    Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n";

/// Returns a subscription to channel `c` at its latest id, with more headers.
async fn subscription<S: Subscriber>(server: &Server, more: &str) -> String {
    let cursor = server.get("/messages?channel=c").await.json()["cursor"].clone();
    let headers = header_lines::<S>();
    let after = cursor.as_str().expect("a cursor");
    format!(
        "GET {}?channel=c&after={after} HTTP/1.1\r\nHost: x\r\n{headers}{more}\r\n",
        S::PATH
    )
}

/// A detached socket leaves nothing in actix, however many bytes the client sends after the
/// request.
pub async fn bytes_behind_a_subscription_leave_nothing_behind<S: Subscriber>() {
    let server = S::start(&[]).await;
    let request = subscription::<S>(&server, "").await;
    for length in [0, 4096, 4097, 60_000] {
        let mut client = server.connect().await;
        client
            .try_write(&[request.as_bytes(), "x".repeat(length).as_bytes()].concat())
            .await;
        let _ = tokio::time::timeout(Duration::from_millis(50), client.peek()).await;
        drop(client);
        nothing_is_left(&server).await;
    }
}

/// A TCP reset is noticed although the client has sent bytes that the service does not read.
pub async fn a_tcp_reset_behind_unread_bytes_is_noticed<S: Subscriber>() {
    let server = S::start(&[]).await;
    for length in [1, 20_000, 300_000] {
        let mut client = server.connect().await;
        client
            .write(subscription::<S>(&server, "").await.as_bytes())
            .await;
        eventually("a subscriber", async || server.subscribers() == 1).await;
        assert_tcp_reset_is_noticed(&server, client, &vec![b'x'; length]).await;
    }
}

/// A service may ignore an `Upgrade` header (RFC 9110 §7.8); the connection stays usable.
pub async fn a_declined_upgrade_changes_nothing<S: Subscriber>() {
    let server = S::start(&[]).await;
    let mut client = server.connect().await;
    let body = r#"{"message":1}"#;
    let post = format!(
        "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    for offer in [
        H2C,
        "Connection: upgrade\r\n",
        "Connection: keep-alive, Upgrade\r\nUpgrade: TLS/1.0\r\n",
        "",
    ] {
        for (line, rest) in [
            ("POST /messages?channel=c", &*post),
            ("GET /messages?channel=c", "\r\n"),
            ("GET /nowhere", "\r\n"),
            (
                "POST /messages?channel=c",
                "Content-Type: application/json\r\nContent-Length: 4\r\n\r\n\n\n{]",
            ),
        ] {
            client
                .write(format!("{line} HTTP/1.1\r\nHost: x\r\n{offer}{rest}").as_bytes())
                .await;
            let response = client.response().await;
            let closes = response.header("connection") == Some("close");
            assert!(
                closes || response.header("connection").is_none(),
                "{offer:?} {line} {response:?}"
            );
            if closes {
                // The service may close with a notice: two line ends in a row look like the next
                // request.
                assert!(rest.contains("\n\n{"), "{offer:?} {line}");
                assert_eq!(client.rest().await, "");
                client = server.connect().await;
            }
        }
    }
    let mut streaming = server.connect().await;
    let subscribe = subscription::<S>(&server, "").await;
    streaming
        .write(
            subscribe
                .replace("\r\n\r\n", &format!("\r\n{H2C}\r\n"))
                .as_bytes(),
        )
        .await;
    eventually("a subscriber", async || server.subscribers() == 1).await;
}

/// An `Upgrade: websocket` header on a publication must not make its body endless.
pub async fn a_publication_that_offers_a_websocket_is_accepted<S: Subscriber>() {
    let server = S::start(&[]).await;
    let mut client = server.connect().await;
    let head = "POST /messages?channel=c HTTP/1.1\r\nHost: x\r\n\
                Connection: Upgrade\r\nUpgrade: websocket\r\n";
    let body = "Content-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"message\":1}";
    client.write(format!("{head}{body}").as_bytes()).await;
    let response = client.response().await;
    assert_eq!(
        (response.status, response.header("connection")),
        (200, Some("close")),
        "{}",
        response.body
    );
}

/// An empty chunked body is accepted; any other body gets 400.
pub async fn a_get_request_may_have_an_empty_body_only<S: Subscriber>() {
    let server = S::start(&[]).await;
    let chunked = subscription::<S>(&server, "Transfer-Encoding: chunked\r\n").await;
    let mut client = server.connect().await;
    client.write(format!("{chunked}0\r\n").as_bytes()).await;
    client.write(b"\r\n").await;
    eventually("a subscriber", async || server.subscribers() == 1).await;
    drop(client);
    let get = |path: &str, more: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n{more}\r\n");
    for path in ["/messages?channel=c", "/health/live", "/worker", "/metrics"] {
        let mut client = server.connect().await;
        for _ in 0..2 {
            client
                .write((get(path, "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n").as_bytes())
                .await;
            assert_eq!(client.response().await.status, 200, "{path}");
        }
    }
    let bodies = [
        "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        "Content-Length: 1\r\n\r\nx",
    ];
    for request in [
        subscription::<S>(&server, "").await,
        get("/messages?channel=c", ""),
        get("/health/live", ""),
    ] {
        for body in bodies {
            let mut client = server.connect().await;
            client
                .write(
                    request
                        .replace("\r\n\r\n", &format!("\r\n{body}"))
                        .as_bytes(),
                )
                .await;
            let refused = client.response().await;
            assert!(
                refused.status == 400 && refused.body.contains("bad-body"),
                "{request} {body} {refused:?}"
            );
        }
    }
}

/// The service reads a too large body to its end, so that the client sees the 413.
pub async fn a_client_can_read_the_response_to_a_too_large_body<S: Subscriber>() {
    let server = S::start(&[]).await;
    let body = vec![b'x'; 8 << 20];
    let post = "POST /messages?channel=c HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    for offer in ["", "Upgrade: websocket\r\n"] {
        let mut client = server.connect().await;
        client
            .write(format!("{post}{offer}Content-Length: {}\r\n\r\n", body.len()).as_bytes())
            .await;
        client.write(&body).await;
        assert_eq!(client.response().await.status, 413);
        assert_eq!(client.rest().await, "");
    }
    nothing_is_left(&server).await;
}

/// Sends bytes after a waiting request, resets the connection, and waits until the service has
/// released it.
pub async fn assert_tcp_reset_is_noticed(server: &Server, mut client: Client, bytes: &[u8]) {
    let _ = tokio::time::timeout(Duration::from_millis(50), client.try_write(bytes)).await;
    tcp_reset(client);
    nothing_is_left(server).await;
}
