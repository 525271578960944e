//! `{"subscribe":…}` and `{"unsubscribe":…}` over `/ws`.

use crate::*;
use conformance::tokens::{FLAGS, token_for};

async fn hello(server: &Server, query: &str) -> (Socket, String) {
    let mut socket = connect(server.address(), &format!("/ws?{query}")).await;
    let hello = next_json(&mut socket).await;
    let cursor = hello["hello"]["cursor"].as_str().expect("a cursor");
    let cursor = cursor.to_owned();
    (socket, cursor)
}

fn name_of(reply: &Value) -> &str {
    let name = reply["error"]["type"].as_str();
    name.unwrap_or_else(|| panic!("an error, not {reply}"))
        .trim_start_matches("urn:trilane:problem:")
}

async fn subscribe(socket: &mut Socket, body: Value) -> Value {
    reply_to(socket, json!({ "subscribe": body, "ref": 7 })).await
}

async fn unsubscribe(socket: &mut Socket, channel: &str) -> Value {
    let body = json!({ "channel": channel });
    reply_to(socket, json!({ "unsubscribe": body, "ref": [8] })).await
}

#[actix_web::test]
async fn a_channel_is_added_and_removed() {
    let server = Server::start::<Ws>(&[]);
    let old = server.publish("b", json!(0)).await;
    let (mut socket, a) = hello(&server, "channel=a").await;
    let reply = subscribe(&mut socket, json!({ "channel": "b", "after": "0" })).await;
    let before = format!("{}-0", old.split_once('-').unwrap().0);
    let cursor = format!("a@{a},b@{before}");
    assert_eq!(
        reply,
        json!({ "ref": 7, "ok": { "channel": "b", "cursor": cursor } })
    );
    assert_eq!(next_json(&mut socket).await["id"], old);
    for (channel, number) in [("b", 1), ("a", 2), ("b", 3), ("a", 4)] {
        server.publish(channel, json!(number)).await;
        assert_eq!(next_json(&mut socket).await["message"], number);
    }
    let last = server.publish("a", json!(5)).await;
    assert_eq!(next_json(&mut socket).await["message"], 5);
    let reply = unsubscribe(&mut socket, "b").await;
    let cursor = format!("a@{last}");
    assert_eq!(
        reply,
        json!({ "ref": [8], "ok": { "channel": "b", "cursor": cursor } })
    );
    server.publish("b", json!(6)).await;
    server.publish("a", json!(7)).await;
    assert_eq!(next_json(&mut socket).await["message"], 7);
    assert_eq!(server.subscribers(), 1);
}

#[actix_web::test]
async fn the_last_channel_may_be_removed_and_added_again() {
    let server = Server::start::<Ws>(&[]);
    let (mut socket, _) = hello(&server, "channel=a").await;
    let reply = unsubscribe(&mut socket, "a").await;
    assert_eq!(reply["ok"], json!({ "channel": "a", "cursor": "" }));
    let missed = server.publish("a", json!(1)).await;
    let later = server.publish("a", json!(2)).await;
    let after = json!({ "channel": "a", "after": format!("a@{missed}") });
    let reply = subscribe(&mut socket, after).await;
    assert_eq!(reply["ok"]["cursor"], format!("a@{missed}"));
    assert_eq!(next_json(&mut socket).await["id"], later);
    // Publishing goes to the first channel of the request, as before.
    let request = json!({ "publish": { "message": 3 }, "ref": 1 });
    send_text(&mut socket, &request.to_string()).await;
    loop {
        let frame = next_json(&mut socket).await;
        if frame.get("id").is_some() {
            assert_eq!(
                (&frame["channel"], &frame["message"]),
                (&json!("a"), &json!(3))
            );
            break;
        }
    }
}

#[actix_web::test]
async fn a_lost_cursor_is_announced_and_reset() {
    let server = Server::start::<Ws>(&[]);
    let (mut socket, a) = hello(&server, "channel=a").await;
    let id = server.publish("b", json!(1)).await;
    let reply = subscribe(&mut socket, json!({ "channel": "b", "after": "7-1" })).await;
    let cursor = format!("a@{a},b@7-1");
    assert_eq!(
        reply["ok"],
        json!({ "channel": "b", "cursor": cursor, "reset": true })
    );
    let reset = next_json(&mut socket).await;
    let epoch = id.split_once('-').unwrap().0;
    let cursor = format!("a@{a},b@{epoch}-0");
    assert_eq!(
        reset["reset"],
        json!({ "channel": "b", "after": "7-1", "oldest": id, "cursor": cursor })
    );
    assert_eq!(next_json(&mut socket).await["id"], id);
}

