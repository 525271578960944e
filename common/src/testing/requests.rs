//! What every service must answer to requests that do not depend on its transport.

use super::{
    Reader, Response,
    steps::{message, moved},
};
use serde_json::json;

pub(super) const JSON: (&str, &str) = ("content-type", "application/json");

pub(super) fn assert_problem(response: &Response, status: u16, name: &str, words: &str) {
    assert_eq!(response.status, status, "{}", response.body);
    assert_eq!(
        response.header("content-type"),
        Some("application/problem+json")
    );
    let problem = response.json();
    assert_eq!(
        (&problem["status"], &problem["type"]),
        (
            &json!(status),
            &json!(format!("urn:trilane:problem:{name}"))
        )
    );
    assert!(
        problem["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains(words)),
        "{words:?} is not in {problem}"
    );
}

/// The parameters of [`Reader::PATH`].
pub async fn a_bad_subscription_is_refused_by_name<R: Reader>() {
    let server = R::start(&[]).await;
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
    ];
    for (query, name, words) in refused {
        let response = server
            .request("GET", &format!("{}?{query}", R::PATH), R::HEADERS, "")
            .await;
        assert_problem(&response, 400, name, words);
    }
    assert_eq!(server.readers(), 0);
}

/// Of these one counts, and the client should not have to find out which. What is unknown is ignored.
pub async fn a_repeated_parameter_is_refused_by_name<R: Reader>() {
    let server = R::start(&["--tasks-inline"]).await;
    let own = |query: &str| format!("{}?{query}", R::PATH);
    let refused = [
        ("GET", own("channel=a&channel=b"), "channel"),
        ("GET", own("channel=a&channel=a"), "channel"),
        ("GET", own("channel=a&after=0&after=0"), "after"),
        ("GET", "/messages?channel=a&channel=b".to_owned(), "channel"),
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
            (R::HEADERS, "")
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
        .request(
            "POST",
            "/messages?_=1&channel=a&_=2&x",
            &[JSON],
            "{\"message\":1}",
        )
        .await;
    assert_eq!(published.status, 200, "{}", published.body);
    let mut reader = R::open(&server, "channel=a&after=0&_=1&utm=2&_=3").await;
    assert_eq!(message(&mut reader).await["message"], 1);
}

/// `POST /messages`.
pub async fn a_bad_publication_is_refused_by_name<R: Reader>() {
    let server = R::start(&["--max-body", "100"]).await;
    let large = json!({ "message": "x".repeat(100) }).to_string();
    let refused = [
        (
            "?channel=a/b",
            JSON,
            "{\"message\":1}",
            400,
            "bad-channel",
            "a/b",
        ),
        (
            "",
            ("content-type", "text/plain"),
            "{\"message\":1}",
            415,
            "bad-content-type",
            "application/json",
        ),
        (
            "",
            ("accept", "*/*"),
            "{\"message\":1}",
            415,
            "bad-content-type",
            "application/json",
        ),
        ("", JSON, "{\"message\":", 400, "malformed-json", "EOF"),
        ("", JSON, "", 400, "malformed-json", "EOF"),
        ("", JSON, "[\"x\"]", 422, "missing-message", "not an object"),
        (
            "",
            JSON,
            "{\"text\":1}",
            422,
            "missing-message",
            "`message`",
        ),
        ("", JSON, &large, 413, "body-too-large", "100 bytes"),
    ];
    for (query, header, body, status, name, words) in refused {
        let response = server
            .request("POST", &format!("/messages{query}"), &[header], body)
            .await;
        assert_problem(&response, status, name, words);
    }
    for (coding, named) in [
        ("gzip", "gzip"),
        ("identity, BR", "BR"),
        ("deflate", "deflate"),
    ] {
        let headers = [JSON, ("content-encoding", coding)];
        // The body is plain: it is refused for what it says it is.
        let refused = server
            .request("POST", "/messages", &headers, "{\"message\":1}")
            .await;
        assert_problem(&refused, 415, "bad-content-encoding", named);
        assert_eq!(refused.header("accept-encoding"), Some("identity"));
    }
    let chunked = [JSON, ("transfer-encoding", "chunked")];
    let mut client = server.connect().await;
    client.send("POST", "/messages", &chunked, "").await;
    client
        .write(format!("{:x}\r\n{large}\r\n0\r\n\r\n", large.len()).as_bytes())
        .await;
    assert_problem(&client.response().await, 413, "body-too-large", "100 bytes");
    let key = server
        .request(
            "POST",
            "/messages",
            &[JSON, ("idempotency-key", "a b")],
            "{\"message\":1}",
        )
        .await;
    assert_problem(&key, 400, "bad-key", "visible ASCII");
    let twice = [JSON, ("idempotency-key", "a"), ("idempotency-key", "b")];
    let keys = server
        .request("POST", "/messages", &twice, "{\"message\":1}")
        .await;
    assert_problem(&keys, 400, "bad-header", "idempotency-key: repeated");
    assert_eq!(server.get("/messages").await.json()["messages"], json!([]));
}

/// A retry gets the first answer.
pub async fn a_repeated_key_publishes_nothing<R: Reader>() {
    let server = R::start(&[]).await;
    let publish = async |key, channel| {
        let path = format!("/messages?channel={channel}");
        server
            .request(
                "POST",
                &path,
                &[JSON, ("idempotency-key", key)],
                "{\"message\":1}",
            )
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

/// Neither the first result nor a second message: 422. White space around the message does not count, inside it does.
pub async fn a_key_with_another_message_is_refused<R: Reader>() {
    let server = R::start(&[]).await;
    let publish = async |body| {
        server
            .request(
                "POST",
                "/messages?channel=c",
                &[JSON, ("idempotency-key", "k")],
                body,
            )
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
    ] {
        assert_problem(&publish(other).await, 422, "key-reused", "a new key");
    }
    assert_eq!(publish("{\"message\":[1]}").await.json(), first.json());
    let history = server.get("/messages?channel=c").await.json();
    assert_eq!(
        history["messages"].as_array().map(Vec::len),
        Some(1),
        "{history}"
    );
}

/// `GET /messages`, by cursor and limit.
pub async fn history_is_read_in_pages<R: Reader>() {
    let server = R::start(&["--history", "5"]).await;
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

/// 404, 405 with `Allow`, and plain OPTIONS.
pub async fn other_methods_and_paths_are_named<R: Reader>() {
    let server = R::start(&[]).await;
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
        R::PATH,
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

/// The head of what GET answers, without its body.
pub async fn head_is_answered_without_a_body<R: Reader>() {
    let server = R::start(&[]).await;
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

/// Also what a cache could keep by itself: 404, 405, problems, health.
pub async fn no_response_is_stored<R: Reader>() {
    let server = R::start(&[]).await;
    let bad = format!("{}?channel=", R::PATH);
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

/// For whoever runs the service.
pub async fn health_metrics_and_worker_answer<R: Reader>() {
    let server = R::start(&[]).await;
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

/// Several requests in one packet, the last of them a subscription.
pub async fn pipelined_requests_are_answered_in_order<R: Reader>() {
    let server = R::start(&[]).await;
    let mut client = server.connect().await;
    let ready = "GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let extra: String = R::HEADERS
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let subscribe = format!(
        "GET {}?channel=c HTTP/1.1\r\nHost: localhost\r\n{extra}\r\n",
        R::PATH
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
