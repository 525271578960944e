//! What only WebSocket has: the document's endpoint, `/echo`, publishing, the handshakes at both ends.

use common::testing::{Client, PATIENCE, Process, Server, eventually, patient};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{
    io::Write,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Message,
        protocol::{CloseFrame, Role, frame::coding::CloseCode},
    },
};
use ws_svc::Ws;

type Socket = WebSocketStream<TcpStream>;

const UPGRADE: [(&str, &str); 4] = [
    ("connection", "Upgrade"),
    ("upgrade", "websocket"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

async fn connect(address: SocketAddr, path: &str) -> Socket {
    let io = TcpStream::connect(address).await.expect("the server listens");
    let (socket, _) =
        patient("a handshake", client_async(format!("ws://{address}{path}"), io)).await.expect("a handshake");
    socket
}

/// Goes on over a connection whose handshake is done.
async fn over(client: Client) -> Socket {
    let (io, read) = client.into_parts();
    Socket::from_partially_read(io, read, Role::Client, None).await
}

async fn next(socket: &mut Socket) -> Message {
    patient("a frame", socket.next()).await.expect("an open connection").expect("valid frames")
}

async fn say(socket: &mut Socket, text: &str) {
    socket.send(text.into()).await.expect("an open connection");
}

async fn answer(socket: &mut Socket, request: Value) -> Value {
    say(socket, &request.to_string()).await;
    serde_json::from_str(next(socket).await.to_text().expect("text")).expect("JSON")
}

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
async fn a_publication_is_answered_and_arrives() {
    let server = Server::start::<Ws>(&[]);
    let mut socket = connect(server.address(), "/ws?channel=c").await;
    next(&mut socket).await;
    say(&mut socket, r#"{"publish":{"message":{"a":1}},"ref":"r"}"#).await;
    let (mut frames, mut message) = (Vec::new(), Value::Null);
    for _ in 0..2 {
        let frame: Value = serde_json::from_str(next(&mut socket).await.to_text().expect("text")).expect("JSON");
        if frame.get("ref").is_some() { frames.push(frame) } else { message = frame }
    }
    assert_eq!(message["message"], json!({ "a": 1 }));
    let expected = json!({ "ref": "r", "ok": { "id": message["id"], "time": message["time"] } });
    assert_eq!(frames, [expected]);
}

#[actix_web::test]
async fn many_publications_in_one_write_are_answered_in_order() {
    let server = Server::start::<Ws>(&[]);
    let (mut publisher, mut reader) =
        (connect(server.address(), "/ws?channel=c").await, connect(server.address(), "/ws?channel=c").await);
    next(&mut reader).await;
    for number in 0..100 {
        let request = json!({ "publish": { "message": number }, "ref": number });
        publisher.feed(Message::text(request.to_string())).await.expect("an open connection");
    }
    publisher.flush().await.expect("an open connection");
    let mut answered = Vec::new();
    while answered.len() < 100 {
        let frame: Value = serde_json::from_str(next(&mut publisher).await.to_text().expect("text")).expect("JSON");
        answered.extend(frame.get("ref").cloned());
    }
    assert_eq!(answered, (0..100).map(Value::from).collect::<Vec<_>>());
    for number in 0..100 {
        let message: Value = serde_json::from_str(next(&mut reader).await.to_text().expect("text")).expect("JSON");
        assert_eq!(message["message"], number);
    }
}

#[actix_web::test]
async fn a_repeated_key_publishes_nothing() {
    let server = Server::start::<Ws>(&[]);
    let mut socket = connect(server.address(), "/ws?channel=quiet").await;
    next(&mut socket).await;
    let publish = json!({ "publish": { "message": 1, "key": "k" }, "ref": 1 });
    say(&mut socket, &publish.to_string()).await;
    next(&mut socket).await;
    next(&mut socket).await;
    let again = answer(&mut socket, publish).await;
    let history = server.get("/messages?channel=quiet").await.json();
    assert_eq!(history["messages"].as_array().map(Vec::len), Some(1));
    assert_eq!(again["ok"]["id"], history["messages"][0]["id"]);
}

#[actix_web::test]
async fn a_bad_request_is_answered_and_the_connection_stays() {
    let server = Server::start::<Ws>(&["--max-body", "100"]);
    let mut socket = connect(server.address(), "/ws?channel=c").await;
    next(&mut socket).await;
    let refused = [
        (json!([1]), 400, Value::Null),
        (json!({ "ref": 1 }), 400, json!(1)),
        (json!({ "publish": [1], "ref": 2 }), 422, json!(2)),
        (json!({ "publish": {}, "ref": [3] }), 422, json!([3])),
        (json!({ "publish": { "message": 1, "key": "a b" }, "ref": 4 }), 400, json!(4)),
        (json!({ "publish": { "message": 1, "key": 5 }, "ref": 5 }), 400, json!(5)),
        (json!({ "publish": { "message": "x".repeat(100) }, "ref": 6 }), 413, json!(6)),
    ];
    for (request, status, reference) in refused {
        let reply = answer(&mut socket, request.clone()).await;
        assert_eq!((&reply["error"]["status"], &reply["ref"]), (&json!(status), &reference), "{request}");
        assert!(reply["error"]["detail"].is_string());
    }
    say(&mut socket, "no JSON").await;
    assert!(next(&mut socket).await.to_text().expect("text").contains("bad-request-frame"));
    assert_eq!(server.get("/messages?channel=c").await.json()["messages"], json!([]));
}

#[actix_web::test]
async fn a_close_is_answered_with_its_code_and_ends_the_connection() {
    let server = Server::start::<Ws>(&[]);
    for path in ["/", "/echo", "/ws?channel=c"] {
        let mut socket = connect(server.address(), path).await;
        let close = CloseFrame { code: CloseCode::Library(4321), reason: "done".into() };
        socket.send(Message::Close(Some(close))).await.expect("an open connection");
        let code = loop {
            match next(&mut socket).await {
                Message::Close(frame) => break frame.expect("a code").code,
                other => assert!(other.is_text(), "{other:?}"),
            }
        };
        assert_eq!(code, CloseCode::Library(4321), "{path}");
        assert!(patient("the end", socket.next()).await.is_none());
    }
    eventually("the end to be counted", async || server.metric("streams_gone_total", "ended") == 1).await;
    eventually("no connections", async || server.running().service().hub.metrics().connections.get() == 0).await;
}

#[actix_web::test]
async fn a_violation_is_named_in_the_close() {
    let server = Server::start::<Ws>(&[]);
    let violations: [(&[u8], u16); 4] = [
        (b"\x81\x01x", 1002),                          // not masked
        (b"\xc1\x80\0\0\0\0", 1002),                   // a reserved bit
        (b"\x81\x81\0\0\0\0\xff", 1007),               // no UTF-8
        (b"\x81\xff\0\0\0\x01\0\0\0\0\0\0\0\0", 1009), // 4 GiB
    ];
    for path in ["/", "/echo", "/ws?channel=c"] {
        for (bytes, code) in violations {
            let mut client = server.connect().await;
            client.send("GET", path, &UPGRADE, "").await;
            assert_eq!(client.head().await.status, 101);
            client.write(bytes).await;
            let mut socket = over(client).await;
            let close = loop {
                if let Message::Close(frame) = next(&mut socket).await {
                    break frame.expect("a code");
                }
            };
            assert_eq!(u16::from(close.code), code, "{path}: {}", close.reason);
        }
    }
}

#[actix_web::test]
async fn binary_is_refused_where_text_is_due() {
    let server = Server::start::<Ws>(&[]);
    for path in ["/", "/ws?channel=c"] {
        let mut socket = connect(server.address(), path).await;
        next(&mut socket).await;
        socket.send(Message::binary(vec![1])).await.expect("an open connection");
        let Message::Close(Some(close)) = next(&mut socket).await else { panic!("a close was due") };
        assert_eq!(close.code, CloseCode::Unsupported);
    }
}

#[actix_web::test]
async fn a_ping_is_answered_and_a_silent_peer_is_pinged() {
    let server = Server::start::<Ws>(&["--heartbeat", "1"]);
    for path in ["/echo", "/ws?channel=c"] {
        let mut client = server.connect().await;
        client.send("GET", path, &UPGRADE, "").await;
        client.head().await;
        client.write(b"\x89\x82\0\0\0\0hi").await;
        let mut socket = over(client).await;
        let (mut pinged, mut ponged) = (false, false);
        while !(pinged && ponged) {
            match next(&mut socket).await {
                Message::Ping(_) => pinged = true,
                Message::Pong(payload) => ponged = payload == "hi",
                _ => {}
            }
        }
    }
}

#[actix_web::test]
async fn a_peer_that_answers_no_ping_is_cut() {
    let server = Server::start::<Ws>(&["--heartbeat", "1"]);
    let mut client = server.connect().await;
    client.send("GET", "/ws?channel=c", &UPGRADE, "").await;
    assert_eq!(client.head().await.status, 101);
    eventually("the cut", async || server.metric("streams_gone_total", "silent") == 1).await;
    assert_eq!(server.readers(), 0);
}

#[actix_web::test]
async fn a_peer_that_talks_without_end_keeps_nobody_waiting() {
    let server = Server::start::<Ws>(&["--workers", "1"]);
    let mut client = server.connect().await;
    client.send("GET", "/ws?channel=c", &UPGRADE, "").await;
    assert_eq!(client.head().await.status, 101);
    let io = client.into_parts().0.into_std().expect("a socket");
    io.set_nonblocking(false).expect("a socket");
    let pongs = b"\x8a\x80\0\0\0\0".repeat(10_000);
    io.set_write_timeout(Some(Duration::from_secs(1))).expect("a socket");
    let over = Arc::new(AtomicBool::new(false));
    let ended = over.clone();
    let flood = std::thread::spawn(move || {
        while !ended.load(Ordering::Relaxed) {
            let _ = (&io).write_all(&pongs);
        }
    });
    for number in 0..20 {
        server.publish("c", json!(number)).await;
    }
    over.store(true, Ordering::Relaxed);
    flood.join().expect("no panic while writing");
}

#[actix_web::test]
async fn a_handshake_has_no_body() {
    let server = Server::start::<Ws>(&[]);
    let refused = server.request("GET", "/ws?channel=c", &UPGRADE, "hello").await;
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("no body"), "{}", refused.body);
}

#[actix_web::test]
async fn what_a_peer_says_before_it_is_answered_is_not_lost() {
    let server = Server::start::<Ws>(&[]);
    let mut client = server.connect().await;
    let head: String = UPGRADE.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let early = br#"{"publish":{"message":"early"}}"#;
    let request = format!("GET /ws?channel=c HTTP/1.1\r\nHost: localhost\r\n{head}\r\n");
    let frame = [&[0x81, 0x80 | early.len() as u8, 0, 0, 0, 0], &early[..]].concat();
    client.write(&[request.as_bytes(), &frame].concat()).await;
    assert_eq!(client.head().await.status, 101);
    eventually("the message", async || server.get("/messages?channel=c").await.body.contains("early")).await;
}

#[actix_web::test]
async fn what_is_no_handshake_is_refused_by_name() {
    let server = Server::start::<Ws>(&[]);
    let with = |name: &'static str, value: &'static str| {
        UPGRADE.map(|(key, old)| if key == name { (key, value) } else { (key, old) })
    };
    let refused = [
        (with("sec-websocket-version", "8"), 426, "sec-websocket-version", Some("13")),
        (with("upgrade", "h2c"), 426, "upgrade", Some("websocket")),
        (with("connection", "keep-alive"), 426, "upgrade", Some("websocket")),
        (with("sec-websocket-key", "short"), 400, "upgrade", None),
        (with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ!="), 400, "upgrade", None),
    ];
    for path in ["/echo", "/ws?channel=c"] {
        for (headers, status, name, value) in &refused {
            let response = server.request("GET", path, headers, "").await;
            assert_eq!((response.status, response.header(name)), (*status, *value), "{headers:?}");
            assert_eq!(response.header("content-type"), Some("application/problem+json"));
        }
    }
    let mut old = server.connect().await;
    let head: String = UPGRADE.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    old.write(format!("GET /echo HTTP/1.0\r\n{head}\r\n").as_bytes()).await;
    assert_eq!(old.head().await.status, 426);
    let missing = server.request("GET", "/ws", &UPGRADE, "").await;
    assert_eq!(missing.status, 400);
    assert!(missing.body.contains("channel=NAME is missing"), "{}", missing.body);
}

#[actix_web::test]
async fn neither_subprotocol_nor_extension_is_chosen() {
    let server = Server::start::<Ws>(&[]);
    let offers = [("sec-websocket-protocol", "chat"), ("sec-websocket-extensions", "permessage-deflate")];
    for path in ["/", "/echo", "/ws?channel=c"] {
        let mut client = server.connect().await;
        client.send("GET", path, &[&UPGRADE[..], &offers].concat(), "").await;
        let head = client.head().await;
        assert_eq!(head.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        offers.iter().for_each(|(name, _)| assert_eq!(head.header(name), None));
        assert_eq!(head.header("content-type"), None);
    }
}

#[actix_web::test]
async fn a_page_of_another_origin_may_not_connect() {
    let server = Server::start::<Ws>(&["--origins", "http://page.example"]);
    let own = format!("http://{}", server.address());
    let connect = async |path: &str, origin: &str| {
        let host = server.address().to_string();
        let mut client = server.connect().await;
        let head: String = UPGRADE.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        client.write(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n{head}\r\n").as_bytes()).await;
        client.head().await.status
    };
    for (origin, status) in [("http://page.example", 101), (&own, 101), ("http://other.example", 403), ("null", 403)] {
        assert_eq!(connect("/ws?channel=c", origin).await, status, "{origin}");
    }
    assert_eq!(connect("/", "null").await, 101, "the document's page may be a file");
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
    assert!(status.success() && took < Duration::from_secs(2), "{status} after {took:?}");
}
