//! `lab publish` and `lab listen`.

use super::{
    TRANSPORTS, listen_everywhere,
    process::{End, Lab, Process, run},
};
use rustix::process::Signal;
use serde_json::Value;

/// Returns the messages that a listener has printed.
fn messages(output: &str) -> Vec<Value> {
    let lines = output.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_message_for_one_service_reaches_all_transports() {
    let lab = Lab::up(&[]);
    for to in TRANSPORTS {
        let listeners = listen_everywhere(&lab, &format!("--channel {to} --count 3"));
        let publish = format!("publish --channel {to} --url {}", lab.address(to));
        let end = run(&publish, "hello there\n\n{\"a\": 1}\n42\n");
        let summary = format!("published 3 messages to {to}, refused 0\n");
        assert_eq!((end.code, end.errors), (0, summary));
        let outputs = listeners.into_iter().map(|listener| listener.end());
        let outputs: Vec<_> = outputs.map(End::succeeded).collect();
        assert!(outputs.iter().all(|output| *output == outputs[0]));
        let received = messages(&outputs[0]);
        let bodies: Vec<_> = received
            .iter()
            .map(|message| message["message"].to_string())
            .collect();
        assert_eq!(bodies, ["\"hello there\"", "{\"a\":1}", "42"]);
    }
}

#[test]
fn an_end_ends_every_listener() {
    let lab = Lab::up(&[]);
    let listeners = listen_everywhere(&lab, "--channel c");
    let publish = format!("publish --channel c --url {}", lab.address("sse"));
    run(&format!("{publish} --event token --end"), "a\nb\n").succeeded();
    for listener in listeners {
        let end = listener.end();
        assert!(end.errors.ends_with("end: the channel has ended\n"));
        let received = messages(&end.succeeded());
        assert_eq!(
            (received.len(), &received[1]["event"]),
            (3, &"token".into())
        );
        assert_eq!(received[2]["end"], true);
    }
    run(&publish, "c\n").failed(1, "line 1: 409 Conflict");
}

#[test]
fn a_refused_line_is_named_and_the_others_are_published() {
    let lab = Lab::up(&["--max-body", "100"]);
    let lines = format!("a\n{}\nb\n", "x".repeat(200));
    let end = run(&format!("publish --url {}", lab.address("sse")), &lines);
    let why = "413 Payload Too Large: the body is too large: at most 100 bytes are allowed";
    end.failed(1, &format!("line 2: {why}"));
    end.failed(1, "published 2 messages to main, refused 1\n");
    let url = lab.address("ws");
    let listen = format!("listen --transport ws --url {url} --after 0 --count 2");
    let output = run(&listen, "").succeeded();
    assert!(
        output.contains("\"a\"") && output.contains("\"b\""),
        "{output}"
    );
}

#[test]
fn a_line_that_a_signal_stops_is_a_failure() {
    // Nothing listens on the port of another protocol.
    let publisher = Process::start("publish --url http://127.0.0.1:9", "hi\n");
    publisher.wait_for_line("retrying in ");
    publisher.signal(Signal::INT);
    let summary = "published 0 messages to main, refused 0, not acknowledged 1\n";
    publisher.end().failed(1, summary);
}

#[test]
fn a_failed_subscription_reports_the_reason() {
    let lab = Lab::up(&[]);
    let wrong = lab.address("page");
    for transport in TRANSPORTS {
        let listen = format!("listen --transport {transport} --url {wrong}");
        run(&listen, "").failed(1, &format!("{wrong}: 404"));
    }
    run("listen --channel no/slash", "").failed(2, "a channel is");
}

#[test]
fn a_closed_pipe_ends_a_listener_without_an_error() {
    let lab = Lab::up(&[]);
    let url = lab.address("sse");
    let listener = Process::start_unread(&format!("listen --url {url}"));
    listener.wait_for_line("open: ");
    run(&format!("publish --url {url}"), "1\n").succeeded();
    let end = listener.end();
    assert_eq!(end.code, 0);
    assert!(!end.errors.contains("error"), "{}", end.errors);
}
