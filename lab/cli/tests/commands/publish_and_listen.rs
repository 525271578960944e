//! `lab publish` and `lab listen`.

use super::{
    TRANSPORTS, listen_everywhere,
    process::{Lab, Process, run},
};
use rustix::process::Signal;

#[test]
fn a_message_for_one_service_reaches_all_transports() {
    let lab = Lab::up(&[]);
    for to in TRANSPORTS {
        let listeners = listen_everywhere(&lab, &["--channel", to, "--count", "3"]);
        let end = run(
            &["publish", "--channel", to, "--url", &lab.address(to)],
            "hello there\n\n{\"a\": 1}\n42\n",
        );
        assert_eq!(
            (end.code, &*end.errors),
            (0, &*format!("published 3 messages to {to}, refused 0\n"))
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
fn a_refused_line_is_named_and_the_others_are_published() {
    let lab = Lab::up(&["--max-body", "100"]);
    let long = "x".repeat(200);
    let end = run(
        &["publish", "--url", &lab.address("sse")],
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
        end.errors
            .ends_with("published 2 messages to main, refused 1\n"),
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
fn a_line_that_a_signal_stops_is_a_failure() {
    // Nothing listens on the port of another protocol.
    let publisher = Process::start(&["publish", "--url", "http://127.0.0.1:9"], "hi\n");
    publisher.wait_for_line("retrying in ");
    publisher.signal(Signal::INT);
    let end = publisher.end();
    let summary = "published 0 messages to main, refused 0, not acknowledged 1\n";
    assert_eq!(end.code, 1, "{}", end.errors);
    assert!(end.errors.ends_with(summary), "{}", end.errors);
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
    run(&["publish", "--url", &lab.address("sse")], "1\n");
    let end = listener.end();
    assert_eq!(end.code, 0);
    assert!(!end.errors.contains("error"), "{}", end.errors);
}
