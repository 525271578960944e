//! The opening handshake, and the requests that are refused.

use crate::*;

#[actix_web::test]
async fn a_handshake_with_a_body_is_refused() {
    let server = Server::start::<Ws>(&[]);
    let refused = server
        .request("GET", "/ws?channel=c", &UPGRADE, "hello")
        .await;
    assert_eq!(refused.status, 400);
    assert!(
        refused.body.contains("must not have a body"),
        "{}",
        refused.body
    );
}

#[actix_web::test]
async fn frames_sent_with_the_handshake_are_not_lost() {
    let server = Server::start::<Ws>(&[]);
    let mut client = server.connect().await;
    let head = upgrade_lines();
    let early = br#"{"publish":{"message":"early"}}"#;
    let request = format!("GET /ws?channel=c HTTP/1.1\r\nHost: localhost\r\n{head}\r\n");
    let frame = [&[0x81, 0x80 | early.len() as u8, 0, 0, 0, 0], &early[..]].concat();
    client.write(&[request.as_bytes(), &frame].concat()).await;
    assert_eq!(client.head().await.status, 101);
    eventually("the message", async || {
        server
            .get("/messages?channel=c")
            .await
            .body
            .contains("early")
    })
    .await;
}

#[actix_web::test]
async fn a_bad_handshake_is_a_named_problem() {
    let server = Server::start::<Ws>(&[]);
    let with = |name: &'static str, value: &'static str| {
        UPGRADE.map(|(key, old)| {
            if key == name {
                (key, value)
            } else {
                (key, old)
            }
        })
    };
    let refused = [
        (
            with("sec-websocket-version", "8"),
            426,
            "sec-websocket-version",
            Some("13"),
        ),
        (with("upgrade", "h2c"), 426, "upgrade", Some("websocket")),
        (
            with("connection", "keep-alive"),
            426,
            "upgrade",
            Some("websocket"),
        ),
        (with("sec-websocket-key", "short"), 400, "upgrade", None),
        (
            with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ!="),
            400,
            "upgrade",
            None,
        ),
    ];
    for path in ["/echo", "/ws?channel=c"] {
        for (headers, status, name, value) in &refused {
            let response = server.request("GET", path, headers, "").await;
            assert_eq!(
                (response.status, response.header(name)),
                (*status, *value),
                "{headers:?}"
            );
            assert_eq!(
                response.header("content-type"),
                Some("application/problem+json")
            );
        }
    }
    let mut old = server.connect().await;
    let head = upgrade_lines();
    old.write(format!("GET /echo HTTP/1.0\r\n{head}\r\n").as_bytes())
        .await;
    assert_eq!(old.head().await.status, 426);
    let missing = server.request("GET", "/ws", &UPGRADE, "").await;
    assert_eq!(missing.status, 400);
    assert!(
        missing.body.contains("channel=NAME is missing"),
        "{}",
        missing.body
    );
}

#[actix_web::test]
async fn a_connection_that_opens_during_a_drain_is_closed() {
    let server = Server::start::<Ws>(&[]);
    server.running().service().hub.drain(Duration::ZERO);
    for path in ["/", "/echo", "/ws?channel=c"] {
        let mut socket = connect(server.address(), path).await;
        let close = next_close(&mut socket).await;
        assert_eq!(close.code, CloseCode::Away, "{path}");
    }
}

#[actix_web::test]
async fn no_subprotocol_and_no_extension_is_selected() {
    let server = Server::start::<Ws>(&[]);
    let offers = [
        ("sec-websocket-protocol", "chat"),
        ("sec-websocket-extensions", "permessage-deflate"),
    ];
    for path in ["/", "/echo", "/ws?channel=c"] {
        let mut client = server.connect().await;
        client
            .send("GET", path, &[&UPGRADE[..], &offers].concat(), "")
            .await;
        let head = client.head().await;
        assert_eq!(
            head.header("sec-websocket-accept"),
            Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        );
        offers
            .iter()
            .for_each(|(name, _)| assert_eq!(head.header(name), None));
        assert_eq!(head.header("content-type"), None);
    }
}

#[actix_web::test]
async fn hello_names_the_worker_if_asked() {
    let server = Server::start::<Ws>(&["--workers", "3"]);
    for _ in 0..6 {
        let mut client = server.connect().await;
        let text = client.get("/worker").await.body;
        client
            .send("GET", "/ws?channel=c&worker=true", &UPGRADE, "")
            .await;
        assert_eq!(client.head().await.status, 101);
        let frame: Value =
            serde_json::from_str(next(&mut over(client).await).await.to_text().unwrap()).unwrap();
        let Value::Object(hello) = &frame["hello"] else {
            panic!("{frame}")
        };
        // The same connection, as reported over HTTP.
        let (worker, pid) = (&hello["worker"], &hello["pid"]);
        assert!(
            text.starts_with(&format!("Handled by worker {worker} (pid {pid}, ")),
            "{text} {frame}"
        );
    }
    let mut silent = connect(server.address(), "/ws?channel=c").await;
    assert!(
        !next(&mut silent)
            .await
            .to_text()
            .unwrap()
            .contains("worker")
    );
    let refused = server
        .request("GET", "/ws?channel=c&worker=yes", &UPGRADE, "")
        .await;
    assert_eq!(
        (refused.status, refused.body.contains("true or false")),
        (400, true),
        "{}",
        refused.body
    );
}

#[actix_web::test]
async fn a_page_of_a_refused_origin_cannot_connect() {
    let server = Server::start::<Ws>(&["--origins", "http://page.example"]);
    let own = format!("http://{}", server.address());
    let connect = async |path: &str, origin: &str| {
        let host = server.address().to_string();
        let mut client = server.connect().await;
        let head = upgrade_lines();
        client
            .write(
                format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n{head}\r\n")
                    .as_bytes(),
            )
            .await;
        client.head().await.status
    };
    for (origin, status) in [
        ("http://page.example", 101),
        (&own, 101),
        ("http://other.example", 403),
        ("null", 403),
    ] {
        assert_eq!(connect("/ws?channel=c", origin).await, status, "{origin}");
    }
    assert_eq!(
        connect("/", "null").await,
        101,
        "the page of the original example may be a local file"
    );
}
