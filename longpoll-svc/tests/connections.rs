//! One connection with several requests: polls that wait in the hub, and requests that actix answers.

use conformance::{
    Client, Response, Server, eventually, patient,
    scenarios::connections::assert_tcp_reset_is_noticed, tokens,
};
use longpoll_svc::LongPoll;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const JSON: (&str, &str) = ("content-type", "application/json");

fn start(flags: &[&str]) -> Server {
    Server::start::<LongPoll>(flags)
}

async fn cursor(server: &Server) -> String {
    cursor_of(&server.get("/poll?channel=c").await)
}

fn cursor_of(response: &Response) -> String {
    response.json()["cursor"]
        .as_str()
        .expect("a cursor")
        .to_owned()
}

fn path(cursor: &str) -> String {
    format!("/poll?channel=c&after={cursor}")
}

async fn waits(server: &Server, count: i64) {
    eventually("waiting polls", async || server.subscribers() == count).await;
}

/// Polls, publishes a message once the poll waits, and returns the response.
async fn waiting_poll(
    server: &Server,
    client: &mut Client,
    path: &str,
    headers: &[(&str, &str)],
) -> Response {
    client.send("GET", path, headers, "").await;
    waits(server, 1).await;
    let id = server.publish("c", json!("hi")).await;
    let response = client.response().await;
    assert_eq!((response.status, cursor_of(&response)), (200, id));
    response
}

