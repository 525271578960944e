//! Every kind of scenario, with exact counts.

use crate::{
    faulty_proxy::{FaultyProxy, StreamFault},
    measured::{bench_few, number},
};
use actix_web::rt::task::spawn_blocking;
use conformance::Server;
use serde_json::Value;
use sse_svc::Sse;

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
    let (code, run, errors) = bench_few("deliveries", "--duration 300ms --only cost,quiet");
    assert_eq!(code, 0, "{errors}");
    let all = repetitions(&run);
    assert_eq!(all.len(), 2 * (3 * 2 * 2 + 3 * 2));
    let warnings = run["warnings"].to_string();
    let removed = warnings.contains("the bottleneck, so its figures are removed");
    for (scenario, repetition) in all {
        assert_eq!(
            (&scenario["readers"], &repetition["lost"]),
            (&20.into(), &0.into()),
            "{scenario}"
        );
        for none in ["duplicated", "reordered", "resets"] {
            assert_eq!(number(&repetition[none]), 0, "{none}: {scenario}");
        }
        // On a quiet machine the load generator may be slower than the server.
        let load_bound = repetition["load_bound"] == true;
        assert!(removed || !load_bound, "{scenario}");
        let expected = if load_bound {
            0
        } else {
            number(&repetition["operations"])
        };
        assert_eq!(latencies(repetition), expected, "{scenario}");
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
    let all = "--duration 0.3 --only keep-alive,upstream,opening,comeback,idle";
    let (code, run, errors) = bench_few("others", all);
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

#[test]
fn a_quiet_connection_wakes_up_for_its_messages_only() {
    // The warm-up is as long, and longer than the silence after which bytes wake up.
    let (code, run, errors) = bench_few("wakeups", "--duration 2s --only wakeups");
    assert_eq!(code, 0, "{errors}");
    let all = repetitions(&run);
    assert_eq!(all.len(), 2 * 3 * 2);
    for (scenario, repetition) in all {
        let message = u64::from(scenario["load"]["per-second"] != 0.0);
        // A poll's response is followed by the next poll.
        let packets = if scenario["transport"] == "longpoll" {
            2 * message
        } else {
            message
        };
        let wire = &repetition["wire"];
        assert_eq!(
            [&repetition["operations"], &wire["packets"]].map(number),
            [message, packets],
            "{scenario}"
        );
        assert_eq!(number(&wire["wakeups"]) > 0, message > 0, "{scenario}");
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
        let arguments = format!("--only quiet --duration 0.6 --sse {}", proxy.url());
        let measured = spawn_blocking(move || bench_few("faulty-proxy", &arguments));
        let (code, run, errors) = measured.await.unwrap();
        assert_eq!(code, 0, "{errors}");
        for (scenario, repetition) in repetitions(&run) {
            // Once for each stream, with all messages that a busy machine sends together.
            let found = number(&repetition[field]);
            let is_altered = scenario["server"]["url"].is_string();
            assert!(
                if is_altered { found >= 20 } else { found == 0 },
                "{scenario} {repetition}"
            );
        }
    }
}
