//! Waiting and limits of polls, and the compatibility endpoint.

use conformance::{
    Client, Process, Server, eventually, patient, scenarios::logging::a_program_never_logs_a_token,
    tokens,
};
use longpoll_svc::LongPoll;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A poll under way.
async fn poll(server: &Server, query: &str) -> Client {
    let mut client = server.connect().await;
    client.send("GET", &format!("/poll{query}"), &[], "").await;
    client
}

async fn cursor(server: &Server) -> String {
    let cursor = server.get("/poll?channel=c").await.json()["cursor"].clone();
    cursor.as_str().expect("a cursor").to_owned()
}

#[actix_web::test]
async fn without_a_cursor_a_poll_returns_the_latest_id() {
    let server = Server::start::<LongPoll>(&[]);
    let id = server.publish("c", json!(1)).await;
    assert_eq!(
        server.get("/poll?channel=c").await.json(),
        json!({ "messages": [], "cursor": id })
    );
}

#[actix_web::test]
async fn a_poll_waits_for_its_wait_parameter() {
    let server = Server::start::<LongPoll>(&[]);
    let cursor = cursor(&server).await;
    let empty = json!({ "messages": [], "cursor": cursor });
    for (wait, seconds) in [(0, 0), (1, 1), (2, 2)] {
        let began = Instant::now();
        let answer = server
            .get(&format!("/poll?channel=c&after={cursor}&wait={wait}"))
            .await
            .json();
        assert_eq!(answer, empty);
        assert!(
            began.elapsed() >= Duration::from_secs(seconds),
            "{wait} s took {:?}",
            began.elapsed()
        );
    }
    assert_eq!(server.subscribers(), 0);
}

#[actix_web::test]
async fn bad_numbers_are_named_problems() {
    let server = Server::start::<LongPoll>(&[]);
    for (query, words) in [
        ("channel=c&wait=61", "a whole number from 0 to 60"),
        ("channel=c&wait=soon", "wait=\\\"soon\\\""),
        ("channel=c&limit=0", "a whole number from 1 to 1000"),
        ("after=0", "needs channel=NAME"),
        ("wait=1", "needs channel=NAME"),
        ("limit=1", "needs channel=NAME"),
    ] {
        let response = server.get(&format!("/poll?{query}")).await;
        assert_eq!(response.status, 400);
        assert!(response.body.contains(words), "{query}: {}", response.body);
    }
}

#[actix_web::test]
async fn a_response_has_all_messages_up_to_the_limit() {
    let server = Server::start::<LongPoll>(&[]);
    for number in 0..5 {
        server.publish("c", json!(number)).await;
    }
    let first = server.get("/poll?channel=c&after=0&limit=2").await.json();
    assert_eq!(first["messages"].as_array().map(Vec::len), Some(2));
    let path = format!(
        "/poll?channel=c&after={}",
        first["cursor"].as_str().expect("a cursor")
    );
    assert_eq!(
        server.get(&path).await.json()["messages"]
            .as_array()
            .map(Vec::len),
        Some(3)
    );
}

#[actix_web::test]
async fn a_compat_poll_waits_for_a_message() {
    let server = Server::start::<LongPoll>(&[]);
    let mut waiting = poll(&server, "").await;
    eventually("a waiting poll", async || server.subscribers() == 1).await;
    let body = server
        .request(
            "POST",
            "/messages",
            &[("content-type", "application/json")],
            r#"{"message":"hi"}"#,
        )
        .await;
    assert_eq!(body.status, 200);
    assert_eq!(waiting.response().await.json()["message"], "hi");
}

#[actix_web::test]
async fn messages_wait_for_compat_polls_in_order() {
    let server = Server::start::<LongPoll>(&[]);
    for number in 0..3 {
        server.publish("main", json!(number)).await;
    }
    for number in 0..3 {
        assert_eq!(server.get("/poll").await.json()["message"], number);
    }
}

#[actix_web::test]
async fn a_compat_poll_waits_if_the_history_has_expired() {
    let server = Server::start::<LongPoll>(&["--history-age", "1"]);
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
    assert_eq!(
        serde_json::from_str::<Value>(&body).expect("JSON")["message"],
        "new"
    );
}

#[actix_web::test]
async fn every_waiting_compat_poll_gets_the_message() {
    let server = Server::start::<LongPoll>(&[]);
    let (mut one, mut two) = (poll(&server, "").await, poll(&server, "").await);
    eventually("two waiting polls", async || server.subscribers() == 2).await;
    server.publish("main", json!("for both")).await;
    for poll in [&mut one, &mut two] {
        assert_eq!(poll.response().await.json()["message"], "for both");
    }
}

