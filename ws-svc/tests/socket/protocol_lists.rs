//! Handshakes that offer other protocols besides WebSocket.

use crate::*;

#[actix_web::test]
async fn websocket_may_be_one_of_several_upgrade_headers() {
    let server = Server::start::<Ws>(&[]);
    let lines = upgrade_lines();
    for offer in [
        "upgrade: h2c\r\n".to_owned() + &lines,
        lines.clone() + "upgrade: h2c\r\n",
    ] {
        for path in ["/", "/echo", "/ws?channel=c"] {
            let mut client = server.connect().await;
            client
                .write(format!("GET {path} HTTP/1.1\r\nHost: x\r\n{offer}\r\n").as_bytes())
                .await;
            assert_eq!(client.head().await.status, 101, "{path} {offer}");
        }
    }
}

/// A server may choose any protocol of the list (RFC 9110 §7.8). The connection then works in both
/// directions.
#[actix_web::test]
async fn websocket_may_be_one_of_a_list_of_protocols() {
    let server = Server::start::<Ws>(&[]);
    let lines = upgrade_lines();
    let text = r#"{"publish":{"message":"hi"},"ref":1}"#;
    for list in [
        "h2c, WebSocket",
        "websocket,h2c",
        " TLS/1.0 ,\twebsocket , ",
        "h2c\r\nupgrade: x, websocket",
        ",WEBSOCKET",
    ] {
        let offer = lines.replace("upgrade: websocket", &format!("upgrade: {list}"));
        for (path, expected) in [
            ("/", text),
            ("/echo", text),
            ("/ws?channel=c", r#""ref":1"#),
        ] {
            let mut client = server.connect().await;
            // The handshake arrives in two parts, after another request.
            client
                .write(b"GET /worker HTTP/1.1\r\nHost: x\r\n\r\n")
                .await;
            client
                .write(format!("GET {path} HTTP/1.1\r\nHost: x\r\n{offer}").as_bytes())
                .await;
            assert_eq!(client.response().await.status, 200, "{path} {list:?}");
            // The first frame arrives together with the end of the handshake.
            client
                .write(
                    &[
                        b"\r\n\x81",
                        &[0x80 | text.len() as u8, 0, 0, 0, 0][..],
                        text.as_bytes(),
                    ]
                    .concat(),
                )
                .await;
            let head = client.head().await;
            assert_eq!(
                (head.status, head.header("upgrade")),
                (101, Some("websocket")),
                "{path} {list:?}"
            );
            let mut socket = over(client).await;
            while !next(&mut socket)
                .await
                .to_text()
                .expect("text")
                .contains(expected)
            {}
        }
    }
    eventually("no connections", async || server.connections() == 0).await;
}

#[actix_web::test]
async fn a_bad_list_of_protocols_is_refused() {
    let server = Server::start::<Ws>(&[]);
    let with = |offer, more: &[(&'static str, &'static str)]| {
        [
            &UPGRADE.map(|(name, value)| (name, if name == "upgrade" { offer } else { value }))[..],
            more,
        ]
        .concat()
    };
    for path in ["/echo", "/ws?channel=c"] {
        for offer in ["h2c, x", "websockets, h2c", "web socket"] {
            let refused = server.request("GET", path, &with(offer, &[]), "").await;
            assert_eq!(
                (refused.status, refused.header("upgrade")),
                (426, Some("websocket")),
                "{path} {offer}"
            );
        }
        let refused = server
            .request("GET", path, &with("h2c, websocket", &[]), "hello")
            .await;
        assert_eq!(refused.status, 400, "{path}");
    }
    let in_chunks = with("h2c, websocket", &[("transfer-encoding", "chunked")]);
    let mut client = server.connect().await;
    client.send("GET", "/echo", &in_chunks, "").await;
    client.write(b"0\r\n\r\n").await;
    assert_eq!(client.response().await.status, 400);
}
