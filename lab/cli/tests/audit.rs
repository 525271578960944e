//! `lab audit` as users run it: against correct services, and against one that alters a stream.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod faulty_proxy;

use common::broker::{Broker, Memory};
use conformance::Server;
use faulty_proxy::{FaultyProxy, StreamFault};
use longpoll_svc::LongPoll;
use serde_json::Value;
use sse_svc::Sse;
use std::process::{Command, Output};
use ws_svc::Ws;

/// Runs an audit to its end. Returns its exit status and its report.
async fn audit(arguments: &[&str]) -> (i32, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command
        .args(["audit", "--json", "-", "--seed", "7"])
        .args(arguments);
    let ended = actix_web::rt::task::spawn_blocking(move || command.output()).await;
    let Output {
        status,
        stdout,
        stderr,
    } = ended.unwrap().unwrap();
    let report = serde_json::from_slice(&stdout).unwrap_or(Value::Null);
    eprintln!("{report:#}\n{}", String::from_utf8_lossy(&stderr));
    (status.code().unwrap(), report)
}

/// Sums a field over all three transports.
fn sum(report: &Value, field: &str) -> u64 {
    report["lanes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|lane| lane[field].as_u64().unwrap())
        .sum()
}

/// Checks by counting, without the audit's own verdict, that each subscriber received each message
/// or a reset declared it lost.
fn assert_all_accounted_for(report: &Value) {
    let published = report["published"].as_u64().unwrap();
    let readers = sum(report, "readers");
    assert_eq!(
        published * readers,
        sum(report, "received") + sum(report, "lost")
    );
}

fn url(server: &Server) -> String {
    format!("http://{}", server.address())
}

#[actix_web::test]
async fn the_promise_holds_while_services_are_cut_and_restarted() {
    let faults = ["--cut-every", "20ms", "--restart-every", "1s"];
    let (code, report) = audit(
        &[
            &["--duration", "6s", "--readers", "4", "--rate", "60"],
            &faults[..],
        ]
        .concat(),
    )
    .await;
    assert_eq!((code, &report["holds"]), (0, &Value::from(true)));
    assert!(report["published"].as_u64() > Some(10));
    assert_all_accounted_for(&report);
    for field in ["received", "cuts", "freezes", "leaves", "moves"] {
        assert!(sum(&report, field) > 0, "{field}");
    }
    let restarts = &report["restarts"];
    assert!(
        restarts["drained"].as_u64().unwrap() + restarts["killed"].as_u64().unwrap() > 0,
        "{restarts}"
    );
}

#[actix_web::test]
async fn an_outage_of_redis_alone_causes_no_reset() {
    let faults = [
        "--broker",
        "redis",
        "--harm-every",
        "700ms",
        "--cut-every",
        "20ms",
        "--restart-every",
        "1s",
    ];
    let (code, report) = audit(
        &[
            &["--duration", "10s", "--readers", "4", "--rate", "60"],
            &faults[..],
        ]
        .concat(),
    )
    .await;
    assert_eq!((code, &report["holds"]), (0, &Value::from(true)));
    assert_all_accounted_for(&report);
    assert_eq!(sum(&report, "resets"), 0);
    let redis = &report["redis"];
    let faults = ["restarted", "frozen", "cut"].map(|what| redis[what].as_u64().unwrap());
    assert!(faults.iter().sum::<u64>() > 2, "{redis}");
}

#[actix_web::test]
async fn subscribers_that_fall_out_of_a_small_history_get_a_reset() {
    let small = ["--history", "10", "--rate", "200", "--restart-every", "0s"];
    let (code, report) = audit(
        &[
            &["--duration", "4s", "--readers", "4", "--cut-every", "20ms"],
            &small[..],
        ]
        .concat(),
    )
    .await;
    assert_eq!(code, 0);
    assert_all_accounted_for(&report);
    assert!(sum(&report, "resets") > 0 && sum(&report, "lost") > 0);
}

#[actix_web::test]
async fn another_deployment_is_audited_by_its_addresses() {
    let broker = Broker::Memory(Memory::new(10));
    let longpoll = Server::sharing::<LongPoll>(&[], broker.clone());
    let (sse, ws) = (
        Server::sharing::<Sse>(&[], broker.clone()),
        Server::sharing::<Ws>(&[], broker),
    );
    let (code, report) = others(&url(&longpoll), &url(&sse), &url(&ws)).await;
    assert_eq!(
        (code, &report["own"], &report["one_broker"]),
        (0, &Value::from(false), &Value::from(true))
    );
    assert!(sum(&report, "moves") > 0);
}

#[actix_web::test]
async fn without_a_common_broker_subscribers_keep_their_transport() {
    let (longpoll, sse, ws) = (
        Server::start::<LongPoll>(&[]),
        Server::start::<Sse>(&[]),
        Server::start::<Ws>(&[]),
    );
    let (code, report) = others(&url(&longpoll), &url(&sse), &url(&ws)).await;
    assert_eq!((code, &report["one_broker"]), (0, &Value::from(false)));
    assert_eq!(sum(&report, "moves"), 0);
}

async fn others(longpoll: &str, sse: &str, ws: &str) -> (i32, Value) {
    let addresses = ["--longpoll", longpoll, "--sse", sse, "--ws", ws];
    audit(
        &[
            &["--duration", "3s", "--readers", "2", "--rate", "50"],
            &addresses[..],
        ]
        .concat(),
    )
    .await
}

#[actix_web::test]
async fn a_service_that_omits_or_repeats_a_message_is_found() {
    for (fault, name) in [
        (StreamFault::Omit, "gap"),
        (StreamFault::Repeat, "duplicate"),
    ] {
        let broker = Broker::Memory(Memory::new(10));
        let longpoll = Server::sharing::<LongPoll>(&[], broker.clone());
        let (sse, ws) = (
            Server::sharing::<Sse>(&[], broker.clone()),
            Server::sharing::<Ws>(&[], broker),
        );
        let proxy = FaultyProxy::start(sse.address(), fault).await;
        let (code, report) = others(&url(&longpoll), &proxy.url(), &url(&ws)).await;
        assert_eq!((code, &report["holds"]), (1, &Value::from(false)));
        let what = report["violations"][0]["what"].as_str().unwrap();
        assert!(what.starts_with(name), "{what}");
        let correct = report["lanes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|lane| lane["transport"] != "sse");
        correct.for_each(|lane| assert_eq!(lane["violations"], 0));
    }
}

#[actix_web::test]
async fn without_services_there_is_no_verdict() {
    let (code, report) = others(
        "http://127.0.0.1:1",
        "http://127.0.0.1:1",
        "http://127.0.0.1:1",
    )
    .await;
    assert_eq!((code, report), (2, Value::Null));
}
