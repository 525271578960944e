//! Requests that the gate's API refuses.

use super::{JSON, controls};
use conformance::Client;
use serde_json::json;

const LANES: &str = "longpoll, sse, ws, shared";

#[actix_web::test]
async fn a_problem_names_what_is_allowed() {
    let controls = controls();
    let faults = [
        (json!({ "fault": "loss" }), "black-hole"),
        (json!({ "fault": "cut", "lane": "http" }), LANES),
        (json!({ "fault": "cut", "for": 5 }), "a cut is over at once"),
        (
            json!({ "fault": "refuse", "direction": "up" }),
            "direction, up or down, is only for freeze",
        ),
        (
            json!({ "fault": "refuse", "for": 0 }),
            "0.1 to 3600 seconds",
        ),
        (
            json!({ "fault": "refuse", "kilobytes": 5 }),
            "kilobytes is only for buffer",
        ),
        (json!({ "fault": "buffer", "kilobytes": 5000 }), "1 to 1000"),
        (
            json!({ "fault": "freeze", "direction": "sideways" }),
            "expected `up` or `down`",
        ),
        (json!({ "fault": "cut", "more": 1 }), "unknown field `more`"),
        (json!({}), "missing field `fault`"),
    ];
    let links = [
        (json!({ "delay": 20_000 }), "0 to 10000 milliseconds"),
        (json!({ "jitter": -1 }), "0 to 10000 milliseconds"),
        (json!({ "bandwidth": 1 }), "at least 1200"),
        (json!({ "lane": "x" }), LANES),
    ];
    let faults = faults.map(|(body, allowed)| ("POST", "/gate/faults", body, allowed));
    let links = links.map(|(body, allowed)| ("PUT", "/gate/link", body, allowed));
    for (method, path, body, allowed) in faults.into_iter().chain(links) {
        let answer = controls.request(method, path, &body).await;
        let problem = Some("application/problem+json");
        let kind = (answer.status, answer.header("content-type"));
        assert_eq!(kind, (400, problem), "{body}");
        let detail = answer.json()["detail"].to_string();
        assert!(detail.contains(allowed), "{body}: {detail}");
    }
}

#[actix_web::test]
async fn a_list_of_one_lane_needs_its_name() {
    let controls = controls();
    for (query, detail) in [
        ("capture", "lane is missing: expected one of "),
        ("requests", "lane is missing: expected one of "),
        ("capture?lane=x", "lane=\"x\": expected one of "),
        ("requests?lane=x", "lane=\"x\": expected one of "),
    ] {
        let answer = controls.get(&format!("/gate/{query}")).await;
        assert_eq!(answer["detail"], format!("{detail}{LANES}"));
        assert_eq!(answer["status"], 400);
    }
    let answer = controls.get("/gate/requests?lane=sse&after=x").await;
    let detail = "after=\"x\": expected the id of a request";
    assert_eq!(answer["detail"], detail);
}

#[actix_web::test]
async fn other_methods_other_media_types_and_broken_json_are_refused() {
    let controls = controls();
    let text = [("Content-Type", "text/plain")];
    for (method, path, headers, body, status) in [
        ("PUT", "/gate/link", &[JSON], "{", 400),
        ("PUT", "/gate/faults", &[JSON], "", 405),
        ("POST", "/gate/faults", &text, "{}", 415),
    ] {
        let answer = controls.send(method, path, headers, body).await;
        assert_eq!(answer.status, status, "{method} {path}");
    }
}

#[actix_web::test]
async fn pages_of_other_origins_are_refused() {
    let controls = controls();
    let local = format!("localhost:{}", controls.address.port());
    let own = format!("http://{local}");
    let body = r#"{"fault":"cut"}"#;
    for (host, origin, status) in [
        (&*local, None, 201),
        (&local, Some(&*own), 201),
        (&local, Some("http://evil.example"), 403),
        (&local, Some("null"), 403),
        ("evil.example", Some("http://evil.example"), 403),
        ("evil.example", None, 403),
    ] {
        let origin = origin.map_or(String::new(), |origin| format!("Origin: {origin}\r\n"));
        let request = format!(
            "POST /gate/faults HTTP/1.1\r\nHost: {host}\r\n{origin}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut client = Client::connect(controls.address).await;
        client.write(request.as_bytes()).await;
        assert_eq!(client.response().await.status, status, "{request}");
    }
}
