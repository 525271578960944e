//! `lab audit` as users run it: against correct services, and against one that alters a stream.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod faulty_proxy;

use actix_web::rt::task::spawn_blocking;
use broker::{Broker, Memory};
use conformance::Server;
use faulty_proxy::{FaultyProxy, StreamFault};
use gate::{Gate, Link};
use longpoll_svc::LongPoll;
use serde_json::Value;
use sse_svc::Sse;
use std::net::Ipv4Addr;
use system_tests::process::run;
use ws_svc::Ws;

/// Runs an audit to its end. Returns its exit status and its report.
async fn audit(arguments: &str) -> (i32, Value) {
    let audit = format!("audit --json - --seed 7 {arguments}");
    let ended = spawn_blocking(move || run(&audit, "")).await.unwrap();
    let report = serde_json::from_str(&ended.output).unwrap_or(Value::Null);
    eprintln!("{report:#}\n{}", ended.errors);
    (ended.code, report)
}

/// Sums a field over all transports.
fn sum(report: &Value, field: &str) -> u64 {
    let lanes = report["lanes"].as_array().unwrap().iter();
    lanes.map(|lane| lane[field].as_u64().unwrap()).sum()
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

/// Starts the three services with one broker.
fn services() -> (Server, Server, Server) {
    let broker = Broker::Memory(Memory::new(10));
    (
        Server::sharing::<LongPoll>(&[], broker.clone()),
        Server::sharing::<Sse>(&[], broker.clone()),
        Server::sharing::<Ws>(&[], broker),
    )
}

#[actix_web::test]
async fn the_promise_holds_while_services_are_cut_and_restarted() {
    let (code, report) =
        audit("--duration 6s --subscribers 4 --rate 60 --fault-every 20ms --restart-every 1s")
            .await;
    assert_eq!((code, &report["holds"]), (0, &Value::from(true)));
    assert!(report["published"].as_u64() > Some(10));
    assert_all_accounted_for(&report);
    for field in ["received", "cuts", "freezes", "leaves", "moves"] {
        assert!(sum(&report, field) > 0, "{field}");
    }
    let restarts = &report["restarts"];
    let restarted = ["drained", "killed"].map(|how| restarts[how].as_u64().unwrap());
    assert!(restarted.iter().sum::<u64>() > 0, "{restarts}");
}

#[actix_web::test]
async fn an_outage_of_redis_alone_causes_no_reset() {
    let (code, report) = audit(
        "--broker redis --duration 10s --subscribers 4 --rate 60 --harm-every 700ms \
         --fault-every 20ms --restart-every 1s",
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
    let (code, report) = audit(
        "--duration 4s --subscribers 4 --rate 200 --history 10 --fault-every 20ms \
         --restart-every 0s",
    )
    .await;
    assert_eq!(code, 0);
    assert_all_accounted_for(&report);
    assert!(sum(&report, "resets") > 0 && sum(&report, "lost") > 0);
}

#[actix_web::test]
async fn robust_clients_get_everything_despite_jitter_and_naive_ones_do_not() {
    let clients = 8;
    let small = "--profile jitter --subscribers 8 --messages 60 --rate 40 --cut-every 600ms \
                 --offline 300ms";
    let (code, report) = audit(small).await;
    assert_eq!((code, &report["holds"]), (0, &Value::from(true)));
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 6);
    for row in rows {
        let number = |field: &str| row[field].as_u64().unwrap();
        // 1.5 s have at least two windows of each client.
        assert!(number("cuts") >= 2 * clients, "{row}");
        assert_eq!(number("expected"), 60 * clients, "{row}");
        assert_eq!(row["latency"]["count"], row["received"], "{row}");
        if row["client"] == "robust" {
            assert_eq!(
                (number("received"), number("duplicates")),
                (60 * clients, 0)
            );
            assert!(row["replay"]["count"].as_u64() > Some(0), "{row}");
        } else {
            assert!(number("received") < 60 * clients, "{row}");
        }
    }
    let cuts = rows.iter().map(|row| row["cuts"].as_u64().unwrap());
    let cuts = cuts.collect::<std::collections::BTreeSet<_>>();
    assert_eq!(cuts.len(), 1, "the same windows for all: {cuts:?}");
}

#[actix_web::test]
async fn another_deployment_is_audited_by_its_addresses() {
    let (longpoll, sse, ws) = services();
    let (code, report) = others(&separately(&longpoll, &url(&sse), &ws)).await;
    assert_eq!(
        (code, &report["own"], &report["one_broker"]),
        (0, &Value::from(false), &Value::from(true))
    );
    assert!(sum(&report, "moves") > 0);
}

#[actix_web::test]
async fn one_address_is_enough_for_a_proxy_or_for_one_transport() {
    let (longpoll, sse, ws) = services();
    let addresses = [&longpoll, &sse, &ws].map(|server| server.address().to_string());
    let free = [(); 4].map(|()| net::listen((Ipv4Addr::LOCALHOST, 0).into()).unwrap());
    let gate = Gate::open_routes(free, addresses, Link::default()).unwrap();
    let origin = gate.lane_address("shared").unwrap();
    for (arguments, transports) in [
        (format!("--url http://{origin}"), 3),
        (format!("--sse {}", url(&sse)), 1),
    ] {
        let (code, report) = others(&arguments).await;
        assert_eq!((code, &report["one_broker"]), (0, &Value::from(true)));
        assert_eq!(report["lanes"].as_array().unwrap().len(), transports);
        assert_all_accounted_for(&report);
        assert_eq!(sum(&report, "moves") > 0, transports > 1);
    }
}

#[actix_web::test]
async fn without_a_common_broker_subscribers_keep_their_transport() {
    let (longpoll, sse, ws) = (
        Server::start::<LongPoll>(&[]),
        Server::start::<Sse>(&[]),
        Server::start::<Ws>(&[]),
    );
    let (code, report) = others(&separately(&longpoll, &url(&sse), &ws)).await;
    assert_eq!((code, &report["one_broker"]), (0, &Value::from(false)));
    assert_eq!(sum(&report, "moves"), 0);
}

fn separately(longpoll: &Server, sse: &str, ws: &Server) -> String {
    let [longpoll, ws] = [longpoll, ws].map(url);
    format!("--longpoll {longpoll} --sse {sse} --ws {ws}")
}

async fn others(addresses: &str) -> (i32, Value) {
    audit(&format!(
        "--duration 3s --subscribers 2 --rate 50 {addresses}"
    ))
    .await
}

#[actix_web::test]
async fn a_service_that_omits_or_repeats_a_message_is_found() {
    for (fault, name) in [
        (StreamFault::Omit, "gap"),
        (StreamFault::Repeat, "duplicate"),
    ] {
        let (longpoll, sse, ws) = services();
        let proxy = FaultyProxy::start(sse.address(), fault).await;
        // Cut connections could all be too short for the fault.
        let uncut = format!(
            "{} --fault-every 0",
            separately(&longpoll, &proxy.url(), &ws)
        );
        let (code, report) = others(&uncut).await;
        assert_eq!((code, &report["holds"]), (1, &Value::from(false)));
        let what = report["violations"][0]["what"].as_str().unwrap();
        assert!(what.starts_with(name), "{what}");
        let lanes = report["lanes"].as_array().unwrap().iter();
        let correct = lanes.filter(|lane| lane["transport"] != "sse");
        correct.for_each(|lane| assert_eq!(lane["violations"], 0));
    }
}

#[actix_web::test]
async fn without_services_there_is_no_verdict() {
    let (code, report) = others("--url http://127.0.0.1:1").await;
    assert_eq!((code, report), (2, Value::Null));
}
