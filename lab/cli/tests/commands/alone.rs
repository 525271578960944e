//! Commands that run one part alone, and `lab drain`.

use super::{
    TRANSPORTS,
    process::{Process, run},
};
use rustix::process::Signal;

#[test]
fn the_page_alone_reports_its_health() {
    let page = Process::start("page --port 0", "");
    let port = page.address().port();
    let check = format!("page --port {port} --check");
    run(&check, "").succeeded();
    page.signal(Signal::HUP);
    page.end().succeeded();
    run(&check, "").failed(1, "");
}

#[test]
fn variables_that_kubernetes_sets_for_services_are_ignored() {
    let links = ["LONGPOLL_PORT", "SSE_PORT", "WS_PORT", "TOPOLOGY_PORT"]
        .map(|name| (name, "tcp://10.0.0.1:8080"));
    let page = Process::start_in(&links, "page --port 0");
    page.wait_for_line("page: listening on http://");
    for (name, _) in links {
        page.wait_for_line(&format!("warning: {name} is ignored"));
    }
    page.signal(Signal::TERM);
    page.end().succeeded();
    let wrong = Process::start_in(&[("WS_PORT", "eighty")], "page --port 0");
    wrong.end().failed(2, "'eighty'");
}

#[test]
fn each_service_runs_alone_with_its_settings() {
    for transport in TRANSPORTS {
        let serve = format!("serve {transport} --port 0 --workers 1");
        let service = Process::start(&serve, "");
        let port = service.address().port();
        run(&format!("serve {transport} --port {port} --check"), "").succeeded();
        service.signal(Signal::TERM);
        service.end().succeeded();
    }
    run("serve sse --history 0", "").failed(2, "--history");
}

#[test]
fn a_drain_shows_disconnects_and_reconnects() {
    let output = run("drain --subscribers 20", "").succeeded();
    for transport in TRANSPORTS {
        let stopped = format!("{transport}: disconnected 20 subscribers, and stopped after ");
        assert!(output.contains(&stopped), "{output}");
    }
    let conclusion = "Every subscriber was disconnected within ";
    assert!(output.contains(conclusion), "{output}");
    let counts = |word: &str| -> usize {
        let lines = output.lines();
        let before = lines.filter_map(|line| line.split_once(word)?.0.split_whitespace().last());
        before.filter_map(|count| count.parse::<usize>().ok()).sum()
    };
    let counted = (counts(" disconnected "), counts(" may reconnect"));
    assert_eq!(counted, (60, 60), "{output}");
}

#[test]
fn a_closed_pipe_ends_a_drain_without_an_error() {
    let end = Process::start_unread("drain --subscribers 5").end();
    assert_eq!(end.code, 0, "{}", end.errors);
}

#[test]
fn a_broker_is_measured_with_a_conclusion() {
    let output = run("broker --messages 1000 --publishers 1", "").succeeded();
    let conclusion = "With 1 publisher, half of the messages were acknowledged within ";
    assert!(output.contains(conclusion), "{output}");
    run("broker --messages 1 --publishers 1,0", "").failed(2, "--publishers");
}
