//! The document's endpoint, `/echo` and the page: one peer each.

use crate::*;

#[actix_web::test]
async fn the_document_is_welcomed_and_answered() {
    let server = Server::start::<Ws>(&[]);
    let mut socket = connect(server.address(), "/").await;
    assert_eq!(next(&mut socket).await, Message::text("Welcome to the WebSocket server!"));
    for text in ["Hello Server!", "", "é😀"] {
        say(&mut socket, text).await;
        assert_eq!(next(&mut socket).await, Message::text(format!("Hello, you sent -> {text}")));
    }
}

#[actix_web::test]
async fn echo_gives_everything_back() {
    let server = Server::start::<Ws>(&[]);
    let mut socket = connect(server.address(), "/echo").await;
    let messages =
        [Message::text("hi"), Message::binary(vec![0, 255]), Message::text("x".repeat(200_000)), Message::text("")];
    for message in messages {
        socket.send(message.clone()).await.expect("an open connection");
        assert_eq!(next(&mut socket).await, message);
    }
}

#[actix_web::test]
async fn the_root_is_a_page_without_upgrade() {
    let page = Server::start::<Ws>(&[]).get("/").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.body.contains("WebSocket"));
}

#[actix_web::test]
async fn the_program_ends_in_peace_with_open_sockets() {
    let mut process = Process::start(env!("CARGO_BIN_EXE_ws-svc"), &[]);
    let mut sockets = Vec::new();
    for path in ["/", "/echo", "/ws?channel=c", "/ws?channel=c"] {
        sockets.push(connect(process.address(), path).await);
    }
    let mut client = Client::connect(process.address()).await;
    client.send("GET", "/health/ready", &[], "").await;
    assert_eq!(client.response().await.json()["readers"], 4);
    process.terminate();
    for socket in &mut sockets {
        let close = tokio::time::timeout(PATIENCE, async {
            loop {
                if let Message::Close(Some(close)) = next(socket).await {
                    break close;
                }
            }
        });
        assert_eq!(close.await.expect("a close").code, CloseCode::Away);
    }
    drop(sockets);
    let (status, took) = process.end().await;
    assert!(status.success() && took < Duration::from_secs(10), "{status} after {took:?}");
}

/// What a client says is in the log only if somebody wants to see it, and then on one line.
#[actix_web::test]
async fn what_a_client_says_is_logged_for_debugging_only() {
    for (level, expected) in [("debug", 1), ("info", 0)] {
        let process = Process::start_logging(level, env!("CARGO_BIN_EXE_ws-svc"), &[]);
        let mut socket = connect(process.address(), "/").await;
        say(&mut socket, "a\r\n[2026-11-28T00:00:00Z ERROR x] b\u{1b}[2J").await;
        for _ in 0..2 {
            next(&mut socket).await;
        }
        process.terminate();
        let log = patient("a log", process.whole_log()).await;
        let received = log.lines().filter(|line| line.contains("ERROR"));
        let whole = received.filter(|line| line.contains(r"Received: a\r\n[2026-11-28T00:00:00Z ERROR x] b\u{1b}[2J"));
        assert_eq!(whole.count(), expected, "{log}");
    }
}
