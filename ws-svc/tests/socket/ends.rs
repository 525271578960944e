//! The end of a channel, for the connection that publishes it.

use crate::*;

#[actix_web::test]
async fn the_reply_to_the_end_arrives_before_the_close() {
    let server = Server::start::<Ws>(&[]);
    for number in 0..20 {
        let path = format!("/ws?channel=c{number}");
        let mut socket = connect(server.address(), &path).await;
        next(&mut socket).await;
        let request = json!({ "publish": { "end": true }, "ref": "e" });
        send_text(&mut socket, &request.to_string()).await;
        let mut kinds = Vec::new();
        let close = loop {
            match next(&mut socket).await {
                Message::Close(close) => break close.expect("a code"),
                frame => {
                    let text = frame.to_text().expect("text");
                    let frame: Value = serde_json::from_str(text).expect("JSON");
                    let kind = ["ref", "id", "end"]
                        .into_iter()
                        .find(|kind| frame.get(kind).is_some());
                    kinds.extend(kind);
                }
            }
        };
        assert_eq!(kinds.last(), Some(&"end"));
        kinds.sort_unstable();
        assert_eq!(kinds, ["end", "id", "ref"]);
        assert_eq!(close.code, CloseCode::Normal);
    }
    eventually("no subscriber", async || server.subscribers() == 0).await;
}

/// Sends requests in one segment, and returns the frames before the end.
async fn frames_until_end(socket: &mut Socket, requests: &[Value]) -> Vec<Value> {
    for request in requests {
        let text = request.to_string();
        socket.feed(text.into()).await.expect("an open connection");
    }
    socket.flush().await.expect("an open connection");
    let mut frames = Vec::new();
    loop {
        let frame = next_json(socket).await;
        if frame["end"].is_object() {
            return frames;
        }
        frames.push(frame);
    }
}

#[actix_web::test]
async fn requests_behind_the_end_get_their_replies_before_the_close() {
    let server = Server::start::<Ws>(&[]);
    let mut socket = connect(server.address(), "/ws?channel=c").await;
    next(&mut socket).await;
    let requests = [
        json!({ "publish": { "end": true }, "ref": 1 }),
        json!({ "publish": { "message": 1 }, "ref": 2 }),
        json!({ "publish": { "message": 1, "channel": "d" }, "ref": 3 }),
        json!({ "other": 1, "ref": 4 }),
    ];
    let frames = frames_until_end(&mut socket, &requests).await;
    let replies: Vec<_> = frames
        .iter()
        .filter(|frame| frame.get("ref").is_some())
        .collect();
    let references: Vec<_> = replies.iter().map(|reply| &reply["ref"]).collect();
    assert_eq!(references, [1, 2, 3, 4]);
    assert_eq!(
        replies[1]["error"]["type"],
        "urn:trilane:problem:channel-ended"
    );
    assert!(replies[2]["ok"]["id"].is_string(), "{}", replies[2]);
    assert_eq!(next_close(&mut socket).await.code, CloseCode::Normal);
}

#[actix_web::test]
async fn a_channel_that_is_added_behind_the_end_keeps_the_connection_open() {
    let server = Server::start::<Ws>(&[]);
    let mut socket = connect(server.address(), "/ws?channel=c").await;
    next(&mut socket).await;
    let requests = [
        json!({ "publish": { "end": true }, "ref": 1 }),
        json!({ "subscribe": { "channel": "d" }, "ref": 2 }),
        json!({ "publish": { "end": true, "channel": "d" }, "ref": 3 }),
    ];
    let frames = frames_until_end(&mut socket, &requests).await;
    let last_of_d = frames.iter().find(|frame| frame["channel"] == "d");
    assert_eq!(last_of_d.expect("the message of d")["end"], true);
    assert_eq!(
        &*next_close(&mut socket).await.reason,
        "all channels have ended"
    );
}

#[actix_web::test]
async fn without_an_envelope_the_close_is_all_that_is_told() {
    let server = Server::start::<Ws>(&[]);
    let mut socket = connect(server.address(), "/ws?channel=c&envelope=none").await;
    server.publish("c", json!("a")).await;
    let end = r#"{"end":true}"#;
    server.post("/messages?channel=c", &[], end).await;
    assert_eq!(next(&mut socket).await, Message::text("a"));
    let close = next_close(&mut socket).await;
    assert_eq!(
        (close.code, &*close.reason),
        (CloseCode::Normal, "the channel has ended")
    );
}

/// What a connection has added counts, and what it has removed does not.
#[actix_web::test]
async fn a_connection_ends_when_its_channels_have_ended() {
    let server = Server::start::<Ws>(&[]);
    let mut socket = connect(server.address(), "/ws?channel=a").await;
    next(&mut socket).await;
    let subscribe = json!({ "subscribe": { "channel": "b" }, "ref": 1 });
    reply_to(&mut socket, subscribe).await;
    server
        .post("/messages?channel=a", &[], r#"{"end":true}"#)
        .await;
    let end = next_json(&mut socket).await;
    assert_eq!(end["end"], true);
    server.publish("b", json!(1)).await;
    assert_eq!(next_json(&mut socket).await["message"], 1);
    let unsubscribe = json!({ "unsubscribe": { "channel": "b" }, "ref": 2 });
    let reply = reply_to(&mut socket, unsubscribe).await;
    let cursor = format!("a@{}", end["id"].as_str().expect("an id"));
    assert_eq!(reply["ok"]["cursor"], cursor);
    let told = next_json(&mut socket).await;
    assert_eq!(told, json!({ "end": { "cursor": cursor } }));
    let close = next_close(&mut socket).await;
    assert_eq!(
        (close.code, &*close.reason),
        (CloseCode::Normal, "all channels have ended")
    );
}
