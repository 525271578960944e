//! `Last-Event-ID`, HTTP/1.0, heartbeats, and the compatibility endpoint.

use conformance::{Client, Process, Server, scenarios::logging::a_program_never_logs_a_token};
use serde_json::json;
use sse_svc::Sse;
use std::time::{Duration, Instant};

async fn events(server: &Server, query: &str, headers: &[(&str, &str)]) -> Client {
    let mut client = server.connect().await;
    client
        .send("GET", &format!("/events{query}"), headers, "")
        .await;
    assert_eq!(client.head().await.status, 200);
    assert!(
        client
            .chunk()
            .await
            .is_some_and(|opening| opening.starts_with("retry: "))
    );
    client
}

#[actix_web::test]
async fn the_headers_prevent_caching_and_buffering() {
    let server = Server::start::<Sse>(&[]);
    let mut client = server.connect().await;
    client.send("GET", "/events?channel=c", &[], "").await;
    let head = client.head().await;
    let expected = [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-store, no-transform"),
        ("x-accel-buffering", "no"),
        ("transfer-encoding", "chunked"),
    ];
    expected
        .into_iter()
        .for_each(|(name, value)| assert_eq!(head.header(name), Some(value)));
    let cursor = server.get("/messages?channel=c").await.json()["cursor"].clone();
    assert_eq!(
        head.header("trilane-cursor"),
        cursor.as_str(),
        "the cursor before the first message"
    );
}

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
async fn the_last_event_id_wins_over_after() {
    let server = Server::start::<Sse>(&[]);
    let first = server.publish("c", json!(1)).await;
    server.publish("c", json!(2)).await;
    let mut stream = events(&server, "?channel=c&after=0", &[("last-event-id", &first)]).await;
    assert!(
        stream
            .chunk()
            .await
            .is_some_and(|chunk| chunk.contains("\"message\":2"))
    );
    let wrong = server
        .request("GET", "/events?channel=c", &[("last-event-id", "x")], "")
        .await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.body.contains("Last-Event-ID"), "{}", wrong.body);
}

#[actix_web::test]
async fn the_last_event_id_may_be_a_parameter() {
    let server = Server::start::<Sse>(&[]);
    let (first, second) = (
        server.publish("c", json!(1)).await,
        server.publish("c", json!(2)).await,
    );
    server.publish("c", json!(3)).await;
    for name in ["lastEventId", "Last-Event-ID"] {
        let mut stream = events(&server, &format!("?channel=c&after=0&{name}={first}"), &[]).await;
        let chunk = stream.chunk().await.expect("an open stream");
        assert!(
            chunk.contains("\"message\":2") && !chunk.contains("\"message\":1"),
            "{name}: {chunk}"
        );
    }
    // The URL may contain the parameter; the header has the client's latest id.
    let header = [("last-event-id", &*second)];
    let mut stream = events(&server, &format!("?channel=c&lastEventId={first}"), &header).await;
    assert!(
        stream
            .chunk()
            .await
            .is_some_and(|chunk| !chunk.contains("\"message\":2"))
    );
    let mut stream = events(&server, "?channel=c&after=0&lastEventId=", &[]).await;
    assert!(
        stream
            .chunk()
            .await
            .is_some_and(|chunk| chunk.contains("\"message\":1")),
        "an empty parameter is ignored"
    );
    for (query, words) in [
        ("lastEventId=x", "Last-Event-ID=\\\"x\\\""),
        ("lastEventId=1-1&lastEventId=1-2", "lastEventId: repeated"),
        ("last-event-id=1-1&lastEventId=1-2", "lastEventId: repeated"),
    ] {
        let wrong = server.get(&format!("/events?channel=c&{query}")).await;
        assert_eq!(wrong.status, 400, "{query}");
        assert!(wrong.body.contains(words), "{}", wrong.body);
    }
    let twice = [("last-event-id", &*first), ("last-event-id", &*second)];
    let wrong = server.request("GET", "/events?channel=c", &twice, "").await;
    assert!(
        wrong.status == 400 && wrong.body.contains("bad-header"),
        "{}",
        wrong.body
    );
}

#[actix_web::test]
async fn a_quiet_stream_gets_comments_without_a_blank_line() {
    let server = Server::start::<Sse>(&["--heartbeat", "1"]);
    let mut stream = events(&server, "?channel=c", &[]).await;
    for _ in 0..2 {
        assert_eq!(stream.chunk().await.as_deref(), Some(":\n"));
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
async fn a_cursor_without_a_channel_is_refused() {
    let server = Server::start::<Sse>(&[]);
    let response = server.get("/events?after=0").await;
    assert_eq!(response.status, 400);
    assert!(
        response.body.contains("needs channel=NAME"),
        "{}",
        response.body
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
async fn the_program_drains_with_open_streams() {
    let mut process = Process::start(env!("CARGO_BIN_EXE_sse-svc"), &[]);
    let mut streams = Vec::new();
    for query in ["", "?channel=c", "?channel=c", "?channel=d"] {
        let mut client = Client::connect(process.address()).await;
        client
            .send("GET", &format!("/events{query}"), &[], "")
            .await;
        assert!(client.head().await.status == 200 && client.chunk().await.is_some());
        streams.push(client);
    }
    process.terminate();
    for stream in &mut streams {
        while stream.chunk().await.is_some() {}
        assert_eq!(stream.rest().await, "");
    }
    let (status, took) = process.end().await;
    assert!(
        status.success() && took < Duration::from_secs(10),
        "{status} after {took:?}"
    );
}

#[actix_web::test]
async fn the_program_accepts_connections_during_its_drain() {
    let began = Instant::now();
    let mut process = Process::start(env!("CARGO_BIN_EXE_sse-svc"), &["--drain", "1"]);
    process.terminate();
    // The listener is closed at the end of the drain.
    while let Ok(io) = std::net::TcpStream::connect(process.address()) {
        drop(io);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(
        began.elapsed() >= Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    assert!(process.end().await.0.success());
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
async fn the_program_never_logs_a_token() {
    a_program_never_logs_a_token(env!("CARGO_BIN_EXE_sse-svc"), "/events", &[]).await;
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
