//! Tasks that are refused: by their bodies, by tokens, by settings and by limits.

use super::tasks::{INLINE, LARGE, begin, body, delete};
use crate::{
    Response, Subscriber,
    client::JSON,
    eventually,
    steps::assert_problem,
    tokens::{self, token_for},
};
use serde_json::json;

/// A refused task publishes nothing.
pub async fn a_bad_task_is_a_named_problem<S: Subscriber>() {
    let server = S::start(&["--max-body", "100"]).await;
    let large = format!("{}{}", " ".repeat(100), body(1));
    for (query, header, body, status, name, words) in [
        (
            "?channel=a/b",
            JSON,
            "{\"primes_below\":1}",
            400,
            "bad-channel",
            "a/b",
        ),
        (
            "?inline=1",
            JSON,
            "{\"primes_below\":1}",
            400,
            "bad-parameter",
            "true or false",
        ),
        (
            "",
            ("content-type", "text/plain"),
            "{\"primes_below\":1}",
            415,
            "bad-content-type",
            "application/json",
        ),
        ("", JSON, "{\"primes_below\":", 400, "malformed-json", "EOF"),
        ("", JSON, "{}", 422, "bad-task", "primes_below"),
        (
            "",
            JSON,
            "{\"primes_below\":400000001}",
            422,
            "bad-task",
            "from 0 to 400000000",
        ),
        ("", JSON, &large, 413, "body-too-large", "100 bytes"),
    ] {
        let response = server
            .request("POST", &format!("/tasks{query}"), &[header], body)
            .await;
        assert_problem(&response, status, name, words);
    }
    assert_problem(
        &server.get("/tasks").await,
        405,
        "method-not-allowed",
        "POST",
    );
    assert_problem(
        &server.get("/tasks/a").await,
        405,
        "method-not-allowed",
        "DELETE",
    );
    assert_problem(&delete(&server, "a").await, 404, "no-such-task", "\"a\"");
    assert_eq!(server.get("/messages").await.json()["messages"], json!([]));
}

/// To start a task and to delete it.
pub async fn tasks_need_permission_to_publish<S: Subscriber>() {
    let server = S::start(&tokens::FLAGS).await;
    let [may, may_not] = [["news.*"], ["other"]]
        .map(|channels| format!("Bearer {}", token_for(&channels, &["*"], 60.0)));
    let request = async |method, path: &str, token: &str| {
        server
            .request(
                method,
                path,
                &[JSON, ("authorization", token)],
                &body(LARGE),
            )
            .await
    };
    let refused = request("POST", "/tasks?channel=news.a", &may_not).await;
    assert_problem(&refused, 403, "channel-not-allowed", "news.a");
    let begun = request("POST", "/tasks?channel=news.a", &may).await;
    assert_eq!(begun.status, 202, "{}", begun.body);
    let task = format!(
        "/tasks/{}",
        begun.json()["task"].as_str().expect("a task's name")
    );
    assert_problem(
        &request("DELETE", &task, &may_not).await,
        403,
        "channel-not-allowed",
        "news.a",
    );
    assert_eq!(request("DELETE", &task, &may).await.status, 204);
}

/// Its result is published before the response, since it blocks the thread.
pub async fn an_inline_task_needs_a_setting<S: Subscriber>() {
    let server = S::start(&[]).await;
    let refused = server.post("/tasks?inline=true", &[], &body(10)).await;
    assert_problem(&refused, 403, "inline-not-enabled", "--tasks-inline");
    let server = S::start(&INLINE).await;
    let task = begin(&server, "inline=true", 100).await;
    let history = server.get("/messages").await.json();
    let result = &history["messages"][0]["message"];
    assert_eq!(
        (&result["task"], &result["count"]),
        (&json!(task), &json!(25))
    );
}

/// Large tasks leave slots for small ones. A refusal has `Retry-After`.
pub async fn tasks_are_limited_by_address_and_in_total<S: Subscriber>() {
    let server = S::start(&["--tasks", "2", "--trust-proxy", "1"]).await;
    let begin_of = async |address: &str, primes_below: u64| {
        let headers = [JSON, ("x-forwarded-for", address)];
        server
            .request("POST", "/tasks", &headers, &body(primes_below))
            .await
    };
    let begin = async |address: &str| begin_of(address, LARGE).await;
    let retries = |refused: &Response| {
        let seconds = refused
            .header("retry-after")
            .and_then(|seconds| seconds.parse().ok());
        assert!(
            seconds.is_some_and(|seconds: u64| seconds > 0),
            "{:?}",
            refused.header("retry-after")
        );
    };
    let first = begin("10.0.0.1").await;
    assert_eq!(first.status, 202, "{}", first.body);
    let again = begin("10.0.0.1").await;
    assert_problem(&again, 429, "one-task-at-a-time", "retry in");
    retries(&again);
    assert_eq!(begin("10.0.0.2").await.status, 202);
    let full = begin("10.0.0.3").await;
    assert_problem(&full, 503, "too-many-tasks", "retry in");
    retries(&full);
    let small = begin_of("10.0.0.3", 5000).await;
    assert_eq!(small.status, 202, "{}", small.body);
    assert_eq!(
        delete(
            &server,
            first.json()["task"].as_str().expect("a task's name")
        )
        .await
        .status,
        204
    );
    eventually("room for another", async || {
        begin("10.0.0.1").await.status == 202
    })
    .await;
}

/// `--tasks 0` refuses every task.
pub async fn tasks_can_be_switched_off<S: Subscriber>() {
    let server = S::start(&["--tasks", "0", "--tasks-inline"]).await;
    for query in ["", "?inline=true"] {
        let refused = server.post(&format!("/tasks{query}"), &[], &body(1)).await;
        assert_problem(&refused, 403, "tasks-not-enabled", "--tasks");
    }
}
