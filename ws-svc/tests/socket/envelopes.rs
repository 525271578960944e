//! `envelope=none`: every frame is what was published.

use crate::*;

const QUERY: &str = "/ws?channel=c&envelope=none";

#[actix_web::test]
async fn a_reset_ends_the_connection_with_the_cursor_to_continue_with() {
    let server = Server::start::<Ws>(&[]);
    let id = server.publish("c", json!("held")).await;
    let mut socket = connect(server.address(), &format!("{QUERY}&after=1-1")).await;
    let close = next_close(&mut socket).await;
    assert_eq!(close.code, CloseCode::Library(4000));
    let (reason, cursor) = close.reason.rsplit_once(' ').expect("a cursor");
    assert_eq!(reason, "reset: continue after");
    assert!(patient("the end", socket.next()).await.is_none());
    eventually("the reset to be counted", async || {
        server.metric("resets_total", "ws") == 1
    })
    .await;
    let mut socket = connect(server.address(), &format!("{QUERY}&after={cursor}")).await;
    assert_eq!(next(&mut socket).await, Message::text("held"));
    assert!(cursor < &*id);
}

#[actix_web::test]
async fn a_reset_after_messages_ends_the_connection() {
    let server = Server::start::<Ws>(&[]);
    let mut socket = connect(server.address(), &format!("{QUERY}&after=0")).await;
    let id = server.publish("c", json!(1)).await;
    assert_eq!(next(&mut socket).await, Message::text("1"));
    let (channel, (epoch, _)) = (
        common::message::ChannelName::parse("c").expect("a name"),
        id.split_once('-').expect("an id"),
    );
    let latest = common::message::MessageId {
        epoch: epoch.parse::<u64>().expect("a number") + 1,
        offset: 4,
    };
    let hub = &server.running().service().hub;
    hub.restart(&channel, latest, Vec::new());
    let close = next_close(&mut socket).await;
    assert_eq!(close.code, CloseCode::Library(4000));
    assert_eq!(close.reason, format!("reset: continue after {latest}"));
}

#[actix_web::test]
async fn requests_are_refused_since_replies_would_look_like_messages() {
    let server = Server::start::<Ws>(&[]);
    let mut socket = connect(server.address(), QUERY).await;
    send_text(&mut socket, r#"{"publish":{"message":1}}"#).await;
    let close = next_close(&mut socket).await;
    assert_eq!(close.code, CloseCode::Unsupported);
    assert!(close.reason.contains("POST /messages"), "{}", close.reason);
    let history = server.get("/messages?channel=c").await.json();
    assert_eq!(history["messages"], json!([]));
    let path = format!("{QUERY}&worker=true");
    let refused = server.request("GET", &path, &UPGRADE, "").await;
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("envelope=none"), "{}", refused.body);
}
