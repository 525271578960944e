//! Other servers beside ours. Needs Node, and no installed peer.

use crate::measured::{self, number, path};
use conformance::Server;
use serde_json::Value;
use sse_svc::Sse;
use std::fs;

/// Subscribers, where there are many.
const READERS: u64 = 8;

/// A peer of one file: an event stream in Node.
const SMALL: &str = r#"
title = "a small event stream"
source = "https://nodejs.org/api/http.html"
settings = "defaults"
needs = ["node"]
version = ["node", "--version"]
start = ["node", "{dir}/server.cjs", "{port}"]

[publish]
path = "/publish"
content-type = "text/plain"
body = "{text}"
acknowledged = "the text is given to every socket"

[sse]
path = "/events"

[files]
"server.cjs" = '''
const clients = new Set();
require("node:http").createServer((request, response) => {
  if (request.method === "POST") {
    request.setEncoding("utf8");
    request.on("data", (text) => clients.forEach((client) => client.write(`data: ${text}\n\n`)));
    request.on("end", () => response.end());
    return;
  }
  response.writeHead(200, { "Content-Type": "text/event-stream" }).flushHeaders();
  clients.add(response);
  request.on("close", () => clients.delete(response));
}).listen(process.argv[2], "127.0.0.1");
'''
"#;

/// Writes the file of a peer, and returns its path.
fn peer(name: &str, text: &str) -> String {
    let path = path(&format!("{name}.toml"));
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// Runs the benchmark once. Returns its exit code, its result and what it printed.
fn bench(arguments: &str) -> (i32, Value, String) {
    let usual = format!("--repetitions 1 --duration 0.3 --subscribers {READERS}");
    measured::bench("peers", &format!("{usual} {arguments}"))
}

/// Returns the scenarios of a server with their only repetition.
fn measured<'a>(run: &'a Value, server: &Value) -> Vec<(&'a Value, &'a Value)> {
    let series = run["series"].as_array().unwrap().iter();
    series
        .filter(|series| series["scenario"]["server"] == *server)
        .map(|series| (&series["scenario"], &series["repetitions"][0]))
        .collect()
}

#[test]
fn the_first_examples_are_measured_beside_ours() {
    let (code, run, printed) = bench("--peers origin-longpoll,origin-sse");
    assert_eq!(code, 0, "{printed}");
    let ours = measured(&run, &"ours".into());
    assert_eq!(ours.len(), 3 * 4 + 2 + 1, "{printed}");
    for (scenario, repetition) in ours {
        assert_eq!(repetition["lost"], 0, "{scenario}");
        assert!(number(&repetition["operations"]) > 0, "{scenario}");
    }
    for (name, operations) in [
        (
            "origin-longpoll",
            &["delivery", "delivery", "delivery", "idle"][..],
        ),
        ("origin-sse", &["idle", "opening"]),
    ] {
        let all = measured(&run, &serde_json::json!({ "peer": name }));
        let measures: Vec<_> = all
            .iter()
            .map(|(scenario, _)| &scenario["measures"])
            .collect();
        assert_eq!(measures, operations, "{name}");
        for (scenario, repetition) in all {
            assert!(repetition["server_cpu_seconds"].is_f64(), "{scenario}");
            let lost = number(&repetition["lost"]);
            match scenario["measures"].as_str().unwrap() {
                // The example gives each message to one client only.
                "delivery" => assert!(
                    lost > 0 && lost >= (READERS - 1) * number(&repetition["operations"]),
                    "{scenario} {repetition}"
                ),
                "idle" => assert!(
                    number(&repetition["memory"][4]["user_bytes"]) > 1_000_000,
                    "{scenario} {repetition}"
                ),
                _ => assert!(number(&repetition["operations"]) > 0, "{scenario}"),
            }
        }
    }
    assert!(
        printed.contains("How the other servers were set up"),
        "{printed}"
    );
}

#[test]
fn a_peer_is_added_by_one_file_and_a_broken_one_does_not_end_the_run() {
    let small = peer("small", SMALL);
    let start = r#"start = ["node", "-e", "console.error('no such port'); process.exit(3)"]"#;
    let broken = SMALL.lines().map(|line| {
        if line.starts_with("start") {
            start
        } else {
            line
        }
    });
    let broken = peer("broken", &broken.collect::<Vec<_>>().join("\n"));
    let (code, run, printed) = bench(&format!("--peers {small},{broken}"));
    assert_eq!(code, 0, "{printed}");
    let all = measured(&run, &serde_json::json!({ "peer": "small" }));
    assert_eq!(all.len(), 3 + 2, "{printed}");
    for (scenario, repetition) in all {
        assert_eq!(repetition["lost"], 0, "{scenario} {repetition}");
        assert!(number(&repetition["operations"]) > 0, "{scenario}");
    }
    let nothing = measured(&run, &serde_json::json!({ "peer": "broken" }));
    assert!(nothing.is_empty());
    let warnings = run["warnings"].to_string();
    for part in [
        "not measured",
        "broken: ended before it listened",
        "no such port",
    ] {
        assert!(warnings.contains(part), "{part}: {warnings}");
    }
}

#[test]
fn peers_that_cannot_be_measured_are_refused_with_a_remedy() {
    let needs = SMALL.replace(r#"needs = ["node"]"#, r#"needs = ["no-such-program"]"#);
    let missing = peer("missing", &needs);
    for (arguments, parts) in [
        (
            format!("--peers {missing}"),
            &["--peers", "no-such-program", "scripts/peers"][..],
        ),
        ("--pid 1".to_owned(), &["--longpoll", "--sse", "--ws"]),
        (
            "--sse http://127.0.0.1:1 --pid 0".to_owned(),
            &["--pid", "running process"],
        ),
        ("--only peers".to_owned(), &["--only"]),
    ] {
        let (code, run, printed) = bench(&arguments);
        assert_eq!((code, run), (2, Value::Null), "{printed}");
        for part in parts {
            assert!(printed.contains(part), "{part}: {printed}");
        }
    }
}

#[actix_web::test]
async fn a_running_server_is_measured_by_its_address_and_process() {
    let server = Server::start::<Sse>(&[]);
    let address = format!("http://{}", server.address());
    let bench = move || {
        let pid = std::process::id();
        let arguments = format!("--only quiet,idle --sse {address} --pid {pid}");
        (bench(&arguments), address)
    };
    let ((code, run, printed), address) = actix_web::rt::task::spawn_blocking(bench).await.unwrap();
    assert_eq!(code, 0, "{printed}");
    let url = format!("{address}/");
    let all = measured(&run, &serde_json::json!({ "url": url }));
    let measures: Vec<_> = all
        .iter()
        .map(|(scenario, _)| &scenario["measures"])
        .collect();
    assert_eq!(measures, ["delivery", "idle"], "{printed}");
    for (scenario, repetition) in all {
        assert!(repetition["server_cpu_seconds"].is_f64(), "{scenario}");
    }
}
