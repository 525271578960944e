//! Bad requests are refused with a problem that names the mistake.

use crate::{
    Response, Subscriber,
    client::JSON,
    steps::{assert_problem, next_message},
};
use serde_json::json;

/// The request is to [`Subscriber::PATH`].
pub async fn a_bad_subscription_is_a_named_problem<S: Subscriber>() {
    let server = S::start(&[]).await;
    let refused = [
        ("channel=", "bad-channel", "1 to 128"),
        ("channel=a%20b", "bad-channel", "a b"),
        ("channel=c&after=x", "bad-cursor", "after=\"x\""),
        ("channel=c&after=-1", "bad-cursor", "after=\"-1\""),
        (
            "channel=c&after=1-99999999999999999999",
            "bad-cursor",
            "1795340000123-42",
        ),
        (
            "channel=c&envelope=x",
            "bad-parameter",
            "envelope=\"x\": expected none",
        ),
        (
            "channel=c&envelope=none&envelope=none",
            "bad-parameter",
            "envelope: repeated",
        ),
    ];
    for (query, name, words) in refused {
        let response = server
            .request("GET", &format!("{}?{query}", S::PATH), S::HEADERS, "")
            .await;
        assert_problem(&response, 400, name, words);
    }
    assert_eq!(server.subscribers(), 0);
}

/// A repeated parameter is ambiguous. Unknown parameters are ignored.
pub async fn a_repeated_parameter_is_a_named_problem<S: Subscriber>() {
    let server = S::start(&["--tasks-inline"]).await;
    let own = |query: &str| format!("{}?{query}", S::PATH);
    let refused = [
        ("GET", own("channel=a&after=0&after=0"), "after"),
        ("GET", "/messages?limit=1&limit=2".to_owned(), "limit"),
        ("GET", "/messages?after=0&after=1-1".to_owned(), "after"),
        (
            "POST",
            "/messages?channel=a&%63hannel=b".to_owned(),
            "channel",
        ),
        ("POST", "/tasks?channel=a&channel=b".to_owned(), "channel"),
        (
            "POST",
            "/tasks?inline=false&inline=true".to_owned(),
            "inline",
        ),
    ];
    for (method, path, name) in refused {
        let (headers, body) = if method == "GET" {
            (S::HEADERS, "")
        } else {
            (&[JSON][..], "{\"message\":1}")
        };
        let response = server.request(method, &path, headers, body).await;
        assert_problem(
            &response,
            400,
            "bad-parameter",
            &format!("{name}: repeated"),
        );
    }
    let published = server
        .post("/messages?_=1&channel=a&_=2&x", &[], "{\"message\":1}")
        .await;
    assert_eq!(published.status, 200, "{}", published.body);
    let mut subscriber = S::subscribe(&server, "channel=a&after=0&_=1&utm=2&_=3").await;
    assert_eq!(next_message(&mut subscriber).await["message"], 1);
}

/// A response is not many times as long as its request.
pub async fn a_problem_quotes_only_the_beginning_of_a_long_text<S: Subscriber>() {
    let server = S::start(&[]).await;
    let long = "%7f".repeat(2000);
    for query in [
        format!("channel={long}"),
        format!("channel=a,{long}"),
        format!("channel=a&after={long}@1-1"),
        format!("channel=a&envelope={long}"),
    ] {
        let path = format!("{}?{query}", S::PATH);
        let response = server.request("GET", &path, S::HEADERS, "").await;
        assert_short_refusal(&response);
    }
    let body = json!({ "message": 1, "event": "\u{7f}".repeat(20_000) });
    assert_short_refusal(&server.post("/messages", &[], &body.to_string()).await);
}

fn assert_short_refusal(response: &Response) {
    let Response { status, body, .. } = response;
    let length = body.len();
    assert!(
        *status == 400 && length < 4000,
        "{status}, {length} bytes: {body:.200}"
    );
}

/// They get 404, or 405 with `Allow`. A plain OPTIONS request is allowed.
pub async fn unknown_paths_and_methods_are_named_problems<S: Subscriber>() {
    let server = S::start(&[]).await;
    assert_problem(&server.get("/nowhere").await, 404, "not-found", "/nowhere");
    let missing = server.get("/nowhere;token=secret").await;
    assert_problem(&missing, 404, "not-found", "/nowhere");
    assert!(!missing.body.contains("secret"), "{}", missing.body);
    let paths = [
        "/messages",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/worker",
        S::PATH,
    ];
    for path in paths {
        let refused = server.request("DELETE", path, &[], "").await;
        assert_problem(&refused, 405, "method-not-allowed", "GET");
        let options = server.request("OPTIONS", path, &[], "").await;
        assert_eq!(
            (options.status, options.header("allow")),
            (204, refused.header("allow"))
        );
        assert!(
            refused
                .header("allow")
                .is_some_and(|allow| allow.contains("GET"))
        );
    }
}
