//! How much a service takes of one address and of one token.

use super::{
    Reader, Response, Server, eventually,
    requests::{JSON, assert_problem},
    tokens::{SECRET, token},
};
use serde_json::json;

const BODY: &str = "{\"message\":1}";

/// How many publications are taken before one is refused, and that refusal.
async fn taken(server: &Server, headers: &[(&str, &str)]) -> (usize, Response) {
    let headers = [&[JSON], headers].concat();
    for count in 0.. {
        let response = server.request("POST", "/messages", &headers, BODY).await;
        if response.status != 200 {
            return (count, response);
        }
    }
    unreachable!("there are more numbers")
}

/// 429 after two seconds' worth, until there is some again; other addresses are others.
pub async fn publications_beyond_the_rate_are_refused<R: Reader>() {
    let server = R::start(&["--publish-rate", "0.5", "--trust-proxy", "1"]).await;
    let (count, refused) = taken(&server, &[("x-forwarded-for", "1.1.1.1")]).await;
    assert_eq!(count, 1);
    assert_problem(&refused, 429, "too-many-publications", "come back in ");
    assert!(refused.header("retry-after").is_some_and(|seconds| ["1", "2"].contains(&seconds)));
    assert_eq!(taken(&server, &[("x-forwarded-for", "1.1.1.1, 2.2.2.2")]).await.0, 1);
    assert_eq!(taken(&server, &[]).await.0, 1);
    eventually("another publication", async || {
        server.request("POST", "/messages", &[JSON, ("x-forwarded-for", "1.1.1.1")], BODY).await.status == 200
    })
    .await;
}

/// One subject with many tokens is one, from whatever address.
pub async fn each_subject_has_a_rate_of_its_own<R: Reader>() {
    let flags = ["--publish-rate", "0.01", "--trust-proxy", "1", "--jwt-secret", SECRET];
    let server = R::start(&flags).await;
    let token = |exp: u64, subject| token(&json!({ "exp": exp, "sub": subject, "publish": ["*"] }));
    for (token, address, expected) in [
        (token(4102444800, "a"), "1.1.1.1", 1),
        (token(4102444801, "a"), "1.1.1.2", 0),
        (token(4102444800, "b"), "1.1.1.1", 0),
        (token(4102444800, "b"), "1.1.1.2", 1),
    ] {
        let bearer = format!("Bearer {token}");
        let (count, refused) = taken(&server, &[("authorization", &bearer), ("x-forwarded-for", address)]).await;
        assert_eq!((count, refused.status), (expected, 429), "{address}");
    }
}

/// Of the whole service.
pub async fn connections_beyond_the_limit_are_refused<R: Reader>() {
    two_and_no_more::<R>("--max-connections").await;
}

/// Of one peer.
pub async fn connections_of_one_address_beyond_its_limit_are_refused<R: Reader>() {
    two_and_no_more::<R>("--max-connections-per-address").await;
}

/// 503 from the first connection too many, and room again when one leaves.
async fn two_and_no_more<R: Reader>(limit: &str) {
    let server = R::start(&[limit, "2"]).await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut client = server.connect().await;
        client.send("GET", "/health/live", &[], "").await;
        assert_eq!(client.response().await.status, 200);
        open.push(client);
    }
    let refused = server.connect().await.head().await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("5")));
    open.pop();
    eventually("room for another", async || server.running().service().hub.metrics().connections.get() < 2).await;
    assert_eq!(server.get("/health/live").await.status, 200);
}
