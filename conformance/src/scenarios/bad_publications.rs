//! Publications that are refused, each with a problem that names the mistake.

use crate::{Subscriber, client::JSON, steps::assert_problem};
use serde_json::json;

/// The request is `POST /messages`.
pub async fn a_bad_publication_is_a_named_problem<S: Subscriber>() {
    let server = S::start(&["--max-body", "100"]).await;
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
        (
            "",
            JSON,
            r#"{"message":1,"event":"a b"}"#,
            400,
            "bad-event",
            "1 to 128",
        ),
        (
            "",
            JSON,
            r#"{"message":1,"event":"reset"}"#,
            400,
            "bad-event",
            "event=\"reset\": reserved",
        ),
        (
            "",
            JSON,
            r#"{"message":1,"event":1}"#,
            400,
            "bad-event",
            "one string",
        ),
        (
            "",
            JSON,
            r#"{"message":1,"end":1}"#,
            400,
            "bad-end",
            "true or false",
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
        // The body is not encoded; the header alone is refused.
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
        .post(
            "/messages",
            &[("idempotency-key", "a b")],
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
