//! Several requests at once on one connection.

use crate::*;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

#[actix_web::test]
async fn pipelined_polls_are_answered_in_order() {
    let server = start(&[]);
    let cursor = cursor(&server).await;
    let poll = |wait| request(&cursor, &format!("&wait={wait}"), "");
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
    let missing = "GET /no HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let both = missing.to_owned() + &request(&cursor, "", "");
    client.write(both.as_bytes()).await;
    assert_eq!(client.response().await.status, 404, "at once");
    waits(&server, 1).await;
    let mut id = server.publish("c", json!(1)).await;
    for _ in 0..2 {
        assert_eq!(cursor_of(&client.response().await), id);
        id = cursor_of(&waiting_poll(&server, &mut client, &path(&id), &[]).await);
        let expects = request(&id, "", "Expect: 100-continue\r\n");
        client.write(expects.as_bytes()).await;
        assert_eq!(client.head().await.status, 100);
        waits(&server, 1).await;
        id = server.publish("c", json!(2)).await;
    }
}

#[actix_web::test]
async fn two_equal_polls_get_two_responses() {
    let server = start(&[]);
    let (mut client, cursor) = (server.connect().await, cursor(&server).await);
    let poll = request(&cursor, "", "");
    client.write(poll.repeat(2).as_bytes()).await;
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
async fn requests_behind_a_waiting_poll_are_answered() {
    let server = start(&[]);
    let (mut client, cursor) = (server.connect().await, cursor(&server).await);
    let long = [("a", "b"), ("x", &*"y".repeat(5000))];
    client.send("GET", &path(&cursor), &long, "").await;
    waits(&server, 1).await;
    let requests = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n".repeat(2000);
    let (io, _) = client.into_parts();
    let (reads, mut writes) = io.into_split();
    let written = async { writes.write_all(requests.as_bytes()).await };
    let read = async {
        server.publish("c", json!("hi")).await;
        let mut all = String::new();
        let mut reads = BufReader::new(reads);
        while all.matches("HTTP/1.1 200 OK").count() < 2001 {
            let chunk = reads.fill_buf().await.expect("an open connection");
            assert!(!chunk.is_empty());
            all += str::from_utf8(chunk).expect("text");
            let length = chunk.len();
            reads.consume(length);
        }
    };
    let (written, ()) = patient("all responses", async { tokio::join!(written, read) }).await;
    written.expect("the server reads all requests");
}
