//! A service is deployed anew, as the page has it done, while readers read and others publish.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[allow(dead_code, reason = "it is shared, and not everything is needed here")]
mod process;

use conformance::{Client, Response};
use process::{Lab, Process, run};
use serde_json::Value;
use std::net::SocketAddr;

const TRANSPORTS: [&str; 3] = ["longpoll", "sse", "ws"];
const JSON: (&str, &str) = ("Content-Type", "application/json");

fn address(lab: &Lab, name: &str) -> SocketAddr {
    lab.address(name)
        .replace("http://localhost", "127.0.0.1")
        .parse()
        .unwrap()
}

async fn ask(lab: &Lab, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut client = Client::connect(address(lab, "page")).await;
    client.send(method, path, headers, "").await;
    client.response().await
}

async fn restart(lab: &Lab, transport: &str) -> Response {
    ask(lab, "POST", &format!("/services/{transport}/restart"), &[]).await
}

/// Publishes so many, through a service that is not being restarted.
async fn publish(lab: &Lab, through: &str, count: usize) {
    let mut client = Client::connect(address(lab, through)).await;
    for number in 0..count {
        client
            .send(
                "POST",
                "/messages?channel=c",
                &[JSON],
                &format!(r#"{{"message":{number}}}"#),
            )
            .await;
        assert_eq!(client.response().await.status, 200);
    }
}

/// One for each transport, connected, which ends after so many messages.
fn listeners(lab: &Lab, count: &str) -> Vec<(&'static str, Process)> {
    let start = |transport| {
        let (at, flags) = (lab.address(transport), ["--channel", "c", "--count", count]);
        let listen = Process::start(
            &[
                &["listen", "--transport", transport, "--url", &at],
                &flags[..],
            ]
            .concat(),
            "",
        );
        listen.says("open: ");
        (transport, listen)
    };
    TRANSPORTS.into_iter().map(start).collect()
}

#[actix_web::test]
async fn readers_are_told_to_go_and_come_back_to_everything() {
    let lab = Lab::up(&[]);
    let listeners = listeners(&lab, "301");
    for (transport, other) in TRANSPORTS.into_iter().zip(["ws", "longpoll", "sse"]) {
        let (answer, ()) = tokio::join!(restart(&lab, transport), publish(&lab, other, 100));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let told = answer.json();
        assert_eq!(told["lane"], transport);
        // A poller may be on its way to its next poll.
        assert!(
            told["readers"] == 1 || (transport == "longpoll" && told["readers"] == 0),
            "{told}"
        );
        assert!(
            told["stopped"].as_u64() <= told["serving"].as_u64(),
            "{told}"
        );
    }
    publish(&lab, "sse", 1).await;
    for (transport, listener) in listeners {
        let end = listener.end();
        assert_eq!(
            (end.code, end.errors.contains("reset: what came after")),
            (0, false),
            "{}",
            end.errors
        );
        // To a poller, a goodbye is an answer like others.
        assert!(
            end.errors.contains("retrying in") || transport == "longpoll",
            "{transport}: {}",
            end.errors
        );
        let offset = |line: &str| {
            serde_json::from_str::<Value>(line).unwrap()["id"]
                .as_str()
                .unwrap()
                .rsplit('-')
                .next()
                .unwrap()
                .parse()
        };
        let offsets: Vec<u64> = end
            .output
            .lines()
            .map(|line| offset(line).unwrap())
            .collect();
        assert_eq!(offsets, (1..=301).collect::<Vec<_>>(), "{transport}");
    }
}

#[actix_web::test]
async fn the_log_is_there_again_when_all_three_are_restarted_at_once() {
    let lab = Lab::up(&[]);
    publish(&lab, "ws", 3).await;
    let answers = tokio::join!(
        restart(&lab, "longpoll"),
        restart(&lab, "sse"),
        restart(&lab, "ws"),
        restart(&lab, "ws")
    );
    let mut statuses = [answers.0, answers.1, answers.2, answers.3].map(|answer| answer.status);
    statuses.sort_unstable();
    assert_eq!(
        statuses,
        [200, 200, 200, 409],
        "a service that is being restarted is not restarted twice"
    );
    for transport in TRANSPORTS {
        let at = lab.address(transport);
        let listen = [
            "listen",
            "--transport",
            transport,
            "--url",
            &at,
            "--channel",
            "c",
            "--after",
            "0",
            "--count",
            "3",
        ];
        assert_eq!(run(&listen, "").output.lines().count(), 3, "{transport}");
    }
}

#[actix_web::test]
async fn only_the_page_and_programs_may_do_it_and_only_to_services() {
    let lab = Lab::up(&[]);
    let path = "/services/sse/restart";
    assert_eq!(
        ask(
            &lab,
            "POST",
            path,
            &[("Origin", "http://elsewhere.example")]
        )
        .await
        .status,
        403
    );
    assert_eq!(ask(&lab, "GET", path, &[]).await.status, 405);
    let answer = restart(&lab, "shared").await;
    assert!(
        answer.status == 404 && answer.body.contains("longpoll, sse, ws"),
        "{}",
        answer.body
    );
    assert_eq!(
        ask(&lab, "GET", "/services.json", &[]).await.json()["restarts"],
        true
    );
    let page = Process::start(&["page", "--port", "0"], "");
    let port = page
        .says("page: listening on http://")
        .trim()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let mut client = Client::connect((std::net::Ipv4Addr::LOCALHOST, port).into()).await;
    client.send("GET", "/services.json", &[], "").await;
    assert_eq!(
        client.response().await.json().get("restarts"),
        None,
        "its services run elsewhere"
    );
}
