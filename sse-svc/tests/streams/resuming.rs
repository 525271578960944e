//! Where a stream resumes: `after`, `Last-Event-ID`, and other spellings of it.

use crate::*;
use common::message::{MAX_CHANNELS, MAX_NAMES};

#[actix_web::test]
async fn the_last_event_id_wins_over_after() {
    let server = Server::start::<Sse>(&[]);
    let first = server.publish("c", json!(1)).await;
    server.publish("c", json!(2)).await;
    let mut stream = events(&server, "?channel=c&after=0", &[("last-event-id", &first)]).await;
    assert!(
        stream
            .chunk()
            .await
            .is_some_and(|chunk| chunk.contains("\"message\":2"))
    );
    let wrong = server
        .request("GET", "/events?channel=c", &[("last-event-id", "x")], "")
        .await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.body.contains("Last-Event-ID"), "{}", wrong.body);
}

/// An `EventSource` keeps the `after` of its URL, and adds the header when it reconnects. An error
/// status would stop it for good.
#[actix_web::test]
async fn an_event_source_of_many_channels_may_reconnect() {
    let server = Server::start::<Sse>(&["--new-channels", "0"]);
    let width = MAX_NAMES / MAX_CHANNELS;
    let names: Vec<_> = (0..MAX_CHANNELS)
        .map(|number| format!("{number:0width$}"))
        .collect();
    let ids: Vec<_> = names
        .iter()
        .map(|name| format!("{name}@1795340000123-9999999999"))
        .collect();
    let cursor = ids.join(",");
    let escaped = cursor.replace('@', "%40").replace(',', "%2C");
    let path = format!("/events?channel={}&after={escaped}", names.join("%2C"));
    let others = "x".repeat(1000);
    let headers = [("last-event-id", &*cursor), ("cookie", &others)];
    let mut client = server.connect().await;
    client.send("GET", &path, &headers, "").await;
    assert_eq!(client.head().await.status, 200);
}

#[actix_web::test]
async fn the_last_event_id_may_be_a_parameter() {
    let server = Server::start::<Sse>(&[]);
    let (first, second) = (
        server.publish("c", json!(1)).await,
        server.publish("c", json!(2)).await,
    );
    server.publish("c", json!(3)).await;
    for name in ["lastEventId", "Last-Event-ID"] {
        let mut stream = events(&server, &format!("?channel=c&after=0&{name}={first}"), &[]).await;
        let chunk = stream.chunk().await.expect("an open stream");
        assert!(
            chunk.contains("\"message\":2") && !chunk.contains("\"message\":1"),
            "{name}: {chunk}"
        );
    }
    // The URL may contain the parameter; the header has the client's latest id.
    let header = [("last-event-id", &*second)];
    let mut stream = events(&server, &format!("?channel=c&lastEventId={first}"), &header).await;
    assert!(
        stream
            .chunk()
            .await
            .is_some_and(|chunk| !chunk.contains("\"message\":2"))
    );
    let mut stream = events(&server, "?channel=c&after=0&lastEventId=", &[]).await;
    assert!(
        stream
            .chunk()
            .await
            .is_some_and(|chunk| chunk.contains("\"message\":1")),
        "an empty parameter is ignored"
    );
    for (query, words) in [
        ("lastEventId=x", "Last-Event-ID=\\\"x\\\""),
        ("lastEventId=1-1&lastEventId=1-2", "lastEventId: repeated"),
        ("last-event-id=1-1&lastEventId=1-2", "lastEventId: repeated"),
    ] {
        let wrong = server.get(&format!("/events?channel=c&{query}")).await;
        assert_eq!(wrong.status, 400, "{query}");
        assert!(wrong.body.contains(words), "{}", wrong.body);
    }
    let twice = [("last-event-id", &*first), ("last-event-id", &*second)];
    let wrong = server.request("GET", "/events?channel=c", &twice, "").await;
    assert!(
        wrong.status == 400 && wrong.body.contains("bad-header"),
        "{}",
        wrong.body
    );
}

