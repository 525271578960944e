//! `lab up`: its ports, its end and its page.

use super::{
    listen_everywhere,
    process::{Lab, run},
};
use conformance::Client;
use rustix::process::Signal;
use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

#[test]
fn every_port_in_use_is_reported_with_its_flag() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().port().to_string();
    let free = "--longpoll-port 0 --ws-port 0 --gate-port 0";
    let up = format!("up {free} --sse-port {taken} --page-port {taken}");
    let end = run(&up, "");
    assert_eq!(end.output, "");
    for part in [&*format!("127.0.0.1:{taken}"), "--sse-port", "--page-port"] {
        end.failed(1, part);
    }
    assert!(!end.errors.contains("--ws-port"), "{}", end.errors);
}

#[test]
fn a_signal_ends_the_lab_soon_despite_subscribers() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let lab = Lab::up(&["--drain", "600"]);
        let listeners = listen_everywhere(&lab, "");
        let began = Instant::now();
        lab.signal(signal);
        let end = lab.end();
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "{:?}",
            began.elapsed()
        );
        assert_eq!(end.code, 0, "{}", end.errors);
        assert!(
            end.output
                .contains("Stopping: disconnecting 3 subscribers.")
                && end.output.ends_with("Stopped.\n")
        );
        for listener in listeners {
            listener.wait_for_line("retrying in ");
            listener.signal(signal);
            assert_eq!(listener.end().code, 0);
        }
    }
}

#[actix_web::test]
async fn the_page_is_isolated_and_knows_the_services() {
    let lab = Lab::up(&[]);
    let page = lab.socket_address("page");
    let port = |name: &str| lab.socket_address(name).port();
    let mut client = Client::connect(page).await;
    let services = client.get("/services.json").await;
    let gate = ["longpoll", "sse", "ws", "shared"]
        .map(|lane| (lane.to_owned(), port(&format!("gate {lane}")).into()));
    let gate = serde_json::Map::from_iter(gate);
    let mut services = services.json();
    let topology = services
        .as_object_mut()
        .and_then(|places| places.remove("topology"));
    assert!(
        topology.is_some_and(|port| port.as_u64() > Some(0)),
        "the reserved port of the topology"
    );
    let expected = serde_json::json!({ "longpoll": port("longpoll"), "sse": port("sse"), "ws": port("ws"), "gate": gate, "restarts": true });
    assert_eq!(services, expected);
    for (path, status) in [("/", 200), ("/health/ready", 200), ("/test/", 404)] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            Some("same-origin")
        );
        assert_eq!(
            answer.header("cross-origin-embedder-policy"),
            Some("require-corp")
        );
        let policy = answer.header("content-security-policy").unwrap();
        for name in ["ws", "gate ws", "gate shared"] {
            assert!(
                policy.contains(&format!("ws://127.0.0.1:{}", port(name))),
                "{policy}"
            );
        }
    }
}

#[actix_web::test]
async fn the_origin_of_the_page_is_allowed() {
    let lab = Lab::up(&[]);
    let address = lab.socket_address("sse");
    let origin = lab.address("page");
    let path = "/messages?channel=c";
    let answer = Client::ask(address, "GET", path, &[("Origin", &origin)], "").await;
    let allowed = answer.header("access-control-allow-origin");
    assert_eq!(allowed, Some(&*origin));
}
