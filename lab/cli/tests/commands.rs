//! `lab` as users run it: processes with their input, output and signals.

#[allow(dead_code, reason = "it is shared, and not everything is needed here")]
mod process;

use conformance::Client;
use process::{Lab, Process, run};
use rustix::process::Signal;
use std::{
    net::{SocketAddr, TcpListener},
    time::{Duration, Instant},
};

const TRANSPORTS: [&str; 3] = ["longpoll", "sse", "ws"];

/// Starts a connected `lab listen` for each transport.
fn listen_everywhere(lab: &Lab, more: &[&str]) -> Vec<Process> {
    let start = |transport| {
        let address = lab.address(transport);
        let listener = Process::start(
            &[
                &["listen", "--transport", transport, "--url", &address],
                more,
            ]
            .concat(),
            "",
        );
        listener.wait_for_line("open: ");
        listener
    };
    TRANSPORTS.into_iter().map(start).collect()
}

#[test]
fn a_message_for_one_service_reaches_all_transports() {
    let lab = Lab::up(&[]);
    for to in TRANSPORTS {
        let listeners = listen_everywhere(&lab, &["--channel", to, "--count", "3"]);
        let end = run(
            &["publish", "--channel", to, "--to", &lab.address(to)],
            "hello there\n\n{\"a\": 1}\n42\n",
        );
        assert_eq!(
            (end.code, &*end.errors),
            (0, &*format!("published 3 to {to}, refused 0\n"))
        );
        let outputs: Vec<_> = listeners.into_iter().map(Process::end).collect();
        for output in &outputs {
            assert_eq!((output.code, &output.output), (0, &outputs[0].output));
        }
        let lines: Vec<serde_json::Value> = outputs[0]
            .output
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let messages: Vec<_> = lines
            .iter()
            .map(|line| line["message"].to_string())
            .collect();
        assert_eq!(messages, ["\"hello there\"", "{\"a\":1}", "42"]);
    }
}

#[test]
fn every_port_in_use_is_reported_with_its_flag() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().port().to_string();
    let end = run(
        &[
            "up",
            "--longpoll-port",
            "0",
            "--sse-port",
            &taken,
            "--ws-port",
            "0",
            "--page-port",
            &taken,
            "--gate-port",
            "0",
        ],
        "",
    );
    assert_eq!((end.code, &*end.output), (1, ""));
    for part in [&*format!("127.0.0.1:{taken}"), "--sse-port", "--page-port"] {
        assert!(end.errors.contains(part), "{}", end.errors);
    }
    assert!(!end.errors.contains("--ws-port"), "{}", end.errors);
}

#[test]
fn a_signal_ends_the_lab_soon_despite_subscribers() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let lab = Lab::up(&["--drain", "600"]);
        let listeners = listen_everywhere(&lab, &[]);
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

#[test]
fn a_refused_line_is_named_and_the_others_are_published() {
    let lab = Lab::up(&["--max-body", "100"]);
    let long = "x".repeat(200);
    let end = run(
        &["publish", "--to", &lab.address("sse")],
        &format!("a\n{long}\nb\n"),
    );
    assert_eq!(end.code, 1);
    assert!(
        end.errors.contains(
            "line 2: 413 Payload Too Large: the body is too large: at most 100 bytes are allowed"
        ),
        "{}",
        end.errors
    );
    assert!(
        end.errors.ends_with("published 2 to main, refused 1\n"),
        "{}",
        end.errors
    );
    let end = run(
        &[
            "listen",
            "--transport",
            "ws",
            "--url",
            &lab.address("ws"),
            "--after",
            "0",
            "--count",
            "2",
        ],
        "",
    );
    assert!(
        end.output.contains("\"a\"") && end.output.contains("\"b\""),
        "{}",
        end.output
    );
}

#[test]
fn a_failed_subscription_reports_the_reason() {
    let lab = Lab::up(&[]);
    for transport in TRANSPORTS {
        let wrong = lab.address("page");
        let end = run(&["listen", "--transport", transport, "--url", &wrong], "");
        assert_eq!(end.code, 1);
        assert!(
            end.errors.contains(&wrong) && end.errors.contains("404"),
            "{transport}: {}",
            end.errors
        );
    }
    let end = run(&["listen", "--channel", "no spaces"], "");
    assert!(
        end.code == 2 && end.errors.contains("a channel is"),
        "{}",
        end.errors
    );
}

