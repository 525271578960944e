//! `lab bench` as its users run it, in miniature: every kind of scenario, with exact counts.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod liar;

use common::testing::Server;
use liar::{Liar, Lie};
use serde_json::Value;
use sse_svc::Sse;
use std::{
    path::PathBuf,
    process::Command,
    sync::{Mutex, PoisonError},
};

/// They measure, and would take the time from each other.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs the benchmark to its end: exit code, result, errors.
fn bench(name: &str, arguments: &[&str]) -> (i32, Value, String) {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.args(["bench", "--repetitions", "2", "--readers", "20", "--json"]).arg(&file);
    let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let ended = command.args(arguments).output().unwrap();
    drop(alone);
    let run = std::fs::read_to_string(&file).map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
    let _ = std::fs::remove_file(file);
    (ended.status.code().unwrap(), run, String::from_utf8(ended.stderr).unwrap())
}

/// Each repetition with its scenario.
fn repetitions(run: &Value) -> Vec<(&Value, &Value)> {
    let series = run["series"].as_array().unwrap();
    let all = series.iter().flat_map(|series| {
        let repetitions = series["repetitions"].as_array().unwrap();
        assert_eq!(repetitions.len(), 2);
        repetitions.iter().map(|repetition| (&series["scenario"], repetition))
    });
    all.collect()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// How many latencies were recorded.
fn latencies(repetition: &Value) -> u64 {
    repetition["latency"].as_array().unwrap().iter().map(|pair| number(&pair[1])).sum()
}

#[test]
fn deliveries_are_measured_beside_the_limit_and_none_is_lost() {
    let (code, run, errors) = bench("deliveries", &["--seconds", "0.3", "--only", "cost,quiet"]);
    assert_eq!(code, 0, "{errors}");
    let all = repetitions(&run);
    assert_eq!(all.len(), 2 * (3 * 2 * 2 + 3 * 2));
    for (scenario, repetition) in all {
        assert_eq!((&scenario["readers"], &repetition["lost"]), (&20.into(), &0.into()), "{scenario}");
        for none in ["duplicated", "reordered", "resets"] {
            assert_eq!(number(&repetition[none]), 0, "{none}: {scenario}");
        }
        assert_eq!(latencies(repetition), number(&repetition["operations"]), "{scenario}");
        match scenario["experiment"].as_str().unwrap() {
            // All that was published in time has come to all.
            "quiet" => {
                assert_eq!(number(&repetition["operations"]), 20 * number(&repetition["published"]), "{scenario}")
            }
            _ => assert!(number(&repetition["operations"]) > 0, "{scenario}"),
        }
    }
}

#[test]
fn every_other_kind_of_scenario_is_measured() {
    let (code, run, errors) =
        bench("others", &["--seconds", "0.3", "--only", "keep-alive,upstream,opening,comeback,idle"]);
    assert_eq!(code, 0, "{errors}");
    for (scenario, repetition) in repetitions(&run) {
        assert_eq!(number(&repetition["lost"]), 0, "{scenario}");
        let operations = number(&repetition["operations"]);
        if scenario["measures"] == "idle" {
            let steps: Vec<_> =
                repetition["memory"].as_array().unwrap().iter().map(|at| number(&at["connections"])).collect();
            assert_eq!(steps, [0, 1, 5, 10, 20]);
            continue;
        }
        let wire = &repetition["wire"];
        assert!(operations > 0 && latencies(repetition) == operations, "{scenario} {repetition}");
        assert!(number(&wire["up_bytes"]) > 0 && number(&wire["down_bytes"]) > 0, "{scenario} {wire}");
        if scenario["measures"] == "opening" {
            let opened = [&wire["connections"], &wire["requests"]].map(number);
            assert_eq!(opened, [operations; 2], "{scenario}");
        }
    }
}

#[actix_web::test]
async fn a_server_that_loses_messages_is_found_out() {
    let server = Server::start::<Sse>(&[]);
    for (lie, field) in [(Lie::LeaveOut, "lost"), (Lie::Repeat, "duplicated")] {
        let liar = Liar::before(server.address(), lie).await;
        let url = liar.url();
        let measured = actix_web::rt::task::spawn_blocking(move || {
            bench("liar", &["--only", "quiet", "--seconds", "0.6", "--sse", &url])
        });
        let (code, run, errors) = measured.await.unwrap();
        assert_eq!(code, 0, "{errors}");
        for (scenario, repetition) in repetitions(&run) {
            // Once on each of the streams.
            let expected = if scenario["server"]["url"].is_string() { 20 } else { 0 };
            assert_eq!(number(&repetition[field]), expected, "{scenario} {repetition}");
        }
    }
}

#[test]
fn wrong_arguments_are_named() {
    for (arguments, part) in [
        (["--only", "speed"], "cost"),
        (["--payload", "3"], "33..=60000"),
        (["--seconds", "0"], "0.05 to 600 seconds"),
        (["--sse", "https://a"], "http://a"),
    ] {
        let (code, run, errors) = bench("wrong", &arguments);
        assert_eq!((code, run), (2, Value::Null));
        assert!(errors.contains(part) && errors.contains(arguments[0]), "{errors}");
    }
}
