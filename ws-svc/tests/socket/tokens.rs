//! Tokens and rates of a connection that publishes several times.

use crate::*;
use conformance::{scenarios::logging::a_program_never_logs_a_token, tokens};

async fn publish(socket: &mut Socket) -> Value {
    reply_to(socket, json!({ "publish": { "message": 1 }, "ref": 1 })).await
}

fn assert_refused(reply: &Value, status: u16, name: &str) {
    let error = &reply["error"];
    assert_eq!(error["type"], format!("urn:trilane:problem:{name}"));
    assert_eq!(error["status"], status);
}

#[actix_web::test]
async fn a_refused_publication_leaves_the_connection_open() {
    let server = Server::start::<Ws>(&tokens::FLAGS);
    let token = tokens::token_for(&["news.*"], &["*"], 60.0);
    let path = |channel| format!("/ws?channel={channel}&access_token={token}");
    let mut other = connect(server.address(), &path("other")).await;
    for _ in 0..2 {
        assert_refused(&publish(&mut other).await, 403, "channel-not-allowed");
    }
    let mut news = connect(server.address(), &path("news.a")).await;
    assert!(publish(&mut news).await["ok"]["id"].is_string());
}

#[actix_web::test]
async fn a_rate_limit_leaves_the_connection_open() {
    let server = Server::start::<Ws>(&["--publish-rate", "0.01"]);
    let mut socket = connect(server.address(), "/ws?channel=c").await;
    assert!(publish(&mut socket).await["ok"]["id"].is_string());
    for _ in 0..2 {
        assert_refused(&publish(&mut socket).await, 429, "too-many-publications");
    }
    let http = server.post("/messages", &[], r#"{"message":1}"#).await;
    let same = "HTTP and WebSocket share the rate of an address";
    assert_eq!(http.status, 429, "{same}");
}

#[actix_web::test]
async fn compatibility_endpoints_need_no_token() {
    let server = Server::start::<Ws>(&tokens::FLAGS);
    for path in ["/", "/echo"] {
        connect(server.address(), path).await;
    }
}

#[actix_web::test]
async fn the_program_never_logs_a_token() {
    a_program_never_logs_a_token(env!("CARGO_BIN_EXE_ws-svc"), "/ws", &UPGRADE).await;
}