#[actix_web::test]
async fn a_wrong_change_is_a_named_problem() {
    let server = Server::start::<Ws>(&[]);
    let (mut socket, _) = hello(&server, "channel=a,b").await;
    for (request, name) in [
        (
            json!({ "subscribe": { "channel": "b" } }),
            "already-subscribed",
        ),
        (
            json!({ "unsubscribe": { "channel": "c" } }),
            "not-subscribed",
        ),
        (json!({ "subscribe": { "channel": "b/c" } }), "bad-channel"),
        (
            json!({ "subscribe": { "channel": "c", "after": "7" } }),
            "bad-cursor",
        ),
        (
            json!({ "subscribe": { "channel": "c", "after": "b@7-1" } }),
            "bad-cursor",
        ),
        (json!({ "subscribe": {} }), "bad-request-frame"),
        (json!({ "subscribe": "c" }), "bad-request-frame"),
        (
            json!({ "subscribe": { "channel": "c" }, "publish": {} }),
            "bad-request-frame",
        ),
        (json!({ "ref": 1 }), "bad-request-frame"),
        (
            json!({ "publish": { "channel": "c,d", "message": 1 } }),
            "bad-channel",
        ),
    ] {
        let mut request = request;
        request["ref"] = json!("r");
        let reply = reply_to(&mut socket, request.clone()).await;
        assert_eq!(
            (name_of(&reply), &reply["ref"]),
            (name, &json!("r")),
            "{request}"
        );
    }
    server.publish("b", json!(1)).await;
    assert_eq!(next_json(&mut socket).await["message"], 1);
}

#[actix_web::test]
async fn a_connection_has_at_most_64_channels() {
    let server = Server::start::<Ws>(&["--new-channels", "0"]);
    let (mut socket, _) = hello(&server, "channel=c0,c1").await;
    for number in 2..64 {
        let reply = subscribe(&mut socket, json!({ "channel": format!("c{number}") })).await;
        assert!(reply.get("ok").is_some(), "{reply}");
    }
    let reply = subscribe(&mut socket, json!({ "channel": "c64" })).await;
    assert_eq!(name_of(&reply), "bad-channel");
    unsubscribe(&mut socket, "c0").await;
    let reply = subscribe(&mut socket, json!({ "channel": "c64" })).await;
    let cursor = reply["ok"]["cursor"].as_str().expect("a cursor");
    assert_eq!(cursor.split(',').count(), 64);
    server.publish("c64", json!(1)).await;
    assert_eq!(next_json(&mut socket).await["channel"], "c64");
}

#[actix_web::test]
async fn a_token_limits_the_channels_of_frames() {
    let server = Server::start::<Ws>(&FLAGS);
    let token = token_for(&["a"], &["a", "b"], 60.0);
    let (mut socket, _) = hello(&server, &format!("channel=a&access_token={token}")).await;
    let reply = subscribe(&mut socket, json!({ "channel": "c" })).await;
    assert_eq!(name_of(&reply), "channel-not-allowed");
    let detail = reply["error"]["detail"].as_str().expect("a detail");
    assert_eq!(detail, "the token does not have c in its claim subscribe");
    assert!(
        subscribe(&mut socket, json!({ "channel": "b" }))
            .await
            .get("ok")
            .is_some()
    );
    let publish = json!({ "publish": { "channel": "b", "message": 1 }, "ref": 1 });
    let reply = reply_to(&mut socket, publish).await;
    assert_eq!(name_of(&reply), "channel-not-allowed");
}

#[actix_web::test]
async fn frames_without_an_envelope_come_from_one_channel() {
    let server = Server::start::<Ws>(&[]);
    let path = "/ws?channel=a,b&envelope=none";
    let refused = server.request("GET", path, &UPGRADE, "").await;
    assert_eq!(refused.status, 400);
    let detail = refused.json()["detail"].to_string();
    assert!(detail.contains("needs one channel"), "{detail}");
}

#[actix_web::test]
async fn a_frame_may_name_the_channel_to_publish_on() {
    let server = Server::start::<Ws>(&[]);
    let (mut socket, _) = hello(&server, "channel=a,b").await;
    for (body, channel) in [
        (json!({ "message": 1 }), "a"),
        (json!({ "message": 2, "channel": "b" }), "b"),
        (json!({ "message": 3, "channel": "c" }), "c"),
    ] {
        let reply = reply_to(&mut socket, json!({ "publish": body, "ref": 1 })).await;
        let history = server.get(&format!("/messages?channel={channel}")).await;
        let message = &history.json()["messages"][0];
        assert_eq!(
            (&message["message"], &message["id"]),
            (&body["message"], &reply["ok"]["id"])
        );
    }
}
