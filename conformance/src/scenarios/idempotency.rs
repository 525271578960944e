//! Idempotency keys, across services, transports, restarts and renewed tokens.

use crate::{
    Server, Subscriber,
    steps::assert_problem,
    tokens::{FLAGS, token},
};
use serde_json::{Value, json};

/// Returns the query of a publication with a token that has these claims.
fn query(claims: Value) -> String {
    let mut claims = claims;
    claims["publish"] = json!(["*"]);
    claims["subscribe"] = json!(["*"]);
    format!("channel=c&access_token={}", token(&claims))
}

async fn count(server: &Server, query: &str) -> usize {
    server.get(&format!("/messages?{query}")).await.json()["messages"]
        .as_array()
        .expect("a list")
        .len()
}

/// A retry gets the first response.
pub async fn a_repeated_key_publishes_nothing<S: Subscriber>() {
    let server = S::start(&[]).await;
    let publish = async |key, channel| {
        let path = format!("/messages?channel={channel}");
        server
            .post(&path, &[("idempotency-key", key)], "{\"message\":1}")
            .await
            .json()
    };
    let first = publish("k", "a").await;
    assert_eq!(publish("k", "a").await, first);
    assert_ne!(publish("l", "a").await, first);
    assert_ne!(publish("k", "b").await, first);
    let history = server.get("/messages?channel=a").await.json();
    assert_eq!(history["messages"].as_array().map(Vec::len), Some(2));
}

/// Another message or event with the same key gets 422. White space around the message is ignored;
/// white space inside it is not.
pub async fn a_key_is_bound_to_its_message<S: Subscriber>() {
    let server = S::start(&[]).await;
    let publish = async |body| {
        server
            .post("/messages?channel=c", &[("idempotency-key", "k")], body)
            .await
    };
    let first = publish("{\"message\":[1]}").await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(
        publish(" { \"message\" : [1] } ").await.json(),
        first.json()
    );
    for other in [
        "{\"message\":[2]}",
        "{\"message\":[ 1]}",
        "{\"message\":\"[1]\"}",
        "{\"message\":[1],\"event\":\"e\"}",
    ] {
        assert_problem(&publish(other).await, 422, "key-reused", "a new key");
    }
    let event = async |name: &str| {
        let body = json!({ "message": [1], "event": name }).to_string();
        let key = [("idempotency-key", "l")];
        server.post("/messages?channel=d", &key, &body).await
    };
    let named = event("e").await;
    assert_eq!(event("e").await.json(), named.json());
    assert_problem(&event("f").await, 422, "key-reused", "a new key");
    assert_eq!(publish("{\"message\":[1]}").await.json(), first.json());
    let history = server.get("/messages?channel=c").await.json();
    assert_eq!(
        history["messages"].as_array().map(Vec::len),
        Some(1),
        "{history}"
    );
}

/// It holds with tokens and without, over HTTP and over the transport's own connections.
pub async fn a_key_holds_across_services_and_restarts<S: Subscriber>() {
    let (exp, renewed) = (4_102_444_800_u64, 4_102_444_801_u64);
    let with_tokens = [exp, renewed].map(|exp| query(json!({ "exp": exp, "sub": "a" })));
    let without = ["channel=c".to_owned(), "channel=c".to_owned()];
    for (flags, [query, renewed]) in [(&[][..], without), (&FLAGS, with_tokens)] {
        let first = S::start(flags).await;
        let id = S::publish(&first, &query, json!(1), "k").await;
        assert_eq!(first.publish_with_key(&query, json!(1), "k").await, id);
        let second = first.beside::<S::Transport>().await;
        assert_eq!(second.publish_with_key(&query, json!(1), "k").await, id);
        assert_eq!(S::publish(&second, &renewed, json!(1), "k").await, id);
        drop(first);
        let restarted = second.beside::<S::Transport>().await;
        assert_eq!(S::publish(&restarted, &query, json!(1), "k").await, id);
        assert_ne!(S::publish(&restarted, &query, json!(1), "l").await, id);
        assert_eq!(count(&restarted, &query).await, 2);
    }
}

/// A client can neither learn nor block what another subject publishes.
pub async fn a_key_belongs_to_its_subject<S: Subscriber>() {
    let server = S::start(&FLAGS).await;
    let [a, b] =
        ["a", "b"].map(|subject| query(json!({ "exp": 4_102_444_800_u64, "sub": subject })));
    let id = S::publish(&server, &a, json!(1), "k").await;
    let other = server.beside::<S::Transport>().await;
    assert_ne!(S::publish(&other, &b, json!(2), "k").await, id);
    assert_eq!(count(&other, &a).await, 2);
}

/// The key holds on every service, but not for a renewed token.
pub async fn a_key_without_a_subject_belongs_to_its_token<S: Subscriber>() {
    let server = S::start(&FLAGS).await;
    let [token, renewed] =
        [4_102_444_800_u64, 4_102_444_801].map(|exp| query(json!({ "exp": exp })));
    let id = S::publish(&server, &token, json!(1), "k").await;
    let other = server.beside::<S::Transport>().await;
    assert_eq!(S::publish(&other, &token, json!(1), "k").await, id);
    assert_ne!(S::publish(&other, &renewed, json!(1), "k").await, id);
}
