//! `lab bench` as users run it, at a small scale: every kind of scenario, with exact counts.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod faulty_proxy;

use conformance::Server;
use faulty_proxy::{FaultyProxy, StreamFault};
use serde_json::Value;
use sse_svc::Sse;
use std::{
    path::PathBuf,
    process::Command,
    sync::{Mutex, PoisonError},
};

/// Serialises the tests: each of them measures time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs the benchmark to its end. Returns its exit code, result and errors.
fn bench(name: &str, arguments: &[&str]) -> (i32, Value, String) {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command
        .args(["bench", "--repetitions", "2", "--readers", "20", "--json"])
        .arg(&file);
    let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let ended = command.args(arguments).output().unwrap();
    drop(alone);
    let run = std::fs::read_to_string(&file)
        .map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
    let _ = std::fs::remove_file(file);
    (
        ended.status.code().unwrap(),
        run,
        String::from_utf8(ended.stderr).unwrap(),
    )
}

/// Returns each repetition with its scenario.
fn repetitions(run: &Value) -> Vec<(&Value, &Value)> {
    let series = run["series"].as_array().unwrap();
    let all = series.iter().flat_map(|series| {
        let repetitions = series["repetitions"].as_array().unwrap();
        assert_eq!(repetitions.len(), 2);
        repetitions
            .iter()
            .map(|repetition| (&series["scenario"], repetition))
    });
    all.collect()
}

fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("expected a number, got {value}"))
}

/// Returns the number of recorded latencies.
fn latencies(repetition: &Value) -> u64 {
    repetition["latency"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| number(&pair[1]))
        .sum()
}

#[test]
fn deliveries_are_measured_and_none_is_lost() {
    let (code, run, errors) = bench(
        "deliveries",
        &["--seconds", "300ms", "--only", "cost,quiet"],
    );
    assert_eq!(code, 0, "{errors}");
    let all = repetitions(&run);
    assert_eq!(all.len(), 2 * (3 * 2 * 2 + 3 * 2));
    for (scenario, repetition) in all {
        assert_eq!(
            (&scenario["readers"], &repetition["lost"]),
            (&20.into(), &0.into()),
            "{scenario}"
        );
        for none in ["duplicated", "reordered", "resets"] {
            assert_eq!(number(&repetition[none]), 0, "{none}: {scenario}");
        }
        assert_eq!(
            latencies(repetition),
            number(&repetition["operations"]),
            "{scenario}"
        );
        match scenario["experiment"].as_str().unwrap() {
            // Every message has reached every subscriber.
            "quiet" => {
                assert_eq!(
                    number(&repetition["operations"]),
                    20 * number(&repetition["published"]),
                    "{scenario}"
                );
            }
            _ => assert!(number(&repetition["operations"]) > 0, "{scenario}"),
        }
    }
}

#[test]
fn every_other_operation_is_measured() {
    let (code, run, errors) = bench(
        "others",
        &[
            "--seconds",
            "0.3",
            "--only",
            "keep-alive,upstream,opening,comeback,idle",
        ],
    );
    assert_eq!(code, 0, "{errors}");
    for (scenario, repetition) in repetitions(&run) {
        assert_eq!(number(&repetition["lost"]), 0, "{scenario}");
        let operations = number(&repetition["operations"]);
        if scenario["measures"] == "idle" {
            let steps: Vec<_> = repetition["memory"]
                .as_array()
                .unwrap()
                .iter()
                .map(|at| number(&at["connections"]))
                .collect();
            assert_eq!(steps, [2, 5, 10, 15, 20]);
            continue;
        }
        let wire = &repetition["wire"];
        assert!(
            operations > 0 && latencies(repetition) == operations,
            "{scenario} {repetition}"
        );
        assert!(
            number(&wire["up_bytes"]) > 0 && number(&wire["down_bytes"]) > 0,
            "{scenario} {wire}"
        );
        if scenario["measures"] == "opening" {
            let opened = [&wire["connections"], &wire["requests"]].map(number);
            assert_eq!(opened, [operations; 2], "{scenario}");
        }
    }
}

#[actix_web::test]
async fn a_server_that_loses_or_repeats_messages_is_found() {
    let server = Server::start::<Sse>(&[]);
    for (fault, field) in [
        (StreamFault::Omit, "lost"),
        (StreamFault::Repeat, "duplicated"),
    ] {
        let proxy = FaultyProxy::start(server.address(), fault).await;
        let url = proxy.url();
        let measured = actix_web::rt::task::spawn_blocking(move || {
            bench(
                "faulty-proxy",
                &["--only", "quiet", "--seconds", "0.6", "--sse", &url],
            )
        });
        let (code, run, errors) = measured.await.unwrap();
        assert_eq!(code, 0, "{errors}");
        for (scenario, repetition) in repetitions(&run) {
            // Once for each stream.
            let expected = if scenario["server"]["url"].is_string() {
                20
            } else {
                0
            };
            assert_eq!(
                number(&repetition[field]),
                expected,
                "{scenario} {repetition}"
            );
        }
    }
}

