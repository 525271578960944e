//! Tokens and rates of a connection that publishes several times.

use conformance::{Server, patient, scenarios::logging::a_program_never_logs_a_token, tokens};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};
use ws_svc::Ws;

struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    async fn connect(server: &Server, query: &str) -> Self {
        let io = TcpStream::connect(server.address())
            .await
            .expect("the server listens");
        let url = format!("ws://{}/ws?{query}", server.address());
        let (socket, _) = patient("a handshake", client_async(url, io))
            .await
            .expect("a handshake");
        Self(socket)
    }

    /// Publishes, and waits for the reply.
    async fn publish(&mut self) -> Value {
        let request = r#"{"publish":{"message":1},"ref":1}"#;
        self.0
            .send(Message::text(request))
            .await
            .expect("an open connection");
        loop {
            let frame = patient("a frame", self.0.next())
                .await
                .expect("an open connection")
                .expect("valid frames");
            let frame: Value = serde_json::from_str(frame.to_text().expect("text")).expect("JSON");
            if frame["ref"] == 1 {
                return frame;
            }
        }
    }
}

#[actix_web::test]
async fn a_refused_publication_leaves_the_connection_open() {
    let server = Server::start::<Ws>(&tokens::FLAGS);
    let token = tokens::token_for(&["news.*"], &["*"], 60.0);
    let mut other = Socket::connect(&server, &format!("channel=other&access_token={token}")).await;
    for _ in 0..2 {
        let refused = other.publish().await;
        assert_eq!(
            refused["error"]["type"],
            "urn:trilane:problem:channel-not-allowed"
        );
        assert_eq!(refused["error"]["status"], 403);
    }
    let mut news = Socket::connect(&server, &format!("channel=news.a&access_token={token}")).await;
    assert!(news.publish().await["ok"]["id"].is_string());
}

#[actix_web::test]
async fn a_rate_limit_leaves_the_connection_open() {
    let server = Server::start::<Ws>(&["--publish-rate", "0.01"]);
    let mut socket = Socket::connect(&server, "channel=c").await;
    assert!(socket.publish().await["ok"]["id"].is_string());
    for _ in 0..2 {
        let refused = socket.publish().await;
        assert_eq!(
            refused["error"]["type"],
            "urn:trilane:problem:too-many-publications"
        );
        assert_eq!(refused["error"]["status"], 429);
    }
    let body = json!({ "message": 1 }).to_string();
    let http = server
        .request(
            "POST",
            "/messages",
            &[("content-type", "application/json")],
            &body,
        )
        .await;
    assert_eq!(
        http.status, 429,
        "HTTP and WebSocket share the rate of an address"
    );
}

#[actix_web::test]
async fn compatibility_endpoints_need_no_token() {
    let server = Server::start::<Ws>(&tokens::FLAGS);
    for path in ["/", "/echo"] {
        let io = TcpStream::connect(server.address())
            .await
            .expect("the server listens");
        let url = format!("ws://{}{path}", server.address());
        patient("a handshake", client_async(url, io))
            .await
            .expect("a handshake");
    }
}

#[actix_web::test]
async fn the_program_never_logs_a_token() {
    let upgrade = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    a_program_never_logs_a_token(env!("CARGO_BIN_EXE_ws-svc"), "/ws", &upgrade).await;
}