#[test]
fn a_closed_pipe_ends_a_listener_without_an_error() {
    let lab = Lab::up(&[]);
    let listener = Process::start_unread(&["listen", "--url", &lab.address("sse")]);
    listener.wait_for_line("open: ");
    run(&["publish", "--to", &lab.address("sse")], "1\n");
    let end = listener.end();
    assert_eq!(end.code, 0);
    assert!(!end.errors.contains("error"), "{}", end.errors);
}

#[actix_web::test]
async fn the_page_is_isolated_and_knows_the_services() {
    let lab = Lab::up(&[]);
    let page: SocketAddr = lab
        .address("page")
        .replace("http://localhost", "127.0.0.1")
        .parse()
        .unwrap();
    let port = |name: &str| {
        lab.address(name)
            .rsplit(':')
            .next()
            .unwrap()
            .parse::<u16>()
            .unwrap()
    };
    let mut client = Client::connect(page).await;
    client.send("GET", "/services.json", &[], "").await;
    let services = client.response().await;
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
    for (path, status) in [
        ("/", 200),
        ("/js/main.js", 200),
        ("/health/ready", 200),
        ("/package.json", 404),
        ("/test/", 404),
    ] {
        client.send("GET", path, &[], "").await;
        let answer = client.response().await;
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
    let address: SocketAddr = lab
        .address("sse")
        .replace("http://localhost", "127.0.0.1")
        .parse()
        .unwrap();
    let origin = lab.address("page");
    let mut client = Client::connect(address).await;
    client
        .send("GET", "/messages?channel=c", &[("Origin", &origin)], "")
        .await;
    assert_eq!(
        client
            .response()
            .await
            .header("access-control-allow-origin"),
        Some(&*origin)
    );
}

#[test]
fn the_page_alone_reports_its_health() {
    let page = Process::start(&["page", "--port", "0"], "");
    let line = page.wait_for_line("page: listening on http://");
    let port = line.trim().rsplit(':').next().unwrap();
    assert_eq!(run(&["page", "--port", port, "--check"], "").code, 0);
    page.signal(Signal::HUP);
    assert_eq!(page.end().code, 0);
    assert_eq!(run(&["page", "--port", port, "--check"], "").code, 1);
}

#[test]
fn variables_that_kubernetes_sets_for_services_are_ignored() {
    let links = ["LONGPOLL_PORT", "SSE_PORT", "WS_PORT", "TOPOLOGY_PORT"]
        .map(|name| (name, "tcp://10.0.0.1:8080"));
    let page = Process::start_in(&links, &["page", "--port", "0"]);
    page.wait_for_line("page: listening on http://");
    for (name, _) in links {
        page.wait_for_line(&format!("warning: {name} is ignored"));
    }
    page.signal(Signal::TERM);
    assert_eq!(page.end().code, 0);
    let end = Process::start_in(&[("WS_PORT", "eighty")], &["page", "--port", "0"]).end();
    assert!(
        end.code == 2 && end.errors.contains("'eighty'"),
        "{}",
        end.errors
    );
}

#[test]
fn each_service_runs_alone_with_its_settings() {
    for transport in TRANSPORTS {
        let service = Process::start(&["serve", transport, "--port", "0", "--workers", "1"], "");
        let line = service.wait_for_line("listening on http://");
        let port = line.trim().rsplit(':').next().unwrap();
        assert_eq!(
            run(&["serve", transport, "--port", port, "--check"], "").code,
            0
        );
        service.signal(Signal::TERM);
        assert_eq!(service.end().code, 0);
    }
    let end = run(&["serve", "sse", "--history", "0"], "");
    assert!(
        end.code == 2 && end.errors.contains("--history"),
        "{}",
        end.errors
    );
}

#[test]
fn a_drain_shows_disconnects_and_reconnects() {
    let end = run(&["drain", "--readers", "20"], "");
    assert_eq!(end.code, 0, "{}", end.errors);
    for transport in TRANSPORTS {
        assert!(
            end.output.contains(&format!(
                "{transport}: 20 readers, and the service, are gone"
            )),
            "{}",
            end.output
        );
    }
    let counts = |word: &str| -> usize {
        let lines = end
            .output
            .lines()
            .filter_map(|line| line.split_once(word)?.0.split_whitespace().last());
        lines.filter_map(|count| count.parse::<usize>().ok()).sum()
    };
    assert_eq!(
        (counts(" gone "), counts(" back")),
        (60, 60),
        "{}",
        end.output
    );
}

#[test]
fn the_gate_is_controlled_from_the_terminal() {
    let lab = Lab::up(&["--delay", "0"]);
    let page = lab.address("page");
    let gate = |arguments: &[&str]| run(&[&["gate"], arguments, &["--url", &page]].concat(), "");
    let end = gate(&[
        "link",
        "--delay",
        "20ms",
        "--jitter",
        "2ms",
        "--bandwidth",
        "1mbit",
        "--lane",
        "sse",
        "--up",
    ]);
    assert_eq!(end.code, 0, "{}", end.errors);
    assert_eq!(
        end.output.matches("20.0 ms ± 2.0 ms, 1000 kbit/s").count(),
        1,
        "{}",
        end.output
    );
    let end = gate(&["fault", "freeze", "--lane", "ws", "--for", "60s"]);
    assert!(
        end.output.starts_with("ws: fault freeze"),
        "{}{}",
        end.output,
        end.errors
    );
    let end = gate(&["status"]);
    for part in [
        "gate",
        "fault freeze",
        "the gate itself:",
        &lab.address("gate shared"),
    ] {
        assert!(end.output.contains(part), "{part}: {}", end.output);
    }
    let state: serde_json::Value =
        serde_json::from_str(&gate(&["status", "--json"]).output).unwrap();
    assert_eq!(state["lanes"][2]["faults"][0]["fault"], "freeze");
    assert_eq!(gate(&["clear"]).output, "1 faults ended\n");
    let end = gate(&["fault", "cut", "--for", "5s"]);
    assert!(
        end.code == 1 && end.errors.contains("over at once"),
        "{}",
        end.errors
    );
    let end = run(&["gate", "fault", "loss"], "");
    assert!(
        end.code == 2 && end.errors.contains("black-hole"),
        "{}",
        end.errors
    );
    let end = run(&["gate"], "");
    assert!(
        end.code == 1 && end.errors.contains("--longpoll"),
        "{}",
        end.errors
    );
}

#[test]
fn a_standalone_gate_and_one_beside_a_page_reach_the_services() {
    let lab = Lab::up(&[]);
    let [longpoll, sse, ws] = TRANSPORTS.map(|transport| lab.address(transport));
    let alone = [
        "gate",
        "--longpoll",
        &longpoll,
        "--sse",
        &sse,
        "--ws",
        &ws,
        "--port",
        "0",
    ];
    let beside = [
        "page",
        "--gate-longpoll",
        &longpoll,
        "--gate-sse",
        &sse,
        "--gate-ws",
        &ws,
        "--port",
        "0",
    ];
    for arguments in [alone, beside] {
        let gate = Process::start(
            &[&arguments[..], &["--gate-port", "0", "--delay", "1ms"]].concat(),
            "",
        );
        let address = |lane| {
            gate.wait_for_line(&format!("gate: {lane} on "))
                .trim()
                .rsplit(' ')
                .next()
                .unwrap()
                .to_owned()
        };
        run(
            &["publish", "--to", &address("shared")],
            "through the gate\n",
        );
        for transport in TRANSPORTS {
            let listen = [
                "listen",
                "--transport",
                transport,
                "--after",
                "0",
                "--count",
                "1",
            ];
            for lane in [transport, "shared"] {
                let end = run(&[&listen[..], &["--url", &address(lane)]].concat(), "");
                assert!(
                    end.output.contains("through the gate"),
                    "{transport} at {lane}: {}",
                    end.errors
                );
            }
        }
        gate.signal(Signal::TERM);
        assert_eq!(gate.end().code, 0);
    }
    let end = run(
        &[
            "gate",
            "measure",
            "--connections",
            "10",
            "--duration",
            "1s",
            "--delay",
            "5ms",
        ],
        "",
    );
    assert!(
        end.code == 0 && end.output.contains("200 chunks"),
        "{}{}",
        end.output,
        end.errors
    );
}
