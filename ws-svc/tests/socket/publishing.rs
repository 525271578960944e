//! `{"publish":…}` over `/ws`.

use crate::*;

#[actix_web::test]
async fn a_publication_is_acknowledged_and_delivered() {
    let server = Server::start::<Ws>(&[]);
    let mut socket = connect(server.address(), "/ws?channel=c").await;
    next(&mut socket).await;
    send_text(&mut socket, r#"{"publish":{"message":{"a":1}},"ref":"r"}"#).await;
    let (mut frames, mut message) = (Vec::new(), Value::Null);
    for _ in 0..2 {
        let frame = next_json(&mut socket).await;
        if frame.get("ref").is_some() {
            frames.push(frame);
        } else {
            message = frame;
        }
    }
    assert_eq!(message["message"], json!({ "a": 1 }));
    let expected = json!({ "ref": "r", "ok": { "id": message["id"], "time": message["time"] } });
    assert_eq!(frames, [expected]);
}

#[actix_web::test]
async fn pipelined_publications_are_answered_in_order() {
    let server = Server::start::<Ws>(&[]);
    let (mut publisher, mut subscriber) = (
        connect(server.address(), "/ws?channel=c").await,
        connect(server.address(), "/ws?channel=c").await,
    );
    next(&mut subscriber).await;
    for number in 0..100 {
        let request = json!({ "publish": { "message": number }, "ref": number });
        publisher
            .feed(Message::text(request.to_string()))
            .await
            .expect("an open connection");
    }
    publisher.flush().await.expect("an open connection");
    let mut answered = Vec::new();
    while answered.len() < 100 {
        let frame = next_json(&mut publisher).await;
        answered.extend(frame.get("ref").cloned());
    }
    assert_eq!(answered, (0..100).map(Value::from).collect::<Vec<_>>());
    for number in 0..100 {
        assert_eq!(next_json(&mut subscriber).await["message"], number);
    }
}

/// Each reply of its own would cost a call of the kernel, and a turn of the worker.
#[actix_web::test]
async fn replies_to_publications_that_arrive_together_are_sent_together() {
    let server = Server::start::<Ws>(&[]);
    let mut socket = connect(server.address(), "/ws?channel=c").await;
    next(&mut socket).await;
    for number in 0..16 {
        let request = json!({ "publish": { "message": number }, "ref": number });
        let request = Message::text(request.to_string());
        socket.feed(request).await.expect("an open connection");
    }
    socket.flush().await.expect("an open connection");
    for number in 0..16 {
        let frame = next_json(&mut socket).await;
        assert_eq!(frame["ref"], number, "before all messages: {frame}");
    }
    for number in 0..16 {
        assert_eq!(next_json(&mut socket).await["message"], number);
    }
}

#[actix_web::test]
async fn a_repeated_key_publishes_nothing() {
    let server = Server::start::<Ws>(&[]);
    let mut socket = connect(server.address(), "/ws?channel=quiet").await;
    let publish = json!({ "publish": { "message": 1, "key": "k" }, "ref": 1 });
    reply_to(&mut socket, publish.clone()).await;
    let again = reply_to(&mut socket, publish).await;
    let history = server.get("/messages?channel=quiet").await.json();
    assert_eq!(history["messages"].as_array().map(Vec::len), Some(1));
    assert_eq!(again["ok"]["id"], history["messages"][0]["id"]);
}

#[actix_web::test]
async fn a_reused_key_leaves_the_connection_open() {
    let server = Server::start::<Ws>(&[]);
    let mut socket = connect(server.address(), "/ws?channel=quiet").await;
    let publish =
        |message: u8| json!({ "publish": { "message": message, "key": "k" }, "ref": message });
    reply_to(&mut socket, publish(1)).await;
    let refused = reply_to(&mut socket, publish(2)).await;
    assert_eq!(
        refused["error"]["type"], "urn:trilane:problem:key-reused",
        "{refused}"
    );
    assert_eq!(
        (&refused["error"]["status"], &refused["ref"]),
        (&json!(422), &json!(2))
    );
    assert!(reply_to(&mut socket, publish(1)).await["ok"]["id"].is_string());
    let history = server.get("/messages?channel=quiet").await.json();
    assert_eq!(history["messages"].as_array().map(Vec::len), Some(1));
}

#[actix_web::test]
async fn a_bad_request_leaves_the_connection_open() {
    let server = Server::start::<Ws>(&["--max-body", "100"]);
    let mut socket = connect(server.address(), "/ws?channel=c").await;
    next(&mut socket).await;
    let refused = [
        (json!([1]), 400, Value::Null),
        (json!({ "ref": 1 }), 400, json!(1)),
        (json!({ "publish": [1], "ref": 2 }), 422, json!(2)),
        (json!({ "publish": {}, "ref": [3] }), 422, json!([3])),
        (
            json!({ "publish": { "message": 1, "key": "a b" }, "ref": 4 }),
            400,
            json!(4),
        ),
        (
            json!({ "publish": { "message": 1, "key": 5 }, "ref": 5 }),
            400,
            json!(5),
        ),
        (
            json!({ "publish": { "message": "x".repeat(100) }, "ref": 6 }),
            413,
            json!(6),
        ),
    ];
    for (request, status, reference) in refused {
        let reply = reply_to(&mut socket, request.clone()).await;
        assert_eq!(
            (&reply["error"]["status"], &reply["ref"]),
            (&json!(status), &reference),
            "{request}"
        );
        assert!(reply["error"]["detail"].is_string());
    }
    send_text(&mut socket, "no JSON").await;
    let refused = next_json(&mut socket).await;
    assert_eq!(
        refused["error"]["type"],
        "urn:trilane:problem:bad-request-frame"
    );
    assert_eq!(
        server.get("/messages?channel=c").await.json()["messages"],
        json!([])
    );
}

#[actix_web::test]
async fn a_refusal_quotes_only_the_beginning_of_a_long_text() {
    let server = Server::start::<Ws>(&[]);
    let mut socket = connect(server.address(), "/ws?channel=c").await;
    next(&mut socket).await;
    // Ten bytes each, once it is escaped twice.
    let long = "\u{7f}".repeat(20_000);
    for request in [
        json!({ "publish": { "message": 1, "channel": long } }),
        json!({ "publish": { "message": 1, "event": long } }),
        json!({ "publish": { "message": 1, "key": long } }),
        json!({ "subscribe": { "channel": long } }),
        json!({ "subscribe": { "channel": "d", "after": long } }),
        json!({ "subscribe": { "channel": "d", "after": format!("{long}@1-1") } }),
        json!({ "unsubscribe": { "channel": long } }),
    ] {
        let reply = reply_to(&mut socket, request).await.to_string();
        assert!(reply.contains("\"status\":400"), "{reply:.200}");
        assert!(reply.len() < 4000, "{} bytes: {reply:.200}", reply.len());
    }
}
