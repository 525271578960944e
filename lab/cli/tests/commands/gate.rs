//! `lab gate`, beside the services and alone.

use super::{
    TRANSPORTS,
    process::{Lab, Process, run},
};
use rustix::process::Signal;
use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

#[test]
fn the_gate_is_controlled_from_the_terminal() {
    let lab = Lab::up(&["--delay", "0"]);
    let page = lab.address("page");
    let gate = |arguments: &str| run(&format!("gate {arguments} --url {page}"), "");
    let link = "link --delay 20ms --jitter 2ms --bandwidth 1mbit --lane sse --up";
    let output = gate(link).succeeded();
    assert_eq!(
        output.matches("20 ms ± 2 ms, 1 Mbit/s").count(),
        1,
        "{output}"
    );
    let output = gate("fault freeze --lane ws --for 60s").succeeded();
    assert!(output.starts_with("ws: fault freeze"), "{output}");
    let output = gate("status").succeeded();
    let shared = lab.address("gate shared");
    for part in ["gate", "fault freeze", "the gate itself:", &shared] {
        assert!(output.contains(part), "{part}: {output}");
    }
    let state: serde_json::Value =
        serde_json::from_str(&gate("status --json -").succeeded()).unwrap();
    assert_eq!(state["lanes"][2]["faults"][0]["fault"], "freeze");
    assert_eq!(gate("clear").output, "1 fault ended\n");
    gate("fault cut --for 5s").failed(1, "over at once");
    gate("link").failed(1, "nothing to change");
    gate("fault refuse --for 2h").failed(2, "100ms to 1h");
    gate("fault freeze --down --for 60s").succeeded();
    assert_eq!(gate("clear").output, "4 faults ended\n");
    run("gate fault loss", "").failed(2, "black-hole");
    let output = gate("storm --clients 5").succeeded();
    let accepted = "5 of 5 clients were accepted again";
    assert!(output.starts_with(accepted), "{output}");
}

#[test]
fn the_json_of_a_gate_is_written_to_a_file_beside_the_text() {
    let lab = Lab::up(&[]);
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/gate-status.json");
    let status = format!("gate status --url {} --json {file}", lab.address("page"));
    assert!(run(&status, "").succeeded().contains("the gate itself:"));
    let written: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(written["lanes"][3]["lane"], "shared");
    run(&format!("{status}/no"), "").failed(1, "gate-status.json/no");
    std::fs::remove_file(file).unwrap();
}

#[test]
fn a_gate_without_a_server_and_an_unreachable_one_are_errors_with_a_remedy() {
    run("gate", "").failed(1, "--upstream URL");
    // Nothing listens on the port of another protocol.
    let remedy = "is `cargo lab` running? --url names another";
    run("gate status --url http://127.0.0.1:9", "").failed(1, remedy);
}

#[test]
fn a_server_of_another_kind_is_told_from_a_gate_and_from_a_service() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let _ = client.read(&mut [0; 4096]);
            let hello = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
            client.write_all(hello).unwrap();
        }
    });
    let expected = format!("{url}: this is not the address of a gate's controls");
    run(&format!("gate status --url {url}"), "").failed(1, &expected);
    let expected = format!("{url}: this does not respond to a publication as a service does");
    run(&format!("audit --url {url}"), "").failed(2, &expected);
}

/// Returns the URL that a gate has logged for a lane or its controls.
fn address(gate: &Process, name: &str) -> String {
    let line = gate.wait_for_line(&format!("gate: {name} on "));
    line.trim().rsplit(' ').next().unwrap().to_owned()
}

/// Listens for the message that was published through a gate.
fn assert_heard(transport: &str, url: &str) {
    let listen = format!("listen --transport {transport} --after 0 --count 1 --url {url}");
    let output = run(&listen, "").succeeded();
    assert!(output.contains("through the gate"), "{url}: {output}");
}

fn ends(gate: Process) {
    gate.signal(Signal::TERM);
    gate.end().succeeded();
}

#[test]
fn one_server_is_enough_for_a_gate() {
    let lab = Lab::up(&[]);
    let server = lab.address("sse");
    for (flag, lane) in [("--upstream", "upstream"), ("--sse", "sse")] {
        let alone = format!("gate {flag} {server} --port 0 --gate-port 0");
        let gate = Process::start(&alone, "");
        let through = address(&gate, lane);
        run(&format!("publish --url {through}"), "through the gate\n").succeeded();
        assert_heard("sse", &through);
        let controls = address(&gate, "controls");
        let control = |arguments: &str| run(&format!("gate {arguments} --url {controls}"), "");
        let status = control("status").succeeded();
        assert!(
            status.starts_with(lane) && !status.contains("shared"),
            "{status}"
        );
        let cut = format!("fault cut --lane {lane}");
        assert_eq!(control(&cut).succeeded(), "done\n");
        control("fault cut --lane ws").failed(1, &format!("expected one of {lane}"));
        ends(gate);
    }
}

#[test]
fn a_standalone_gate_and_one_beside_a_page_reach_the_services() {
    let lab = Lab::up(&[]);
    let [longpoll, sse, ws] = TRANSPORTS.map(|transport| lab.address(transport));
    for command in [
        format!("gate --longpoll {longpoll} --sse {sse} --ws {ws}"),
        format!("page --gate-longpoll {longpoll} --gate-sse {sse} --gate-ws {ws}"),
    ] {
        let any = format!("{command} --port 0 --gate-port 0 --delay 1ms");
        let gate = Process::start(&any, "");
        let shared = address(&gate, "shared");
        run(&format!("publish --url {shared}"), "through the gate\n").succeeded();
        for transport in TRANSPORTS {
            assert_heard(transport, &address(&gate, transport));
            assert_heard(transport, &shared);
        }
        ends(gate);
    }
}

#[test]
fn a_gate_is_measured() {
    let measure = "gate measure --connections 10 --duration 1s --delay 5ms";
    let output = run(measure, "").succeeded();
    // On a busy machine, the gate reads several chunks at once.
    assert_eq!(output.matches("(100 trips)").count(), 2, "{output}");
}