#[actix_web::test]
async fn a_disconnected_compat_poll_consumes_no_message() {
    let server = Server::start::<LongPoll>(&[]);
    let gone = poll(&server, "").await;
    eventually("a waiting poll", async || server.subscribers() == 1).await;
    drop(gone);
    eventually("no subscriber", async || server.subscribers() == 0).await;
    server.publish("main", json!("still here")).await;
    assert_eq!(server.get("/poll").await.json()["message"], "still here");
}

#[actix_web::test]
async fn a_waiting_compat_poll_gets_white_space_as_heartbeat() {
    let server = Server::start::<LongPoll>(&["--heartbeat", "1"]);
    let mut waiting = poll(&server, "").await;
    waiting.head().await;
    assert_eq!(waiting.chunk().await.as_deref(), Some(" "));
    assert_eq!(waiting.chunk().await.as_deref(), Some(" "));
    server.publish("main", json!("hi")).await;
    let body = waiting.chunk().await.expect("the message");
    assert_eq!(
        serde_json::from_str::<Value>(&body).expect("JSON")["message"],
        "hi"
    );
    assert_eq!(waiting.chunk().await, None);
}

#[actix_web::test]
async fn a_compat_poll_over_http_1_0_gets_no_chunks() {
    let server = Server::start::<LongPoll>(&[]);
    server.publish("main", json!("hi")).await;
    let mut client = server.connect().await;
    client.write(b"GET /poll HTTP/1.0\r\n\r\n").await;
    assert_eq!(client.head().await.header("transfer-encoding"), None);
    let body = client.rest().await;
    assert_eq!(
        serde_json::from_str::<Value>(&body).expect("JSON")["message"],
        "hi"
    );
}

#[actix_web::test]
async fn the_root_is_a_page() {
    let page = Server::start::<LongPoll>(&[]).get("/").await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    assert!(page.body.contains("/poll"));
}

#[actix_web::test]
async fn the_program_drains_with_waiting_polls() {
    let mut process = Process::start(env!("CARGO_BIN_EXE_longpoll-svc"), &[]);
    let mut waiting_polls = Vec::new();
    for path in [
        "/poll",
        "/poll?channel=c&after=0&wait=60",
        "/poll?channel=c&after=0&wait=60",
    ] {
        let mut client = Client::connect(process.address()).await;
        client.send("GET", path, &[], "").await;
        waiting_polls.push(client);
    }
    eventually("three waiting polls", async || {
        let mut client = Client::connect(process.address()).await;
        client.send("GET", "/health/ready", &[], "").await;
        client.response().await.json()["readers"] == 3
    })
    .await;
    process.terminate();
    for client in &mut waiting_polls[1..] {
        assert_eq!(patient("a response", client.response()).await.status, 200);
    }
    waiting_polls.remove(0).rest().await;
    let (status, took) = process.end().await;
    assert!(
        status.success() && took < Duration::from_secs(10),
        "{status} after {took:?}"
    );
}

#[actix_web::test]
async fn a_compat_poll_is_aborted_when_its_token_expires() {
    let server = Server::start::<LongPoll>(&[&["--heartbeat", "1"][..], &tokens::FLAGS].concat());
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
    let server = Server::start::<LongPoll>(&["--no-compat"]);
    let refused = server.get("/poll").await;
    assert_eq!(
        (refused.status, refused.json()["type"].as_str()),
        (404, Some("urn:trilane:problem:no-compat"))
    );
    assert_eq!(server.get("/poll?channel=main").await.status, 200);
}

#[actix_web::test]
async fn a_large_backlog_is_one_response_over_http_1_0_too() {
    let server = Server::start::<LongPoll>(&[]);
    let texts: Vec<_> = [1, 60_000, 20_000, 60_000, 10]
        .map(|length| "x".repeat(length))
        .into();
    let mut last = String::new();
    for text in &texts {
        last = server.publish("c", json!(text)).await;
    }
    let all = |answer: Value| {
        let messages = answer["messages"].as_array().expect("messages").iter();
        let got: Vec<_> = messages
            .map(|message| message["message"].as_str().expect("a text").to_owned())
            .collect();
        assert!(got == texts && answer["cursor"] == last.as_str(), "{got:?}");
    };
    for path in ["/poll?channel=c&after=0", "/messages?channel=c"] {
        all(server.get(path).await.json());
        let mut old = server.connect().await;
        old.write(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes())
            .await;
        let response = old.rest().await;
        let (head, body) = response.split_once("\r\n\r\n").expect("a head");
        assert!(
            !head.to_ascii_lowercase().contains("transfer-encoding"),
            "{head}"
        );
        all(serde_json::from_str(body).expect("JSON"));
    }
    let sent = server.metric("delivered_total", "longpoll");
    assert_eq!(sent, 2 * texts.len() as u64);
}
