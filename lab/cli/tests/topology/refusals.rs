//! What the topology refuses.

use crate::{
    client::{JSON, TopologyClient},
    process::Lab,
};
use serde_json::Value;

#[actix_web::test]
async fn without_redis_threads_work_and_processes_report_it() {
    let lab = Lab::up_in(&[("PATH", "/nowhere")], &[]);
    let controls = TopologyClient::new(&lab);
    let body = r#"{"layout":"processes","workers":2}"#;
    let refused = controls.request("POST", "/topology", &[JSON], body).await;
    assert_eq!(refused.status, 503);
    let why = refused.json()["detail"].clone();
    assert!(
        why.as_str()
            .unwrap()
            .contains("apt-get install redis-server"),
        "{why}"
    );
    assert_eq!(controls.state().await["no_processes"], why);
    assert_eq!(controls.start("threads", 2).await.len(), 1);
}

#[actix_web::test]
async fn bad_requests_and_other_pages_are_refused() {
    let lab = Lab::up(&[]);
    let controls = TopologyClient::new(&lab);
    let request_body = r#"{"layout":"threads","workers":2}"#;
    let own = format!("http://{}", controls.0);
    for (method, path, headers, body, status) in [
        (
            "POST",
            "/topology",
            &[JSON][..],
            r#"{"layout":"threads","workers":9}"#,
            400,
        ),
        (
            "POST",
            "/topology",
            &[("Content-Type", "text/plain")],
            request_body,
            415,
        ),
        (
            "DELETE",
            "/topology",
            &[("Origin", "http://evil.example")],
            "",
            403,
        ),
        ("DELETE", "/topology/processes/1", &[], "", 404),
        ("DELETE", "/topology/processes/all", &[], "", 404),
        ("PUT", "/topology", &[JSON], request_body, 405),
        ("GET", "/topology", &[("Origin", &own)], "", 200),
    ] {
        let answer = controls.request(method, path, headers, body).await;
        assert_eq!(
            answer.status, status,
            "{method} {path} {headers:?}: {}",
            answer.body
        );
    }
    assert_eq!(controls.state().await["running"], Value::Null);
}
