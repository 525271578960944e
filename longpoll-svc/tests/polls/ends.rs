//! How polls and their connections end.

use crate::*;

#[actix_web::test]
async fn a_connection_closes_after_its_last_request() {
    let server = start(&[]);
    let mut client = server.connect().await;
    let first = path(&cursor(&server).await);
    let close = [("connection", "close")];
    let response = waiting_poll(&server, &mut client, &first, &close).await;
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
async fn a_poll_waits_until_its_token_expires() {
    let server = start(&tokens::FLAGS);
    let token = tokens::token_for(&["c"], &["c"], 1.5);
    let path = |after: &str| format!("/poll?channel=c&after={after}&access_token={token}");
    let mut client = server.connect().await;
    let empty = client.get(&path("0")).await;
    assert_eq!(
        (empty.status, &empty.json()["messages"]),
        (200, &Value::Array(Vec::new()))
    );
    assert_eq!(client.get(&path(&cursor_of(&empty))).await.status, 401);
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
async fn an_idle_connection_ends_with_its_peer_or_the_service() {
    let server = start(&[]);
    let (leaves, mut stays) = (polled_once(&server).await.0, polled_once(&server).await.0);
    drop(leaves);
    eventually("one connection", async || server.connections() == 1).await;
    server.stop().await;
    assert_eq!(stays.rest().await, "");
    assert_eq!(server.connections(), 0);
}

#[actix_web::test]
async fn an_idle_connection_is_closed_after_the_keep_alive() {
    let server = start(&["--keep-alive", "1"]);
    let mut by_actix = server.connect().await;
    assert_eq!(by_actix.get("/health/live").await.status, 200);
    let (mut by_hub, _) = polled_once(&server).await;
    // Less than the 75 s of the default.
    assert_eq!(
        (by_actix.rest().await, by_hub.rest().await),
        (String::new(), String::new())
    );
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
        client.get("/health/ready").await.json()["readers"] == 3
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
