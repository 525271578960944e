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