#[actix_web::test]
async fn polls_and_other_requests_share_a_connection() {
    let server = start(&[]);
    let (mut client, mut cursor) = (server.connect().await, cursor(&server).await);
    for _ in 0..3 {
        for _ in 0..3 {
            cursor = cursor_of(&waiting_poll(&server, &mut client, &path(&cursor), &[]).await);
        }
        client.send("GET", "/health/ready", &[], "").await;
        assert_eq!(client.response().await.json()["readers"], 0);
        client
            .send("POST", "/messages?channel=d", &[JSON], r#"{"message":1}"#)
            .await;
        assert_eq!(client.response().await.status, 200);
    }
    assert_eq!(
        server.running().service().hub.metrics().connections.get(),
        1
    );
}

#[actix_web::test]
async fn a_poll_that_differs_is_not_recognised() {
    let server = start(&[]);
    let mut client = server.connect().await;
    let mut cursor =
        cursor_of(&waiting_poll(&server, &mut client, &path(&cursor(&server).await), &[]).await);
    for (end, header) in [
        ("&limit=1", ("a", "b")),
        ("&wait=9", ("a", "b")),
        ("&wait=9", ("a", "c")),
    ] {
        cursor = cursor_of(
            &waiting_poll(
                &server,
                &mut client,
                &format!("{}{end}", path(&cursor)),
                &[header],
            )
            .await,
        );
    }
    client
        .send("GET", "/poll?channel=d&after=7-1", &[], "")
        .await;
    assert!(client.response().await.json()["reset"].is_object());
    client
        .send("GET", "/poll?channel=c&after=no", &[], "")
        .await;
    assert_eq!(client.response().await.status, 400);
}

#[actix_web::test]
async fn a_cursor_that_expires_between_two_polls_gets_a_reset() {
    let server = start(&["--history", "1"]);
    let mut client = server.connect().await;
    let cursor =
        cursor_of(&waiting_poll(&server, &mut client, &path(&cursor(&server).await), &[]).await);
    for _ in 0..2 {
        server.publish("c", json!("meanwhile")).await;
    }
    client.send("GET", &path(&cursor), &[], "").await;
    assert_eq!(client.response().await.json()["reset"]["after"], cursor);
}

#[actix_web::test]
async fn a_recognised_poll_may_arrive_in_pieces() {
    let server = start(&[]);
    let mut client = server.connect().await;
    let cursor =
        cursor_of(&waiting_poll(&server, &mut client, &path(&cursor(&server).await), &[]).await);
    let request = format!("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", path(&cursor));
    let (first, second) = request.split_at(20);
    client.write(first.as_bytes()).await;
    assert!(
        tokio::time::timeout(Duration::from_millis(100), client.peek())
            .await
            .is_err(),
        "half a request"
    );
    client.write(second.as_bytes()).await;
    waits(&server, 1).await;
    let id = server.publish("c", json!(2)).await;
    assert_eq!(cursor_of(&client.response().await), id);
}

#[actix_web::test]
async fn pipelined_polls_are_answered_in_order() {
    let server = start(&[]);
    let cursor = cursor(&server).await;
    let poll = |wait| {
        format!(
            "GET {}&wait={wait} HTTP/1.1\r\nHost: localhost\r\n\r\n",
            path(&cursor)
        )
    };
    let (mut at_once, mut later) = (server.connect().await, server.connect().await);
    at_once.write([poll(60), poll(0)].concat().as_bytes()).await;
    later.write(poll(60).as_bytes()).await;
    waits(&server, 2).await;
    later.write([poll(60), poll(0)].concat().as_bytes()).await;
    server.publish("c", json!("hi")).await;
    for (client, count) in [(&mut at_once, 2), (&mut later, 3)] {
        for _ in 0..count {
            assert_eq!(
                client.response().await.json()["messages"][0]["message"],
                "hi"
            );
        }
    }
}

#[actix_web::test]
async fn earlier_responses_are_not_part_of_a_template() {
    let server = start(&[]);
    let (mut client, cursor) = (server.connect().await, cursor(&server).await);
    let request = |target: &str, header: &str| {
        format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n{header}\r\n")
    };
    client
        .write((request("/no", "") + &request(&path(&cursor), "")).as_bytes())
        .await;
    assert_eq!(client.response().await.status, 404, "at once");
    waits(&server, 1).await;
    let mut id = server.publish("c", json!(1)).await;
    for _ in 0..2 {
        assert_eq!(cursor_of(&client.response().await), id);
        id = cursor_of(&waiting_poll(&server, &mut client, &path(&id), &[]).await);
        client
            .write(request(&path(&id), "Expect: 100-continue\r\n").as_bytes())
            .await;
        assert_eq!(client.head().await.status, 100);
        waits(&server, 1).await;
        id = server.publish("c", json!(2)).await;
    }
}

#[actix_web::test]
async fn two_equal_polls_get_two_responses() {
    let server = start(&[]);
    let (mut client, cursor) = (server.connect().await, cursor(&server).await);
    let poll = format!("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", path(&cursor));
    client.write([&*poll, &*poll].concat().as_bytes()).await;
    waits(&server, 1).await;
    server.publish("c", json!("hi")).await;
    for _ in 0..2 {
        assert_eq!(
            client.response().await.json()["messages"][0]["message"],
            "hi"
        );
    }
}

#[actix_web::test]
async fn a_connection_closes_after_its_last_request() {
    let server = start(&[]);
    let mut client = server.connect().await;
    let response = waiting_poll(
        &server,
        &mut client,
        &path(&cursor(&server).await),
        &[("connection", "close")],
    )
    .await;
    assert_eq!(response.header("connection"), Some("close"));
    assert_eq!(client.rest().await, "");
    let mut old = server.connect().await;
    old.write(format!("GET {} HTTP/1.0\r\n\r\n", path(&cursor_of(&response))).as_bytes())
        .await;
    waits(&server, 1).await;
    server.publish("c", json!("hi")).await;
    assert!(old.rest().await.contains("\r\n\r\n{\"messages\":[{"));
}

#[actix_web::test]
async fn every_response_has_the_same_headers() {
    let server = start(&["--origins", "http://page.example"]);
    let (mut client, mut cursor) = (server.connect().await, cursor(&server).await);
    let origin = [("origin", "http://page.example")];
    for _ in 0..3 {
        let response = waiting_poll(&server, &mut client, &path(&cursor), &origin).await;
        assert_eq!(
            response.header("access-control-allow-origin"),
            Some("http://page.example")
        );
        assert_eq!(response.header("content-type"), Some("application/json"));
        assert_eq!(response.header("cache-control"), Some("no-store"));
        assert_eq!(response.header("transfer-encoding"), None);
        assert!(
            response
                .header("date")
                .is_some_and(|date| date.ends_with(" GMT"))
        );
        cursor = cursor_of(&response);
    }
}

#[actix_web::test]
async fn a_poll_waits_until_its_token_expires() {
    let server = start(&tokens::FLAGS);
    let token = tokens::token_for(&["c"], &["c"], 1.5);
    let path = |after: &str| format!("/poll?channel=c&after={after}&access_token={token}");
    let mut client = server.connect().await;
    client.send("GET", &path("0"), &[], "").await;
    let empty = client.response().await;
    assert_eq!(
        (empty.status, &empty.json()["messages"]),
        (200, &Value::Array(Vec::new()))
    );
    client.send("GET", &path(&cursor_of(&empty)), &[], "").await;
    assert_eq!(client.response().await.status, 401);
}

#[actix_web::test]
async fn a_tcp_reset_of_a_poll_in_actix_is_noticed() {
    let server = start(&[]);
    let cursor = cursor(&server).await;
    let (path, close) = (path(&cursor), [("connection", "close")]);
    for (path, headers) in [
        (&*path, &close[..]),
        ("/poll", &[]),
        ("/poll?%63hannel=c&after=0", &[]),
    ] {
        for count in [1, 500, 10_000] {
            let mut client = server.connect().await;
            client.send("GET", path, headers, "").await;
            waits(&server, 1).await;
            let more = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n".repeat(count);
            assert_tcp_reset_is_noticed(&server, client, more.as_bytes()).await;
        }
    }
}

#[actix_web::test]
async fn a_poll_during_a_drain_waits_half_a_second() {
    let server = start(&[]);
    let path = path(&cursor(&server).await);
    server.running().service().hub.drain(Duration::ZERO);
    let began = Instant::now();
    let response = server.get(&path).await;
    assert_eq!(
        (response.status, response.header("connection")),
        (200, Some("close"))
    );
    assert!(
        began.elapsed() >= Duration::from_millis(500),
        "{:?}",
        began.elapsed()
    );
}

#[actix_web::test]
async fn requests_behind_a_waiting_poll_are_answered() {
    let server = start(&[]);
    let (mut client, cursor) = (server.connect().await, cursor(&server).await);
    client
        .send(
            "GET",
            &path(&cursor),
            &[("a", "b"), ("x", &"y".repeat(5000))],
            "",
        )
        .await;
    waits(&server, 1).await;
    let requests = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n".repeat(2000);
    let (io, _) = client.into_parts();
    let (reads, mut writes) = io.into_split();
    let written =
        async { tokio::io::AsyncWriteExt::write_all(&mut writes, requests.as_bytes()).await };
    let read = async {
        server.publish("c", json!("hi")).await;
        let mut all = String::new();
        let mut reads = tokio::io::BufReader::new(reads);
        while all.matches("HTTP/1.1 200 OK").count() < 2001 {
            let chunk = tokio::io::AsyncBufReadExt::fill_buf(&mut reads)
                .await
                .expect("an open connection");
            assert!(!chunk.is_empty());
            all += str::from_utf8(chunk).expect("text");
            let length = chunk.len();
            tokio::io::AsyncBufReadExt::consume(&mut reads, length);
        }
    };
    let (written, ()) = patient("all responses", async { tokio::join!(written, read) }).await;
    written.expect("all is read");
}

#[actix_web::test]
async fn an_idle_connection_ends_with_its_peer_or_the_service() {
    let server = start(&[]);
    let (mut leaves, mut stays) = (server.connect().await, server.connect().await);
    for client in [&mut leaves, &mut stays] {
        waiting_poll(&server, client, &path(&cursor(&server).await), &[]).await;
    }
    let connections = || server.running().service().hub.metrics().connections.get();
    drop(leaves);
    eventually("one connection", async || connections() == 1).await;
    server.stop().await;
    assert_eq!(stays.rest().await, "");
    assert_eq!(connections(), 0);
}

#[actix_web::test]
async fn an_idle_connection_is_closed_after_the_keep_alive() {
    let server = start(&["--keep-alive", "1"]);
    let mut by_actix = server.connect().await;
    by_actix.send("GET", "/health/live", &[], "").await;
    assert_eq!(by_actix.response().await.status, 200);
    let mut by_hub = server.connect().await;
    waiting_poll(&server, &mut by_hub, &path(&cursor(&server).await), &[]).await;
    // Less than the 75 s of the default.
    assert_eq!(
        (by_actix.rest().await, by_hub.rest().await),
        (String::new(), String::new())
    );
}
