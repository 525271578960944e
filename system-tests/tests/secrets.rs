//! A secret that the lab gets or forwards appears in no response, log or result.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use conformance::{Client, Server};
use rustix::process::Signal;
use sse_svc::Sse;
use std::{fs, net::SocketAddr, path::PathBuf};
use system_tests::process::{Lab, Process, run};

const CANARY: &str = "hunter2-canary";
/// A broker address at which no server listens.
const BROKER: &str = "redis://me:hunter2-canary@127.0.0.1:1";
const KEY: &str = "hunter2-canary, thirty-two bytes or more";
const JSON: (&str, &str) = ("Content-Type", "application/json");

/// Returns the response to a request as text.
async fn answer(at: SocketAddr, method: &str, path: &str, body: &str) -> String {
    let mut client = Client::connect(at).await;
    client
        .send(method, path, &[JSON, ("Connection", "close")], body)
        .await;
    client.rest().await
}

fn assert_hidden(text: &str, whence: &str) {
    assert!(!text.contains(CANARY), "{whence}: {text}");
}

/// Sends requests with secrets in every place. The connections stay open with the returned clients.
async fn requests_with_secrets(at: SocketAddr) -> Vec<Client> {
    let places = "Authorization: Bearer {}\r\nProxy-Authorization: {}\r\nCookie: trilane={}\r\nX-Access-Token: {}\r\nX-Api-Key: {}\r\n\
        Idempotency-Key: {}\r\nSec-WebSocket-Protocol: trilane, {}\r\nReferer: http://a/?{}\r\nX-{}: {}\r\n";
    let mut clients = Vec::new();
    for target in [
        "/poll?channel=c&access_token={}",
        "/worker?{}",
        "/worker?a={}",
        "http://me:{}@a/worker?token={}",
    ] {
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: a\r\n{places}\r\n").replace("{}", CANARY);
        let request = request.replace(&format!("X-{CANARY}"), "X-Session");
        let mut client = Client::connect(at).await;
        client.write(request.as_bytes()).await;
        client.head().await;
        clients.push(client);
    }
    let mut other = Client::connect(at).await;
    other.write(format!("\x16\x03{CANARY}").as_bytes()).await;
    clients.push(other);
    clients
}

/// Requests every path of a page that could reveal a secret.
async fn assert_page_hides_secrets(page: SocketAddr) {
    let lanes =
        ["longpoll", "sse", "ws", "shared"].map(|lane| format!("/gate/capture?lane={lane}"));
    let paths = [
        "/",
        "/nothing",
        "/environment.json",
        "/services.json",
        "/gate",
        "/gate/connections",
        "/topology",
    ];
    for path in paths.into_iter().chain(lanes.iter().map(|path| &**path)) {
        assert_hidden(&answer(page, "GET", path, "").await, path);
    }
    for (method, path, body) in [
        ("POST", "/topology", r#"{"layout":"threads","workers":1}"#),
        ("DELETE", "/topology", ""),
        ("POST", "/services/sse/restart", ""),
    ] {
        assert_hidden(&answer(page, method, path, body).await, path);
    }
}

async fn assert_lab_hides_secrets(variables: &[(&str, &str)], flags: &[&str]) {
    let lab = Lab::up_in(
        &[variables, &[("RUST_LOG", "trace")]].concat(),
        &[flags, &["--delay", "0"]].concat(),
    );
    let mut clients = Vec::new();
    for lane in [
        "longpoll",
        "sse",
        "ws",
        "gate longpoll",
        "gate sse",
        "gate ws",
        "gate shared",
    ] {
        clients.extend(requests_with_secrets(lab.socket_address(lane)).await);
    }
    assert_page_hides_secrets(lab.socket_address("page")).await;
    for service in ["longpoll", "sse", "ws"] {
        for path in ["/health", "/health/ready", "/metrics", "/worker"] {
            assert_hidden(
                &answer(lab.socket_address(service), "GET", path, "").await,
                path,
            );
        }
    }
    drop(clients);
    lab.signal(Signal::TERM);
    let end = lab.end();
    assert_hidden(&end.output, "standard output");
    assert_hidden(&end.errors, "standard error");
}

#[actix_web::test]
async fn a_lab_hides_secrets_in_variables() {
    assert_lab_hides_secrets(
        &[
            ("JWT_SECRET", KEY),
            ("BROKER", BROKER),
            ("TOPOLOGY_BROKER", BROKER),
        ],
        &[],
    )
    .await;
}

#[actix_web::test]
async fn a_lab_hides_secrets_in_flags() {
    let flags = [
        "--jwt-secret",
        KEY,
        "--broker",
        BROKER,
        "--topology-broker",
        BROKER,
    ];
    assert_lab_hides_secrets(&[], &flags).await;
}

#[actix_web::test]
async fn a_page_hides_secrets() {
    let page = Process::start(&["page", "--port", "0", "--topology-broker", BROKER], "");
    assert_page_hides_secrets(page.address()).await;
    page.signal(Signal::TERM);
    assert_hidden(&page.end().errors, "standard error");
}

#[actix_web::test]
async fn a_result_contains_no_secret() {
    let server = Server::start::<Sse>(&[]);
    let url = format!("http://{}/?access_token={CANARY}", server.address());
    let files = ["json", "md"]
        .map(|ending| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("secrets.{ending}")));
    let [json, markdown] = files
        .each_ref()
        .map(|file| file.to_str().unwrap().to_owned());
    let ended = actix_web::rt::task::spawn_blocking(move || {
        let quick = "bench --only quiet --repetitions 1 --subscribers 2 --duration 0.2";
        let files = format!("--json {json} --markdown {markdown}");
        run(&format!("{quick} --sse {url} {files}"), "")
    });
    let end = ended.await.unwrap();
    assert_eq!(end.code, 0, "{}", end.errors);
    assert_hidden(&(end.output + &end.errors), "the terminal");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains("access_token=***"), "{}", file.display());
        assert_hidden(&text, &file.to_string_lossy());
        fs::remove_file(file).unwrap();
    }
}
