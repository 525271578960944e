//! `lab gate`, beside the services and alone.

use super::{
    TRANSPORTS,
    process::{Lab, Process, run},
};
use rustix::process::Signal;

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
        end.output.matches("20 ms ± 2 ms, 1 Mbit/s").count(),
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
    assert_eq!(gate(&["clear"]).output, "1 fault ended\n");
    let end = gate(&["fault", "cut", "--for", "5s"]);
    assert!(
        end.code == 1 && end.errors.contains("over at once"),
        "{}",
        end.errors
    );
    let end = gate(&["link"]);
    assert!(
        end.code == 1 && end.errors.contains("nothing to change"),
        "{}",
        end.errors
    );
    let end = gate(&["fault", "refuse", "--for", "2h"]);
    assert!(
        end.code == 2 && end.errors.contains("100ms to 1h"),
        "{}",
        end.errors
    );
    let end = gate(&["fault", "freeze", "--down", "--for", "60s"]);
    assert_eq!(end.code, 0, "{}", end.errors);
    assert_eq!(gate(&["clear"]).output, "4 faults ended\n");
    let end = run(&["gate", "fault", "loss"], "");
    assert!(
        end.code == 2 && end.errors.contains("black-hole"),
        "{}",
        end.errors
    );
    let end = gate(&["storm", "--clients", "5"]);
    let accepted = "5 of 5 clients were accepted again";
    assert!(
        end.output.starts_with(accepted),
        "{}{}",
        end.output,
        end.errors
    );
}

#[test]
fn a_gate_without_a_server_and_an_unreachable_one_are_errors_with_a_remedy() {
    let end = run(&["gate"], "");
    assert_eq!(end.code, 1);
    assert!(end.errors.contains("--upstream URL"), "{}", end.errors);
    // Nothing listens on the port of another protocol.
    let end = run(&["gate", "status", "--url", "http://127.0.0.1:9"], "");
    assert_eq!(end.code, 1);
    let remedy = "is `cargo lab` running? --url names another";
    assert!(end.errors.contains(remedy), "{}", end.errors);
}

#[test]
fn one_server_is_enough_for_a_gate() {
    let lab = Lab::up(&[]);
    let server = lab.address("sse");
    for (flag, lane) in [("--upstream", "upstream"), ("--sse", "sse")] {
        let alone = ["gate", flag, &server, "--port", "0", "--gate-port", "0"];
        let gate = Process::start(&alone, "");
        let address = |name: &str| {
            let line = gate.wait_for_line(&format!("gate: {name} on "));
            line.trim().rsplit(' ').next().unwrap().to_owned()
        };
        let through = address(lane);
        run(&["publish", "--url", &through], "through the gate\n");
        let listen = [
            "listen",
            "--transport",
            "sse",
            "--after",
            "0",
            "--count",
            "1",
        ];
        let end = run(&[&listen[..], &["--url", &through]].concat(), "");
        assert!(end.output.contains("through the gate"), "{}", end.errors);
        let controls = address("controls");
        let control =
            |arguments: &[&str]| run(&[&["gate"], arguments, &["--url", &controls]].concat(), "");
        let status = control(&["status"]).output;
        assert!(status.starts_with(lane), "{status}");
        assert!(!status.contains("shared"), "{status}");
        let end = control(&["fault", "cut", "--lane", lane]);
        assert_eq!(end.output, "done\n", "{}", end.errors);
        let end = control(&["fault", "cut", "--lane", "ws"]);
        assert!(
            end.errors.contains(&format!("expected one of {lane}")),
            "{}",
            end.errors
        );
        gate.signal(Signal::TERM);
        assert_eq!(gate.end().code, 0);
    }
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
            &["publish", "--url", &address("shared")],
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
