//! Polls that repeat on one connection, and the requests between them.

use crate::*;

#[actix_web::test]
async fn polls_and_other_requests_share_a_connection() {
    let server = start(&[]);
    let (mut client, mut cursor) = (server.connect().await, cursor(&server).await);
    for _ in 0..3 {
        for _ in 0..3 {
            cursor = cursor_of(&waiting_poll(&server, &mut client, &path(&cursor), &[]).await);
        }
        assert_eq!(client.get("/health/ready").await.json()["readers"], 0);
        client
            .send(
                "POST",
                "/messages?channel=d",
                &[("content-type", "application/json")],
                r#"{"message":1}"#,
            )
            .await;
        assert_eq!(client.response().await.status, 200);
    }
    assert_eq!(server.connections(), 1);
}

#[actix_web::test]
async fn a_poll_that_differs_is_not_recognised() {
    let server = start(&[]);
    let (mut client, mut cursor) = polled_once(&server).await;
    for (end, header) in [
        ("&limit=1", ("a", "b")),
        ("&wait=9", ("a", "b")),
        ("&wait=9", ("a", "c")),
    ] {
        let path = format!("{}{end}", path(&cursor));
        cursor = cursor_of(&waiting_poll(&server, &mut client, &path, &[header]).await);
    }
    assert!(client.get("/poll?channel=d&after=7-1").await.json()["reset"].is_object());
    assert_eq!(client.get("/poll?channel=c&after=no").await.status, 400);
}

/// The first poll of each connection is answered by actix, the others by the hub.
#[actix_web::test]
async fn polls_with_and_without_an_envelope_wait_side_by_side() {
    let server = start(&[]);
    let mut after = cursor(&server).await;
    let mut clients = Vec::new();
    for envelope in ["", "&envelope=none", "", "&envelope=none"] {
        clients.push((server.connect().await, envelope));
    }
    for _ in 0..3 {
        for (client, envelope) in &mut clients {
            let path = format!("{}{envelope}", path(&after));
            client.send("GET", &path, &[], "").await;
        }
        waits(&server, 4).await;
        after = server.publish("c", json!("hi")).await;
        for (client, envelope) in &mut clients {
            let response = client.response().await;
            if envelope.is_empty() {
                assert_eq!(cursor_of(&response), after);
                assert_eq!(response.header("trilane-cursor"), None);
            } else {
                assert_eq!(response.body, "[\"hi\"]");
                assert_eq!(response.header("trilane-cursor"), Some(&*after));
            }
        }
    }
}

/// The hub would recognise the poll, and let it wait.
#[actix_web::test]
async fn a_poll_after_the_end_is_answered_at_once() {
    let server = start(&[]);
    for envelope in ["", "&envelope=none"] {
        let name = format!("c{}", envelope.len());
        let path = |after: &str| format!("/poll?channel={name}&after={after}{envelope}");
        let first = server.publish(&name, json!(1)).await;
        let mut client = server.connect().await;
        client.send("GET", &path(&first), &[], "").await;
        waits(&server, 1).await;
        let end = r#"{"message":2,"end":true}"#;
        let posted = server
            .post(&format!("/messages?channel={name}"), &[], end)
            .await;
        let last = posted.json()["id"].as_str().expect("an id").to_owned();
        let told = client.response().await;
        for response in [told, client.get(&path(&last)).await] {
            let is_told = if envelope.is_empty() {
                response.json()["end"] == true && cursor_of(&response) == last
            } else {
                response.header("trilane-end") == Some("true")
                    && response.header("trilane-cursor") == Some(&*last)
            };
            assert!(is_told, "{envelope}: {response:?}");
        }
    }
}

#[actix_web::test]
async fn a_cursor_that_expires_between_two_polls_gets_a_reset() {
    let server = start(&["--history", "1"]);
    let (mut client, cursor) = polled_once(&server).await;
    for _ in 0..2 {
        server.publish("c", json!("meanwhile")).await;
    }
    assert_eq!(
        client.get(&path(&cursor)).await.json()["reset"]["after"],
        cursor
    );
}

#[actix_web::test]
async fn a_recognised_poll_may_arrive_in_pieces() {
    let server = start(&[]);
    let (mut client, cursor) = polled_once(&server).await;
    let request = request(&cursor, "", "");
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
