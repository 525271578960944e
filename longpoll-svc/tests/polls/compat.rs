//! The compatibility endpoint, and the page.

use crate::*;

fn message(body: &str) -> Value {
    serde_json::from_str::<Value>(body).expect("JSON")["message"].take()
}

#[actix_web::test]
async fn a_compat_poll_waits_for_a_message() {
    let server = start(&[]);
    let mut waiting = poll(&server, "").await;
    eventually("a waiting poll", async || server.subscribers() == 1).await;
    let body = server.post("/messages", &[], r#"{"message":"hi"}"#).await;
    assert_eq!(body.status, 200);
    assert_eq!(waiting.response().await.json()["message"], "hi");
}

#[actix_web::test]
async fn messages_wait_for_compat_polls_in_order() {
    let server = start(&[]);
    for number in 0..3 {
        server.publish("main", json!(number)).await;
    }
    for number in 0..3 {
        assert_eq!(server.get("/poll").await.json()["message"], number);
    }
}

#[actix_web::test]
async fn a_compat_poll_waits_if_the_history_has_expired() {
    let server = start(&["--history-age", "1"]);
    server.publish("main", json!("old")).await;
    eventually("an empty history", async || {
        server.get("/messages").await.json()["messages"] == json!([])
    })
    .await;
    let mut waiting = poll(&server, "").await;
    waiting.head().await;
    eventually("a waiting poll", async || server.subscribers() == 1).await;
    server.publish("main", json!("new")).await;
    let mut body = String::new();
    while let Some(chunk) = waiting.chunk().await {
        body += &chunk;
    }
    assert_eq!(message(&body), "new");
}

#[actix_web::test]
async fn every_waiting_compat_poll_gets_the_message() {
    let server = start(&[]);
    let (mut one, mut two) = (poll(&server, "").await, poll(&server, "").await);
    eventually("two waiting polls", async || server.subscribers() == 2).await;
    server.publish("main", json!("for both")).await;
    for poll in [&mut one, &mut two] {
        assert_eq!(poll.response().await.json()["message"], "for both");
    }
}

#[actix_web::test]
async fn a_disconnected_compat_poll_consumes_no_message() {
    let server = start(&[]);
    let gone = poll(&server, "").await;
    eventually("a waiting poll", async || server.subscribers() == 1).await;
    drop(gone);
    eventually("no subscriber", async || server.subscribers() == 0).await;
    server.publish("main", json!("still here")).await;
    assert_eq!(server.get("/poll").await.json()["message"], "still here");
}

#[actix_web::test]
async fn a_waiting_compat_poll_gets_white_space_as_heartbeat() {
    let server = start(&["--heartbeat", "1"]);
    let mut waiting = poll(&server, "").await;
    waiting.head().await;
    assert_eq!(waiting.chunk().await.as_deref(), Some(" "));
    assert_eq!(waiting.chunk().await.as_deref(), Some(" "));
    server.publish("main", json!("hi")).await;
    let body = waiting.chunk().await.expect("the message");
    assert_eq!(message(&body), "hi");
    assert_eq!(waiting.chunk().await, None);
}

#[actix_web::test]
async fn a_compat_poll_over_http_1_0_gets_no_chunks() {
    let server = start(&[]);
    server.publish("main", json!("hi")).await;
    let mut client = server.connect().await;
    client.write(b"GET /poll HTTP/1.0\r\n\r\n").await;
    assert_eq!(client.head().await.header("transfer-encoding"), None);
    let body = client.rest().await;
    assert_eq!(message(&body), "hi");
}

#[actix_web::test]
async fn the_root_is_a_page() {
    let page = start(&[]).get("/").await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    assert!(page.body.contains("/poll"));
}

#[actix_web::test]
async fn a_compat_poll_is_aborted_when_its_token_expires() {
    let server = start(&[&["--heartbeat", "1"][..], &tokens::FLAGS].concat());
    let began = Instant::now();
    let token = tokens::token_for(&[], &["main"], 1.5);
    let mut waiting = poll(&server, &format!("?access_token={token}")).await;
    assert_eq!(waiting.head().await.status, 200);
    // A chunk of white space, and no last chunk.
    assert_eq!(waiting.rest().await, "1\r\n \r\n");
    assert!(
        began.elapsed() >= Duration::from_millis(1500),
        "{:?}",
        began.elapsed()
    );
    eventually("no subscriber", async || server.subscribers() == 0).await;
}

#[actix_web::test]
async fn the_program_never_logs_a_token() {
    a_program_never_logs_a_token(env!("CARGO_BIN_EXE_longpoll-svc"), "/poll", &[]).await;
}

#[actix_web::test]
async fn with_no_compat_a_poll_needs_a_channel() {
    let server = start(&["--no-compat"]);
    let refused = server.get("/poll").await;
    assert_eq!(
        (refused.status, refused.json()["type"].as_str()),
        (404, Some("urn:trilane:problem:no-compat"))
    );
    assert_eq!(server.get("/poll?channel=main").await.status, 200);
}
