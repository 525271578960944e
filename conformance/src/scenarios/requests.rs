//! Responses of every service that do not depend on its transport.

use crate::{
    Subscriber,
    steps::{assert_problem, header_lines, moved},
};
use serde_json::json;

/// An acknowledgement means that the publisher's service has the message.
pub async fn a_publication_is_in_the_history_at_once<S: Subscriber>() {
    let server = S::start(&[]).await;
    server.get("/messages?channel=c").await;
    for number in 0..100 {
        server.publish("c", json!(number)).await;
        let response = server.get("/messages?channel=c").await.json();
        let messages = response["messages"].as_array().expect("an array");
        assert_eq!(messages.last().expect("the message")["message"], number);
        assert_eq!(messages.len(), number + 1);
    }
}

/// `GET /messages` takes a cursor and a limit.
pub async fn history_is_read_in_pages<S: Subscriber>() {
    let server = S::start(&["--history", "5"]).await;
    for number in 0..7 {
        server.publish("c", json!(number)).await;
    }
    let first = server.get("/messages?channel=c&limit=3").await.json();
    let bodies = |page: &serde_json::Value| -> Vec<_> {
        page["messages"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|message| message["message"].clone())
            .collect()
    };
    assert_eq!(bodies(&first), [2, 3, 4]);
    let cursor = first["cursor"].as_str().expect("a cursor");
    let second = server
        .get(&format!("/messages?channel=c&after={cursor}"))
        .await
        .json();
    assert_eq!(bodies(&second), [5, 6]);
    let last = second["cursor"].as_str().expect("a cursor");
    let empty = server
        .get(&format!("/messages?channel=c&after={last}"))
        .await
        .json();
    assert_eq!(empty, json!({ "messages": [], "cursor": last }));
    let lost = server
        .get("/messages?channel=c&after=1-1&limit=1")
        .await
        .json();
    let oldest = first["messages"][0]["id"].as_str().expect("an id");
    assert_eq!(
        lost["reset"],
        json!({ "after": "1-1", "oldest": oldest, "cursor": moved(oldest, -1) })
    );
    assert_problem(
        &server.get("/messages?limit=0").await,
        400,
        "bad-parameter",
        "from 1 to 1000",
    );
}

/// Its headers have the cursor, the reset and the end, which the JSON has otherwise.
pub async fn history_without_an_envelope_is_an_array<S: Subscriber>() {
    let server = S::start(&["--history", "5"]).await;
    let mut last = String::new();
    for number in 0..7 {
        last = server.publish("c", json!(number)).await;
    }
    let read = async |query: &str| {
        let path = format!("/messages?channel=c&envelope=none{query}");
        let response = server.get(&path).await;
        let header = |name| response.header(name).map(str::to_owned);
        (
            response.json(),
            header("trilane-cursor"),
            header("trilane-reset"),
        )
    };
    let (page, cursor, reset) = read("&limit=2").await;
    assert_eq!((page, reset), (json!([2, 3]), None));
    assert_eq!(cursor, Some(moved(&last, -3)));
    let after = format!("&after={}", moved(&last, -3));
    let rest = (json!([4, 5, 6]), Some(last.clone()), None);
    assert_eq!(read(&after).await, rest);
    let none = (json!([]), Some(last.clone()), None);
    assert_eq!(read(&format!("&after={last}")).await, none);
    let (page, cursor, reset) = read("&after=1-1&limit=1").await;
    assert_eq!((page, cursor), (json!([2]), Some(moved(&last, -4))));
    let reset: serde_json::Value = serde_json::from_str(&reset.expect("a reset")).expect("JSON");
    let oldest = moved(&last, -4);
    assert_eq!(
        reset,
        json!({ "after": "1-1", "oldest": oldest, "cursor": moved(&oldest, -1) })
    );
    let long = json!("x".repeat(50_000));
    let mut cursor = String::new();
    for _ in 0..3 {
        cursor = server.publish("d", long.clone()).await;
    }
    let long_page = server.get("/messages?channel=d&envelope=none").await;
    assert_eq!(long_page.json(), json!([long, long, long]));
    assert_eq!(long_page.header("trilane-cursor"), Some(&*cursor));
}

/// HEAD returns the headers of GET without a body.
pub async fn head_responses_have_no_body<S: Subscriber>() {
    let server = S::start(&[]).await;
    for path in ["/", "/messages", "/health/live", "/health/ready", "/worker"] {
        let mut client = server.connect().await;
        client
            .send("HEAD", path, &[("connection", "close")], "")
            .await;
        let head = client.head().await;
        assert_eq!(
            (head.status, client.rest().await.as_str()),
            (200, ""),
            "{path}"
        );
        assert!(
            head.header("content-length")
                .is_some_and(|length| length != "0"),
            "{path}"
        );
    }
}

/// This includes responses that a cache may store by default: 404, 405, health.
pub async fn no_response_may_be_cached<S: Subscriber>() {
    let server = S::start(&[]).await;
    let bad = format!("{}?channel=", S::PATH);
    for path in [
        "/health",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/worker",
        "/nowhere",
        "/messages",
        "/",
        &bad,
    ] {
        for method in ["GET", "DELETE", "OPTIONS"] {
            let response = server.request(method, path, &[], "").await;
            let control = response.header("cache-control");
            assert_eq!(
                control,
                Some("no-store"),
                "{method} {path}: {} {}",
                response.status,
                response.body
            );
        }
    }
    let preflight = [
        ("origin", "http://other.example"),
        ("access-control-request-method", "POST"),
    ];
    let refused = server.request("OPTIONS", "/messages", &preflight, "").await;
    assert_eq!(
        (refused.status, refused.header("cache-control")),
        (403, Some("no-store"))
    );
}

/// These are the endpoints for operators.
pub async fn health_metrics_and_worker_need_no_channel<S: Subscriber>() {
    let server = S::start(&[]).await;
    server.publish("c", json!(1)).await;
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(server.get(path).await.status, 200);
    }
    let metrics = server.get("/metrics").await.body;
    assert!(
        metrics.contains("trilane_published_total{transport="),
        "{metrics}"
    );
    let worker = server.get("/worker").await.body;
    let pid = format!("(pid {}, thread ", std::process::id());
    assert!(
        worker.starts_with("Handled by worker ") && worker.contains(&pid),
        "{worker}"
    );
}

/// Three requests in one packet, of which the last is a subscription.
pub async fn pipelined_requests_are_answered_in_order<S: Subscriber>() {
    let server = S::start(&[]).await;
    let mut client = server.connect().await;
    let ready = "GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let extra = header_lines::<S>();
    let subscribe = format!(
        "GET {}?channel=c HTTP/1.1\r\nHost: localhost\r\n{extra}\r\n",
        S::PATH
    );
    client
        .write([ready, ready, &subscribe].concat().as_bytes())
        .await;
    for _ in 0..2 {
        assert_eq!(client.response().await.json()["status"], "ready");
    }
    let status = client.head().await.status;
    assert!([101, 200].contains(&status), "{status}");
}
