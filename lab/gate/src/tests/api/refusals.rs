//! Requests that the gate's API refuses.

use super::{JSON, controls};
use conformance::Client;
use serde_json::json;

#[actix_web::test]
async fn a_problem_names_what_is_allowed() {
    let controls = controls();
    for (path, body, allowed) in [
        ("faults", json!({ "fault": "loss" }), "black-hole"),
        (
            "faults",
            json!({ "fault": "cut", "lane": "http" }),
            "longpoll, sse, ws, shared",
        ),
        (
            "faults",
            json!({ "fault": "cut", "for": 5 }),
            "for: a cut is over at once",
        ),
        (
            "faults",
            json!({ "fault": "refuse", "direction": "up" }),
            "direction, up or down, is only for freeze",
        ),
        (
            "faults",
            json!({ "fault": "refuse", "for": 0 }),
            "0.1 to 3600 seconds",
        ),
        (
            "faults",
            json!({ "fault": "refuse", "kilobytes": 5 }),
            "kilobytes is only for buffer",
        ),
        (
            "faults",
            json!({ "fault": "buffer", "kilobytes": 5000 }),
            "1 to 1000",
        ),
        (
            "faults",
            json!({ "fault": "freeze", "direction": "sideways" }),
            "up is to the service",
        ),
        (
            "faults",
            json!({ "fault": "cut", "more": 1 }),
            "unknown field `more`",
        ),
        ("faults", json!({}), "missing field `fault`"),
        (
            "link",
            json!({ "delay": 20_000 }),
            "0 to 10000 milliseconds",
        ),
        ("link", json!({ "jitter": -1 }), "0 to 10000 milliseconds"),
        ("link", json!({ "bandwidth": 1 }), "at least 1200"),
        ("link", json!({ "lane": "x" }), "longpoll, sse, ws, shared"),
    ] {
        let method = if path == "link" { "PUT" } else { "POST" };
        let answer = controls
            .request(method, &format!("/gate/{path}"), &body)
            .await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (400, Some("application/problem+json")),
            "{body}"
        );
        assert!(
            answer.json()["detail"].as_str().unwrap().contains(allowed),
            "{body}: {}",
            answer.body
        );
    }
    for (query, detail) in [
        (
            "",
            "lane is missing: expected one of longpoll, sse, ws, shared",
        ),
        (
            "?lane=x",
            "lane=\"x\": expected one of longpoll, sse, ws, shared",
        ),
    ] {
        let path = format!("/gate/capture{query}");
        let answer = controls.send("GET", &path, &[], "").await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.json()["detail"], detail);
    }
    assert_eq!(
        controls
            .send("PUT", "/gate/link", &[JSON], "{")
            .await
            .status,
        400
    );
    assert_eq!(
        controls.send("PUT", "/gate/faults", &[], "").await.status,
        405
    );
}

#[actix_web::test]
async fn pages_of_other_origins_are_refused() {
    let controls = controls();
    let port = controls.address.port();
    let body = r#"{"fault":"cut"}"#;
    let with = async |headers: &[(&str, &str)]| {
        let mut client = Client::connect(controls.address).await;
        let headers: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let request = format!(
            "POST /gate/faults HTTP/1.1\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        client.write(request.as_bytes()).await;
        client.response().await.status
    };
    let own = format!("http://localhost:{port}");
    let local = format!("localhost:{port}");
    assert_eq!(with(&[("Host", &local), JSON]).await, 201);
    assert_eq!(with(&[("Host", &local), ("Origin", &own), JSON]).await, 201);
    assert_eq!(
        with(&[("Host", &local), ("Origin", "http://evil.example"), JSON]).await,
        403
    );
    assert_eq!(
        with(&[("Host", &local), ("Origin", "null"), JSON]).await,
        403
    );
    assert_eq!(
        with(&[
            ("Host", "evil.example"),
            ("Origin", "http://evil.example"),
            JSON
        ])
        .await,
        403
    );
    assert_eq!(with(&[("Host", "evil.example"), JSON]).await, 403);
    assert_eq!(
        with(&[("Host", &local), ("Content-Type", "text/plain")]).await,
        415
    );
}
