//! The compatibility endpoint, HTTP/1.0, and the page.

use crate::*;

#[actix_web::test]
async fn the_compat_stream_greets_every_two_seconds_and_carries_main() {
    let server = Server::start::<Sse>(&[]);
    let began = Instant::now();
    let mut stream = events(&server, "", &[]).await;
    server.publish("main", json!("hi")).await;
    server.publish("other", json!("not for here")).await;
    assert_eq!(
        stream.chunk().await.as_deref(),
        Some("data: {\"message\":\"hi\"}\n\n")
    );
    for seconds in [2, 4] {
        assert_eq!(
            stream.chunk().await.as_deref(),
            Some("data: {\"message\":\"Hello from server!\"}\n\n")
        );
        assert!(began.elapsed() >= Duration::from_secs(seconds), "too early");
    }
}

#[actix_web::test]
async fn an_http_10_client_gets_a_stream_without_chunks() {
    let server = Server::start::<Sse>(&[]);
    server.publish("c", json!(1)).await;
    let mut client = server.connect().await;
    client
        .write(b"GET /events?channel=c&after=0 HTTP/1.0\r\n\r\n")
        .await;
    let head = client.head().await;
    assert_eq!((head.status, head.header("transfer-encoding")), (200, None));
    let (rest, ()) = tokio::join!(client.rest(), server.stop());
    assert!(
        rest.starts_with("retry: ") && rest.contains("\nevent: hello\n"),
        "{rest:?}"
    );
    assert!(
        rest.contains("\ndata: {\"id\":") && rest.contains("\"message\":1"),
        "{rest:?}"
    );
    assert!(
        rest.lines()
            .last()
            .is_some_and(|line| line.starts_with("retry: ")),
        "{rest:?}"
    );
}

#[actix_web::test]
async fn the_root_is_a_page() {
    let page = Server::start::<Sse>(&[]).get("/").await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    assert!(page.body.contains("EventSource"));
}

#[actix_web::test]
async fn a_compat_stream_that_opens_during_a_drain_ends() {
    let server = Server::start::<Sse>(&[]);
    server.running().service().hub.drain(Duration::ZERO);
    let mut stream = events(&server, "", &[]).await;
    assert!(
        stream
            .chunk()
            .await
            .is_some_and(|last| last.starts_with("retry: "))
    );
    assert_eq!(stream.chunk().await, None);
}

#[actix_web::test]
async fn with_no_compat_a_stream_needs_a_channel() {
    let server = Server::start::<Sse>(&["--no-compat"]);
    let refused = server.get("/events").await;
    assert_eq!(
        (refused.status, refused.json()["type"].as_str()),
        (404, Some("urn:trilane:problem:no-compat"))
    );
}
