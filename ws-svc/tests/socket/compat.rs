//! The compatibility endpoints `/` and `/echo`, and the page.

use crate::*;

#[actix_web::test]
async fn the_root_sends_a_welcome_and_answers_each_text() {
    let server = Server::start::<Ws>(&[]);
    let mut socket = connect(server.address(), "/").await;
    assert_eq!(
        next(&mut socket).await,
        Message::text("Welcome to the WebSocket server!")
    );
    for text in ["Hello Server!", "", "é😀"] {
        send_text(&mut socket, text).await;
        assert_eq!(
            next(&mut socket).await,
            Message::text(format!("Hello, you sent -> {text}"))
        );
    }
}

#[actix_web::test]
async fn echo_returns_every_message() {
    let server = Server::start::<Ws>(&[]);
    let mut socket = connect(server.address(), "/echo").await;
    let messages = [
        Message::text("hi"),
        Message::binary(vec![0, 255]),
        Message::text("x".repeat(60_000)),
        Message::text(""),
    ];
    for message in messages {
        socket
            .send(message.clone())
            .await
            .expect("an open connection");
        assert_eq!(next(&mut socket).await, message);
    }
}

#[actix_web::test]
async fn the_root_is_a_page_without_upgrade() {
    let page = Server::start::<Ws>(&[]).get("/").await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    assert!(page.body.contains("WebSocket"));
}

#[actix_web::test]
async fn the_program_drains_with_open_connections() {
    let mut process = Process::start(env!("CARGO_BIN_EXE_ws-svc"), &[]);
    let mut sockets = Vec::new();
    for path in ["/", "/echo", "/ws?channel=c", "/ws?channel=c"] {
        sockets.push(connect(process.address(), path).await);
    }
    let mut client = Client::connect(process.address()).await;
    assert_eq!(client.get("/health/ready").await.json()["readers"], 4);
    process.terminate();
    for socket in &mut sockets {
        assert_eq!(next_close(socket).await.code, CloseCode::Away);
    }
    drop(sockets);
    let (status, took) = process.end().await;
    assert!(
        status.success() && took < Duration::from_secs(10),
        "{status} after {took:?}"
    );
}

/// A received text is logged at level `debug` only, on one line.
#[actix_web::test]
async fn received_texts_are_logged_for_debugging_only() {
    for (level, expected) in [("debug", 1), ("info", 0)] {
        let process = Process::start_logging(level, env!("CARGO_BIN_EXE_ws-svc"), &[]);
        let mut socket = connect(process.address(), "/").await;
        send_text(
            &mut socket,
            "a\r\n[2026-11-28T00:00:00Z ERROR x] b\u{1b}[2J",
        )
        .await;
        for _ in 0..2 {
            next(&mut socket).await;
        }
        process.terminate();
        let log = patient("a log", process.whole_log()).await;
        let received = log.lines().filter(|line| line.contains("ERROR"));
        let whole = received.filter(|line| {
            line.contains(r"Received: a\r\n[2026-11-28T00:00:00Z ERROR x] b\u{1b}[2J")
        });
        assert_eq!(whole.count(), expected, "{log}");
    }
}

#[actix_web::test]
async fn max_body_limits_messages_too() {
    let server = Server::start::<Ws>(&["--max-body", "1000"]);
    for path in ["/", "/echo"] {
        let mut socket = connect(server.address(), path).await;
        send_text(&mut socket, &"x".repeat(1001)).await;
        let close = next_close(&mut socket).await;
        assert_eq!(close.code, CloseCode::Size, "{path}");
    }
}

#[actix_web::test]
async fn large_messages_are_refused_when_memory_is_short() {
    let server = Server::start::<Ws>(&["--max-body", "262144", "--buffers", "1"]);
    let large = "x".repeat(200_000);
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut socket = connect(server.address(), "/echo").await;
        send_text(&mut socket, &large).await;
        assert_eq!(next(&mut socket).await, Message::text(&*large));
        held.push(socket);
    }
    for path in ["/", "/echo", "/ws?channel=c"] {
        let mut socket = connect(server.address(), path).await;
        // The service refuses it before it is complete.
        let _ = socket.send(Message::text(&*large)).await;
        let close = next_close(&mut socket).await;
        assert_eq!(close.code, CloseCode::Again, "{path}");
    }
    drop(held);
    let budget = &server.running().service().budget;
    eventually("room", async || budget.held() == 0).await;
    let mut socket = connect(server.address(), "/ws?channel=c").await;
    // To another channel: a message that this client has not read counts too.
    let publish = json!({ "publish": { "channel": "d", "message": large }, "ref": 1 });
    reply_to(&mut socket, publish).await;
    eventually("nothing held", async || budget.held() == 0).await;
}

#[actix_web::test]
async fn with_no_compat_there_are_no_such_endpoints() {
    let server = Server::start::<Ws>(&["--no-compat"]);
    for path in ["/", "/echo"] {
        let refused = server.request("GET", path, &UPGRADE, "").await;
        assert_eq!(
            (refused.status, refused.json()["type"].as_str()),
            (404, Some("urn:trilane:problem:no-compat"))
        );
    }
    connect(server.address(), "/ws?channel=c").await;
}
