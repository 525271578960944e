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
