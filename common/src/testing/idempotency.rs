//! What an idempotency key must hold across: services, transports, restarts and renewed tokens.

use super::{
    Reader, Server,
    tokens::{FLAGS, token},
};
use serde_json::{Value, json};

/// The query of a publication by somebody with a token.
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

/// With tokens and without, over HTTP and over the transport's own connections.
pub async fn a_key_holds_on_every_service_and_after_a_restart<R: Reader>() {
    let (exp, renewed) = (4_102_444_800_u64, 4_102_444_801_u64);
    let with_tokens = [exp, renewed].map(|exp| query(json!({ "exp": exp, "sub": "a" })));
    let without = ["channel=c".to_owned(), "channel=c".to_owned()];
    for (flags, [query, renewed]) in [(&[][..], without), (&FLAGS, with_tokens)] {
        let first = R::start(flags).await;
        let id = R::publish(&first, &query, json!(1), "k").await;
        assert_eq!(first.publish_with_key(&query, json!(1), "k").await, id);
        let second = first.beside::<R::Transport>().await;
        assert_eq!(second.publish_with_key(&query, json!(1), "k").await, id);
        assert_eq!(R::publish(&second, &renewed, json!(1), "k").await, id);
        drop(first);
        let restarted = second.beside::<R::Transport>().await;
        assert_eq!(R::publish(&restarted, &query, json!(1), "k").await, id);
        assert_ne!(R::publish(&restarted, &query, json!(1), "l").await, id);
        assert_eq!(count(&restarted, &query).await, 2);
    }
}

/// Nobody can find out, or take, what another has published.
pub async fn a_key_of_one_subject_is_not_another_ones<R: Reader>() {
    let server = R::start(&FLAGS).await;
    let [a, b] =
        ["a", "b"].map(|subject| query(json!({ "exp": 4_102_444_800_u64, "sub": subject })));
    let id = R::publish(&server, &a, json!(1), "k").await;
    let other = server.beside::<R::Transport>().await;
    assert_ne!(R::publish(&other, &b, json!(2), "k").await, id);
    assert_eq!(count(&server, &a).await, 2);
}

/// On every service, and no longer: a renewed token is another holder's.
pub async fn a_key_without_a_subject_goes_with_its_token<R: Reader>() {
    let server = R::start(&FLAGS).await;
    let [token, renewed] =
        [4_102_444_800_u64, 4_102_444_801].map(|exp| query(json!({ "exp": exp })));
    let id = R::publish(&server, &token, json!(1), "k").await;
    let other = server.beside::<R::Transport>().await;
    assert_eq!(R::publish(&other, &token, json!(1), "k").await, id);
    assert_ne!(R::publish(&other, &renewed, json!(1), "k").await, id);
}