#[test]
fn wrong_arguments_are_named() {
    for (arguments, part) in [
        (["--only", "speed"], "cost"),
        (["--payload", "3"], "33..=60000"),
        (["--seconds", "0"], "50ms to 10m"),
        (["--rate", "0"], "messages per second"),
        (["--sse", "https://a"], "http://a"),
    ] {
        let (code, run, errors) = bench("wrong", &arguments);
        assert_eq!((code, run), (2, Value::Null));
        assert!(
            errors.contains(part) && errors.contains(arguments[0]),
            "{errors}"
        );
    }
}

/// Returns the values of a figure in a topic, by subject.
fn figures<'a>(run: &'a Value, topic: &str, figure: &str) -> Vec<(&'a str, Vec<f64>)> {
    let facts = run["facts"].as_array().unwrap().iter();
    let found = facts.filter(|fact| {
        fact["topic"].as_str().unwrap().starts_with(topic) && fact["figure"] == figure
    });
    let values = |fact: &'a Value| {
        fact["values"]
            .as_array()
            .unwrap()
            .iter()
            .map(|value| value.as_f64().unwrap())
    };
    found
        .map(|fact| (fact["subject"].as_str().unwrap(), values(fact).collect()))
        .collect()
}

/// Runs a benchmark of services as a whole.
fn bench_services(arguments: &[&str]) -> (i32, Value, String) {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.json", arguments[0]));
    let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let ended = Command::new(env!("CARGO_BIN_EXE_lab"))
        .arg("bench")
        .args(arguments)
        .arg("--json")
        .arg(&file)
        .output();
    drop(alone);
    let run = std::fs::read_to_string(&file)
        .map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
    let _ = std::fs::remove_file(file);
    let ended = ended.unwrap();
    (
        ended.status.code().unwrap(),
        run,
        String::from_utf8(ended.stderr).unwrap(),
    )
}

#[test]
fn threads_and_processes_are_measured_with_exact_counts() {
    let arguments = "processes --workers 2 --connections 20 --repetitions 1 --seconds 0.4";
    let (code, run, errors) = bench_services(&arguments.split(' ').collect::<Vec<_>>());
    assert_eq!(code, 0, "{errors}");
    for (topic, figure, subjects) in [
        ("Start", "until it answers", 3),
        ("Memory", "in all", 3),
        ("A message", "p50", 3),
        ("Requests", "requests", 3),
        // All clients at rest and beside the workers; for each of two layouts, clients of the
        // computing worker and of another.
        ("What others feel", "p50", 6),
    ] {
        let found = figures(&run, topic, figure);
        assert_eq!(found.len(), subjects, "{topic}: {found:?}");
        assert!(
            found
                .iter()
                .flat_map(|(_, values)| values)
                .all(|value| *value > 0.0),
            "{topic}: {found:?}"
        );
    }
    for (subject, fewest) in figures(&run, "How connections spread", "fewest of a worker") {
        let most = figures(&run, "How connections spread", "most of a worker");
        let most = &most.iter().find(|(other, _)| *other == subject).unwrap().1;
        assert_eq!(fewest[0] + most[0], 20.0, "{subject}");
    }
    let lost = figures(&run, "One process is killed", "of them lost");
    assert_eq!(lost[0], ("1 process with its threads", vec![20.0]));
    assert!((1.0..20.0).contains(&lost[1].1[0]), "{lost:?}");
    for nothing in ["messages missed after the comeback", "resets"] {
        let counted = figures(&run, "One process is killed", nothing);
        assert!(
            counted.len() == 2 && counted.iter().all(|(_, values)| values[0] == 0.0),
            "{nothing}: {counted:?}"
        );
    }
}

#[test]
fn all_connections_over_several_processes_get_every_message() {
    let (code, run, errors) = bench_services(
        &"scale --readers 20 --processes 2 --seconds 0.4"
            .split(' ')
            .collect::<Vec<_>>(),
    );
    assert_eq!(code, 0, "{errors}");
    for (figure, count) in [
        ("connections", 20.0),
        ("messages", 1.0),
        ("deliveries", 20.0),
        ("lost", 0.0),
        ("duplicated", 0.0),
        ("connections ended", 0.0),
    ] {
        let transports = ["longpoll", "sse", "ws"].map(|transport| (transport, vec![count]));
        assert_eq!(
            figures(&run, "20 connections", figure),
            transports,
            "{figure}"
        );
    }
}
