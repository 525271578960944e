//! The log of a service's program: it blocks no request, and clients cannot fill it.

use crate::{
    Client, Process,
    client::JSON,
    patient,
    tokens::{FLAGS, SECRET, token_for},
};
use std::time::Duration;

/// Requests of careless or hostile clients. None of them is an error of the service.
const BAD: [&str; 14] = [
    "\0\u{1}garbage\r\n\r\n",
    "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\r\n\r\n",
    "GET /health/live HTTP/1.1\r\n\r\n",
    "GET /health/live HTTP/9.9\r\nHost: x\r\n\r\n",
    "GET /a\u{1}b HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /%00%0aERROR HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
    "POST /messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
     Content-Length: -1\r\n\r\n",
    "POST /messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
     Content-Length: 9\r\n\r\n{\"mess",
    "POST /messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
     Content-Length: 99999999\r\n\r\n{",
    "POST /messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
     Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "POST /messages HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    "GET /ws?channel=c HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n\
     Upgrade: websocket\r\nSec-WebSocket-Version: 9\r\n\r\n",
    "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n\r\n\r\nGARBAGE\r\n\r\nGET / HTTP/1.1\r\n",
];

/// The number of requests. Each logs about 1 kB: together three times the capacity of a pipe.
const REQUESTS: usize = 200;

/// No process reads the log, which is at level `trace`. SIGTERM still ends the program.
pub async fn an_unread_log_blocks_no_request(program: &str) {
    let mut process = Process::start_unread("trace", program);
    let mut client = Client::connect(process.address()).await;
    for _ in 0..REQUESTS {
        assert_eq!(client.get("/health/live").await.status, 200);
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

/// Otherwise a client could fill the disk, or hide important lines.
pub async fn client_errors_are_not_logged(program: &str) {
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

/// At level `info` they may be logged, but not as errors.
pub async fn client_errors_are_no_error_lines(program: &str) {
    let log = log_of_bad_requests(Process::start_logging("info", program, &[])).await;
    assert!(!log.contains("ERROR"), "{log}");
}

/// Sends the bad requests to a program and stops it. Returns its log.
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
    assert_eq!(client.get("/health/live").await.status, 200);
    process.terminate();
    patient("a log", process.whole_log()).await
}

/// Neither log nor responses contain a token, valid or not, or the secret, even at level `trace`.
pub async fn a_program_never_logs_a_token(program: &str, path: &str, headers: &[(&str, &str)]) {
    let process = Process::start_logging("trace", program, &FLAGS);
    let tokens = [
        token_for(&["*"], &["*"], 60.0),
        token_for(&[], &[], 60.0),
        token_for(&["*"], &["*"], -1.0),
    ];
    let paths = [path, "/messages", "/nowhere", "/health/ready", "/metrics"];
    for (token, path) in tokens
        .iter()
        .flat_map(|token| paths.map(|path| (token, path)))
    {
        let (bearer, cookie) = (format!("Bearer {token}"), format!("trilane={token}"));
        let query = format!("{path}?channel=c&access_token={token}");
        let ways = [
            (&*query, vec![]),
            (path, vec![("authorization", &*bearer)]),
            (path, vec![("cookie", &*cookie)]),
        ];
        for (path, credentials) in ways {
            for (method, own, body) in [
                ("GET", headers, ""),
                ("POST", &[JSON], "{\"message\":1}"),
                ("DELETE", &[], ""),
            ] {
                let mut client = Client::connect(process.address()).await;
                client
                    .send(method, path, &[own, &credentials].concat(), body)
                    .await;
                // A poll of the compatibility endpoint waits for a message; one has been published
                // by then.
                let head = client.head().await;
                let answer = if head.status >= 400 {
                    client.body(head).await.body
                } else {
                    String::new()
                };
                assert!(
                    !tokens.iter().any(|token| answer.contains(token)),
                    "{method} {path}: {answer}"
                );
            }
        }
    }
    process.terminate();
    let log = process.whole_log().await;
    assert!(log.contains("TRACE") && log.contains("stopped"), "{log}");
    for text in tokens.iter().map(String::as_str).chain([SECRET]) {
        // The signature alone must not be in the log either.
        let part = text.rsplit('.').next().expect("a part");
        assert!(!log.contains(part), "{part} is in the log");
    }
}
