//! What a service that requires tokens allows with a token, and without one.

use crate::{
    Event, Response, Server, Subscriber,
    client::JSON,
    eventually,
    steps::assert_problem,
    tokens::{FLAGS, SECRET, bearer, token_for},
};
use serde_json::json;

pub(crate) async fn request<S: Subscriber>(
    server: &Server,
    method: &str,
    path: &str,
    token: &str,
) -> Response {
    let (name, value) = bearer(token);
    let (own, body) = if method == "POST" {
        (&[JSON][..], "{\"message\":1}")
    } else {
        (S::HEADERS, "")
    };
    let mut client = server.connect().await;
    client
        .send(method, path, &[own, &[(name, &value)]].concat(), body)
        .await;
    let head = client.head().await;
    // The body of a stream does not end.
    if head.status < 400 {
        head
    } else {
        client.body(head).await
    }
}

/// Publishing and subscribing get 401 without a token; health, metrics and the page do not.
pub async fn without_a_token_only_operations_are_allowed<S: Subscriber>() {
    let server = S::start(&FLAGS).await;
    let own = [S::PATH.to_owned(), format!("{}?channel=c", S::PATH)];
    let requests = ["/messages", "/messages?channel=c", &own[0], &own[1]].map(|path| ("GET", path));
    for (method, path) in requests.into_iter().chain([
        ("POST", "/messages"),
        ("POST", "/messages?channel=c"),
        ("POST", "/tasks"),
        ("DELETE", "/tasks/a"),
    ]) {
        let refused = server.request(method, path, S::HEADERS, "").await;
        assert_problem(
            &refused,
            401,
            "missing-token",
            "Authorization: Bearer TOKEN",
        );
        assert_eq!(
            refused.header("www-authenticate"),
            Some("Bearer realm=\"trilane\""),
            "{method} {path}"
        );
    }
    for path in ["/health/live", "/health/ready", "/metrics", "/worker", "/"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    assert_eq!(server.subscribers(), 0);
}

/// With several tokens the header counts before the cookie, and the cookie before the query.
pub async fn a_token_is_read_from_header_cookie_or_query<S: Subscriber>() {
    let server = S::start(&FLAGS).await;
    let token = token_for(&["*"], &["*"], 60.0);
    let (name, bearer) = bearer(&token);
    let cookie = format!("other=1; trilane={token}");
    let query = format!("/messages?access_token={token}");
    for (path, headers) in [
        ("/messages", &[(name, &*bearer)][..]),
        ("/messages", &[("cookie", &cookie)]),
        (&query, &[]),
        ("/messages?access_token=bad", &[("cookie", &cookie)]),
        (
            "/messages?access_token=bad",
            &[(name, &bearer), ("cookie", "trilane=bad")],
        ),
    ] {
        assert_eq!(
            server.request("GET", path, headers, "").await.status,
            200,
            "{headers:?}"
        );
    }
    let bad = server
        .request(
            "GET",
            &query,
            &[(name, "Bearer bad"), ("cookie", &cookie)],
            "",
        )
        .await;
    assert_problem(&bad, 401, "bad-token", "not a JWT");
    let preflight = [
        ("origin", "http://localhost:8000"),
        ("access-control-request-method", "GET"),
    ];
    let allowed = server.request("OPTIONS", "/messages", &preflight, "").await;
    assert_eq!(
        allowed.header("access-control-allow-credentials"),
        Some("true")
    );
}

/// It names channels by their names or prefixes, separately for publishing and subscribing.
pub async fn a_token_allows_the_channels_it_names<S: Subscriber>() {
    let server = S::start(&FLAGS).await;
    let token = token_for(&["news.*"], &["main", "news.a"], 60.0);
    let own = |channel| format!("{}?channel={channel}", S::PATH);
    let cases = [
        ("POST", "/messages?channel=news.a".to_owned(), true),
        ("POST", "/messages?channel=news.b".to_owned(), true),
        ("POST", "/messages".to_owned(), false),
        ("GET", "/messages".to_owned(), true),
        ("GET", "/messages?channel=news.b".to_owned(), false),
        ("GET", own("news.a"), true),
        ("GET", own("news.b"), false),
    ];
    for (method, path, allowed) in cases {
        let response = request::<S>(&server, method, &path, &token).await;
        if allowed {
            assert!(
                [101, 200].contains(&response.status),
                "{method} {path}: {}",
                response.body
            );
        } else {
            let (claim, channel) = if method == "POST" {
                ("publish", "main")
            } else {
                ("subscribe", "news.b")
            };
            assert_problem(
                &response,
                403,
                "channel-not-allowed",
                &format!("does not have {channel}"),
            );
            let challenge = response.header("www-authenticate").expect("a challenge");
            assert!(
                challenge.contains("error=\"insufficient_scope\"") && challenge.contains(claim),
                "{challenge}"
            );
        }
    }
    assert_eq!(
        server
            .get(&format!("/messages?access_token={token}"))
            .await
            .json()["messages"],
        json!([])
    );
}

/// It gets all messages until then. Other subscribers stay, and a reconnect with the token gets
/// 401.
pub async fn a_subscriber_ends_when_its_token_expires<S: Subscriber>() {
    // The hub checks tokens with each heartbeat. The first one comes before the token expires.
    let server = S::start(&["--heartbeat", "2", "--jwt-secret", SECRET]).await;
    let (short, long) = (token_for(&[], &["c"], 2.5), token_for(&["*"], &["*"], 60.0));
    let (name, value) = bearer(&long);
    let publish = async |body: &str| {
        let body = format!("{{\"message\":{body}}}");
        let response = server
            .post("/messages?channel=c", &[(name, &value)], &body)
            .await;
        response.json()["id"].as_str().expect("an id").to_owned()
    };
    let mut ends = S::subscribe(&server, &format!("channel=c&access_token={short}")).await;
    let mut stays = S::subscribe(&server, &format!("channel=c&access_token={long}")).await;
    publish("1").await;
    for subscriber in [&mut ends, &mut stays] {
        assert!(
            matches!(subscriber.next().await, Event::Message(message) if message["message"] == 1)
        );
    }
    ends.expired().await;
    let refused = request::<S>(
        &server,
        "GET",
        &format!("{}?channel=c&after=0", S::PATH),
        &short,
    )
    .await;
    assert_problem(&refused, 401, "expired-token", "expired");
    eventually("one subscriber", async || server.subscribers() == 1).await;
    publish("2").await;
    assert!(matches!(stays.next().await, Event::Message(message) if message["message"] == 2));
}
