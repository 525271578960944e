//! What must hold for the log of every service's program, whoever reads it and whatever clients send.

use super::{Client, Process, patient};
use std::time::Duration;

/// Requests that a careless or hostile client sends. None of them is a fault of the service.
const BAD: [&str; 14] = [
    "\0\u{1}garbage\r\n\r\n",
    "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\r\n\r\n",
    "GET /health/live HTTP/1.1\r\n\r\n",
    "GET /health/live HTTP/9.9\r\nHost: x\r\n\r\n",
    "GET /a\u{1}b HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /%00%0aERROR HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
    "POST /messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: -1\r\n\r\n",
    "POST /messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"mess",
    "POST /messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n{",
    "POST /messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "POST /messages HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    "GET /ws?channel=c HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 9\r\n\r\n",
    "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n\r\n\r\nGARBAGE\r\n\r\nGET / HTTP/1.1\r\n",
];

/// Each makes about a kilobyte of lines: together three times what a pipe holds.
const REQUESTS: usize = 200;

/// With all that it can log, for a reader that has stopped reading. Then it ends as it is told.
pub async fn a_log_that_nobody_reads_keeps_nobody_waiting(program: &str) {
    let mut process = Process::start_unread("trace", program);
    let mut client = Client::connect(process.address()).await;
    for _ in 0..REQUESTS {
        client.send("GET", "/health/live", &[], "").await;
        assert_eq!(client.response().await.status, 200);
    }
    client.send("GET", "/metrics", &[], "").await;
    assert!(
        client
            .response()
            .await
            .body
            .contains("trilane_log_lines_dropped_total{")
    );
    process.terminate();
    assert!(process.end().await.0.success());
}

/// Whoever can reach the port could fill the disk, or hide what matters.
pub async fn what_clients_do_wrong_is_not_logged(program: &str) {
    let log = log_of_bad_requests(Process::start(program, &[])).await;
    let while_it_serves = log
        .lines()
        .skip_while(|line| !line.contains("listening on"))
        .skip(1);
    let lines: Vec<_> = while_it_serves
        .take_while(|line| !line.contains("stopping"))
        .collect();
    assert!(lines.is_empty(), "{lines:#?}");
    assert!(log.trim_end().ends_with("stopped"), "{log}");
}

/// Also for those who choose their own filter.
pub async fn what_clients_do_wrong_is_no_error(program: &str) {
    let log = log_of_bad_requests(Process::start_logging("info", program, &[])).await;
    assert!(!log.contains("ERROR"), "{log}");
}

/// What a program logs of them from its start to its end.
async fn log_of_bad_requests(process: Process) -> String {
    let long = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n",
        "y".repeat(200_000)
    );
    for request in BAD.iter().copied().chain([&*long]) {
        for beginning in [request, &request[..request.len() / 2]] {
            let mut client = Client::connect(process.address()).await;
            client.try_write(beginning.as_bytes()).await;
            let _ = tokio::time::timeout(Duration::from_millis(20), client.peek()).await;
        }
    }
    let mut client = Client::connect(process.address()).await;
    client.send("GET", "/health/live", &[], "").await;
    assert_eq!(client.response().await.status, 200);
    process.terminate();
    patient("a log", process.whole_log()).await
}
