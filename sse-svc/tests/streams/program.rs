//! Headers and heartbeats, and the program with open streams.

use crate::*;

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
async fn a_quiet_stream_gets_comments_without_a_blank_line() {
    let server = Server::start::<Sse>(&["--heartbeat", "1"]);
    let mut stream = events(&server, "?channel=c", &[]).await;
    for _ in 0..2 {
        assert_eq!(stream.chunk().await.as_deref(), Some(":\n"));
    }
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
async fn the_program_never_logs_a_token() {
    a_program_never_logs_a_token(env!("CARGO_BIN_EXE_sse-svc"), "/events", &[]).await;
}
