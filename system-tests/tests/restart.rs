//! Restarts of a service from the page, while subscribers read and publishers publish.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use conformance::{Client, Response};
use serde_json::Value;
use system_tests::process::{Lab, Process, run};

const TRANSPORTS: [&str; 3] = ["longpoll", "sse", "ws"];

async fn ask(lab: &Lab, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    Client::ask(lab.socket_address("page"), method, path, headers, "").await
}

async fn restart(lab: &Lab, transport: &str) -> Response {
    ask(lab, "POST", &format!("/services/{transport}/restart"), &[]).await
}

/// Publishes `count` messages through a service that is not restarted.
async fn publish(lab: &Lab, through: &str, count: usize) {
    let mut client = Client::connect(lab.socket_address(through)).await;
    for number in 0..count {
        let body = format!(r#"{{"message":{number}}}"#);
        let answer = client.post("/messages?channel=c", &body).await;
        assert_eq!(answer.status, 200);
    }
}

/// Starts a connected subscriber for each transport, which ends after `count` messages.
fn listeners(lab: &Lab, count: &str) -> Vec<(&'static str, Process)> {
    let start = |transport| {
        let url = lab.address(transport);
        let listen =
            format!("listen --transport {transport} --url {url} --channel c --count {count}");
        let listen = Process::start(&listen, "");
        listen.wait_for_line("open: ");
        (transport, listen)
    };
    TRANSPORTS.into_iter().map(start).collect()
}

#[actix_web::test]
async fn subscribers_reconnect_after_a_restart_without_loss() {
    let lab = Lab::up(&[]);
    let listeners = listeners(&lab, "301");
    for (transport, other) in TRANSPORTS.into_iter().zip(["ws", "longpoll", "sse"]) {
        let (answer, ()) = tokio::join!(restart(&lab, transport), publish(&lab, other, 100));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let told = answer.json();
        assert_eq!(told["lane"], transport);
        // A poll client may be between two polls.
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
        // A poll client cannot distinguish a disconnect from another response.
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
async fn the_history_survives_a_restart_of_all_services() {
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
        let url = lab.address(transport);
        let some = "--channel c --after 0 --count 3";
        let listen = format!("listen --transport {transport} --url {url} {some}");
        assert_eq!(run(&listen, "").output.lines().count(), 3, "{transport}");
    }
}

#[actix_web::test]
async fn other_pages_may_not_restart_services() {
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
    let mut client = Client::connect(page.address()).await;
    let services = client.get("/services.json").await;
    assert_eq!(
        services.json().get("restarts"),
        None,
        "its services run elsewhere"
    );
}