#[actix_web::test]
async fn without_an_envelope_a_stream_has_ids_and_resets() {
    let server = Server::start::<Sse>(&[]);
    let id = server.publish("c", json!("<p>1</p>\n<p>2</p>")).await;
    let query = "?channel=c&envelope=none";
    let header = [("last-event-id", "1-1")];
    let mut stream = events(&server, query, &header).await;
    let mut text = String::new();
    while !text.ends_with(&format!("id: {id}\n\n")) {
        text += &stream.chunk().await.expect("an open stream");
    }
    let reset = text.find("event: reset\ndata: {\"after\":\"1-1\"");
    assert!(reset.is_some(), "{text}");
    let message = format!("\n\ndata: <p>1</p>\ndata: <p>2</p>\nid: {id}\n\n");
    assert!(text.ends_with(&message), "{text}");
}

/// 204 stops an `EventSource`. A page of the compatibility endpoint would reconnect after an end.
#[actix_web::test]
async fn a_stream_that_reconnects_at_the_end_gets_204() {
    let server = Server::start::<Sse>(&[]);
    let mut compat = events_without_channel(&server).await;
    let end = r#"{"message":"bye","end":true}"#;
    let ended = server.post("/messages?channel=main", &[], end).await;
    let id = ended.json()["id"].as_str().expect("an id").to_owned();
    for (query, headers) in [
        ("channel=main", &[("last-event-id", &*id)][..]),
        (&format!("channel=main&lastEventId={id}"), &[]),
        ("channel=main", &[]),
    ] {
        let path = format!("/events?{query}");
        let response = server.request("GET", &path, headers, "").await;
        assert_eq!((response.status, &*response.body), (204, ""), "{query}");
        assert_eq!(response.header("trilane-cursor"), Some(&*id));
    }
    let next = compat.chunk().await.expect("an open stream");
    assert_eq!(next, "data: {\"message\":\"bye\"}\n\n");
}

/// Without a payload an end has no event of its own, which an empty chunk would not be either.
#[actix_web::test]
async fn several_channels_end_without_an_envelope() {
    let server = Server::start::<Sse>(&[]);
    let path = "/events?channel=a,b&envelope=none";
    let mut client = server.connect().await;
    client.send("GET", path, &[], "").await;
    assert_eq!(client.head().await.status, 200);
    client.chunk().await.expect("hello");
    let end = async |channel: &str| {
        let path = format!("/messages?channel={channel}");
        let ended = server.post(&path, &[], r#"{"end":true}"#).await;
        ended.json()["id"].as_str().expect("an id").to_owned()
    };
    let a = end("a").await;
    server.publish("b", json!("1")).await;
    let next = client.chunk().await.expect("an open stream");
    assert!(next.starts_with("data: 1\nid: a@"), "{next}");
    let cursor = format!("a@{a},b@{}", end("b").await);
    let last = format!("event: end\ndata: {{\"cursor\":\"{cursor}\"}}\nid: {cursor}\n\n");
    assert_eq!(client.chunk().await, Some(last));
    assert_eq!(client.chunk().await, None);
    let response = server.get(&format!("{path}&after={cursor}")).await;
    assert_eq!((response.status, &*response.body), (204, ""));
    assert_eq!(response.header("trilane-cursor"), Some(&*cursor));
}

async fn events_without_channel(server: &Server) -> Client {
    let mut client = server.connect().await;
    client.send("GET", "/events", &[], "").await;
    assert_eq!(client.head().await.status, 200);
    client.chunk().await.expect("an open stream");
    client
}

#[actix_web::test]
async fn a_cursor_without_a_channel_is_refused() {
    let server = Server::start::<Sse>(&[]);
    for parameter in ["after=0", "envelope=none"] {
        let response = server.get(&format!("/events?{parameter}")).await;
        assert_eq!(response.status, 400);
        assert!(
            response.body.contains("needs channel=NAME"),
            "{}",
            response.body
        );
    }
}
