//! What a subscriber of several channels may not do, and what ends it.

use crate::{
    Server, Subscriber, eventually,
    scenarios::access::request,
    steps::{assert_problem, bodies, numbers, publish_numbers},
    tokens::{FLAGS, token_for},
};
use broker::{Broker, Memory};
use serde_json::json;
use service::server::TransportService;

const BODY: &str = "{\"message\":1}";

async fn refused<S: Subscriber>(server: &Server, query: &str, name: &str, words: &str) {
    for path in [S::PATH, "/messages"] {
        let path = format!("{path}?{query}");
        let response = server.request("GET", &path, S::HEADERS, "").await;
        assert_problem(&response, 400, name, words);
    }
}

/// The channels cannot be read together, or the cursor is of others.
pub async fn a_bad_set_of_channels_is_a_named_problem<S: Subscriber>() {
    let server = S::start(&[]).await;
    let names = |count: usize, length: usize| {
        let names = (0..count).map(|number| format!("{number:0length$}"));
        names.collect::<Vec<_>>().join(",")
    };
    for (query, name, words) in [
        ("channel=a,b,a", "bad-channel", "channel: a is repeated"),
        ("channel=a&channel=a", "bad-channel", "a is repeated"),
        ("channel=a,", "bad-channel", "channel=\"\": a channel is"),
        ("channel=a,b/c", "bad-channel", "channel=\"b/c\""),
        (
            &format!("channel={}", names(65, 2)),
            "bad-channel",
            "at most 64 channels",
        ),
        (
            &format!("channel={}", names(64, 17)),
            "bad-channel",
            "at most 1024 bytes",
        ),
        (
            "channel=a,b&after=7-1",
            "bad-cursor",
            "CHANNEL@ID,CHANNEL@ID",
        ),
        ("channel=a,b&after=", "bad-cursor", "CHANNEL@ID,CHANNEL@ID"),
        (
            "channel=a,b&after=a@7-1,c@7-1",
            "bad-cursor",
            "\"c\" is not a channel",
        ),
        (
            "channel=a,b&after=a@7-1,a@7-2",
            "bad-cursor",
            "a is repeated",
        ),
        (
            "channel=a,b&after=a@7",
            "bad-cursor",
            "a: a cursor is the id",
        ),
        (
            "channel=a&after=b@7-1",
            "bad-cursor",
            "\"b\" is not a channel",
        ),
        (
            "channel=a&after=a@7-1,b@7-1",
            "bad-cursor",
            "\"b\" is not a channel",
        ),
    ] {
        refused::<S>(&server, query, name, words).await;
    }
    assert_eq!(server.subscribers(), 0);
    let published = server.post("/messages?channel=a,b", &[], BODY).await;
    assert_problem(&published, 400, "bad-channel", "a,b");
}

/// A token must allow every channel. The refusal names those that it does not.
pub async fn a_token_must_allow_each_of_several_channels<S: Subscriber>() {
    let server = S::start(&FLAGS).await;
    let token = token_for(&[], &["a", "b.*"], 60.0);
    for path in [S::PATH, "/messages"] {
        let allowed = format!("{path}?channel=a,b.1&after=0&wait=0");
        let response = request::<S>(&server, "GET", &allowed, &token).await;
        assert!(response.status < 300, "{path}: {}", response.body);
        let path = format!("{path}?channel=x,a,b,b.1");
        let response = request::<S>(&server, "GET", &path, &token).await;
        let words = "the token does not have x, b in its claim subscribe";
        assert_problem(&response, 403, "channel-not-allowed", words);
        let challenge = response.header("www-authenticate").expect("a challenge");
        assert!(challenge.contains("insufficient_scope"), "{challenge}");
    }
}

/// It is disconnected after the last message of every channel.
pub async fn a_draining_service_disconnects_subscribers_of_several_channels<S: Subscriber>() {
    let server = S::start(&[]).await;
    let subscriber = S::subscribe(&server, "channel=a,b").await;
    eventually("a subscriber", async || server.subscribers() == 1).await;
    tokio::join!(server.stop(), subscriber.drained());
    assert_eq!(server.metric("drained_total", S::Transport::NAME), 1);
}

/// The token of the connection ends all of its channels.
pub async fn a_subscriber_of_several_channels_ends_with_its_token<S: Subscriber>() {
    let server = S::start(&FLAGS).await;
    let token = token_for(&["*"], &["*"], 2.0);
    let query = format!("channel=a,b&after=0&access_token={token}");
    S::subscribe(&server, &query).await.expired().await;
    let path = format!("{}?{query}", S::PATH);
    let refused = server.request("GET", &path, S::HEADERS, "").await;
    assert_problem(&refused, 401, "expired-token", "expired");
}

/// Each new channel counts, whether it is asked for alone or with others.
pub async fn each_of_several_new_channels_counts<S: Subscriber>() {
    let server = S::start(&["--new-channels", "3"]).await;
    let path = |channels: &str| format!("{}?channel={channels}&after=0", S::PATH);
    let many = server
        .request("GET", &path("n1,n2,n3,n4,n5"), S::HEADERS, "")
        .await;
    assert_problem(&many, 429, "too-many-new-channels", "used up");
    assert!(many.header("retry-after").is_some());
}

/// All channels of a subscriber are kept, and free once it has left.
pub async fn several_channels_with_a_subscriber_are_not_evicted<S: Subscriber>() {
    let flags = ["--new-channels", "0"];
    let broker = Broker::Memory(Memory::new(3));
    let server = Server::sharing::<S::Transport>(&flags, broker);
    let subscriber = S::subscribe(&server, "channel=a,b&after=0").await;
    eventually("a subscriber", async || server.subscribers() == 1).await;
    let publish = async || server.post("/messages?channel=c", &[], BODY).await;
    assert_problem(&publish().await, 503, "too-many-channels", "in use");
    drop(subscriber);
    eventually("room for another", async || publish().await.status == 200).await;
}

/// A subscriber that does not read costs its socket, not the messages of the others.
pub async fn a_slow_subscriber_of_several_channels_is_disconnected<S: Subscriber>() {
    let server = S::start(&["--stalled", "3", "--heartbeat", "1", "--history", "10"]).await;
    let stalled = S::subscribe(&server, "channel=a,b").await;
    let mut healthy = S::subscribe(&server, "channel=b,c").await;
    let body = json!("x".repeat(60_000));
    eventually("the disconnect", async || {
        server.publish("a", body.clone()).await;
        server.publish("c", json!(0)).await;
        assert_eq!(bodies(&mut healthy, 1).await, [0]);
        server.metric("streams_gone_total", "slow") == 1
    })
    .await;
    assert_eq!(server.subscribers(), 1);
    publish_numbers(&server, "b", 1..2).await;
    assert_eq!(bodies(&mut healthy, 1).await, numbers(1..2));
    drop(stalled);
}
