//! Rates: publications and new channels, by address and by subject.

use crate::{
    Response, Server, Subscriber,
    client::JSON,
    steps::assert_problem,
    tokens::{SECRET, token},
};
use serde_json::json;

const BODY: &str = "{\"message\":1}";

/// Publishes until it is refused. Returns the number of accepted publications, and the refusal.
async fn publish_until_refused(server: &Server, headers: &[(&str, &str)]) -> (usize, Response) {
    let headers = [&[JSON], headers].concat();
    for count in 0.. {
        let response = server.request("POST", "/messages", &headers, BODY).await;
        if response.status != 200 {
            return (count, response);
        }
    }
    unreachable!("there are more numbers")
}

/// An address gets 429 after two seconds' worth of publications. Other addresses are not affected.
pub async fn publications_beyond_the_rate_are_refused<S: Subscriber>() {
    let server = S::start(&["--publish-rate", "0.01", "--trust-proxy", "1"]).await;
    let (count, refused) = publish_until_refused(&server, &[("x-forwarded-for", "1.1.1.1")]).await;
    assert_eq!(count, 1);
    assert_problem(&refused, 429, "too-many-publications", "retry in ");
    let seconds = refused
        .header("retry-after")
        .and_then(|seconds| seconds.parse::<u32>().ok());
    assert!(
        seconds.is_some_and(|seconds| (1..=100).contains(&seconds)),
        "{seconds:?}"
    );
    assert_eq!(
        publish_until_refused(&server, &[("x-forwarded-for", "1.1.1.1, 2.2.2.2")])
            .await
            .0,
        1
    );
    assert_eq!(publish_until_refused(&server, &[]).await.0, 1);
}

/// A subject has one rate with all its tokens and from all addresses.
pub async fn each_subject_has_its_own_rate<S: Subscriber>() {
    let flags = [
        "--publish-rate",
        "0.01",
        "--trust-proxy",
        "1",
        "--jwt-secret",
        SECRET,
    ];
    let server = S::start(&flags).await;
    let token = |exp: u64, subject| token(&json!({ "exp": exp, "sub": subject, "publish": ["*"] }));
    for (token, address, expected) in [
        (token(4102444800, "a"), "1.1.1.1", 1),
        (token(4102444801, "a"), "1.1.1.2", 0),
        (token(4102444800, "b"), "1.1.1.1", 0),
        (token(4102444800, "b"), "1.1.1.2", 1),
    ] {
        let bearer = format!("Bearer {token}");
        let (count, refused) = publish_until_refused(
            &server,
            &[("authorization", &bearer), ("x-forwarded-for", address)],
        )
        .await;
        assert_eq!((count, refused.status), (expected, 429), "{address}");
    }
}

/// The third new channel of an address gets 429, whether it is published or subscribed to. Existing
/// channels do not count.
pub async fn new_channels_beyond_the_rate_are_refused<S: Subscriber>() {
    let server = S::start(&["--new-channels", "2", "--trust-proxy", "1"]).await;
    let publish = async |channel: &str, address: &str| {
        let path = format!("/messages?channel={channel}");
        server
            .post(&path, &[("x-forwarded-for", address)], BODY)
            .await
    };
    for channel in ["main", "a", "b", "a", "b"] {
        assert_eq!(publish(channel, "1.1.1.1").await.status, 200, "{channel}");
    }
    let read = [S::HEADERS, &[("x-forwarded-for", "1.1.1.1")]].concat();
    let stream = server
        .request("GET", &format!("{}?channel=d&after=0", S::PATH), &read, "")
        .await;
    for refused in [publish("c", "1.1.1.1").await, stream] {
        assert_problem(&refused, 429, "too-many-new-channels", "retry in ");
        let seconds = refused
            .header("retry-after")
            .expect("a header")
            .parse::<u32>()
            .expect("a number");
        assert!((1..=30).contains(&seconds), "{seconds}");
    }
    assert_eq!(publish("c", "2.2.2.2").await.status, 200);
    assert_eq!(publish("a", "1.1.1.1").await.status, 200);
    assert_eq!(
        publish("c", "1.1.1.1").await.status,
        200,
        "the channel exists now"
    );
}

/// A subject has one limit with all its tokens and from all addresses. Tasks count too.
pub async fn each_subject_has_its_own_limit_of_new_channels<S: Subscriber>() {
    let flags = [
        "--new-channels",
        "1",
        "--trust-proxy",
        "1",
        "--jwt-secret",
        SECRET,
    ];
    let server = S::start(&flags).await;
    let token = |exp: u64, subject| token(&json!({ "exp": exp, "sub": subject, "publish": ["*"] }));
    for (token, address, path, body, expected) in [
        (
            token(4102444800, "a"),
            "1.1.1.1",
            "/messages?channel=a",
            BODY,
            200,
        ),
        (
            token(4102444801, "a"),
            "1.1.1.2",
            "/messages?channel=b",
            BODY,
            429,
        ),
        (
            token(4102444801, "a"),
            "1.1.1.2",
            "/tasks?channel=b",
            "{\"primes_below\":10}",
            429,
        ),
        (
            token(4102444800, "b"),
            "1.1.1.1",
            "/messages?channel=b",
            BODY,
            429,
        ),
        (
            token(4102444800, "b"),
            "1.1.1.2",
            "/messages?channel=b",
            BODY,
            200,
        ),
    ] {
        let bearer = format!("Bearer {token}");
        let headers = [
            JSON,
            ("authorization", &bearer),
            ("x-forwarded-for", address),
        ];
        let response = server.request("POST", path, &headers, body).await;
        assert_eq!(
            response.status, expected,
            "{path} from {address}: {}",
            response.body
        );
    }
}
