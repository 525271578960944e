//! Commands that run one part alone, and `lab drain`.

use super::{
    TRANSPORTS,
    process::{Process, run},
};
use rustix::process::Signal;

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
                "{transport}: disconnected 20 subscribers, and stopped after "
            )),
            "{}",
            end.output
        );
    }
    let conclusion = "Every subscriber was disconnected within ";
    assert!(end.output.contains(conclusion), "{}", end.output);
    let counts = |word: &str| -> usize {
        let lines = end
            .output
            .lines()
            .filter_map(|line| line.split_once(word)?.0.split_whitespace().last());
        lines.filter_map(|count| count.parse::<usize>().ok()).sum()
    };
    assert_eq!(
        (counts(" disconnected "), counts(" may reconnect")),
        (60, 60),
        "{}",
        end.output
    );
}

#[test]
fn a_broker_without_publishers_is_not_measured() {
    let end = run(&["broker", "--messages", "1", "--publishers", "1,0"], "");
    assert_eq!(end.code, 2, "{}", end.errors);
    assert!(end.errors.contains("--publishers"), "{}", end.errors);
}

#[test]
fn a_closed_pipe_ends_a_drain_without_an_error() {
    let end = Process::start_unread(&["drain", "--readers", "5"]).end();
    assert_eq!(end.code, 0, "{}", end.errors);
}

#[test]
fn a_broker_is_measured_with_a_conclusion() {
    let end = run(&["broker", "--messages", "1000", "--publishers", "1"], "");
    assert_eq!(end.code, 0, "{}", end.errors);
    let conclusion = "With 1 publisher, half of the messages were acknowledged within ";
    assert!(end.output.contains(conclusion), "{}", end.output);
}
