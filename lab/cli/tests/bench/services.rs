//! Measurements of services as a whole: processes, channels, scale.

use crate::measured::{self, figures};
use serde_json::Value;

/// Runs a benchmark of services. Returns its exit code, its result and what it printed.
fn bench(arguments: &str) -> (i32, Value, String) {
    measured::bench(arguments.split(' ').next().unwrap(), arguments)
}

#[test]
fn threads_and_processes_are_measured_with_exact_counts() {
    let arguments = "processes --workers 2 --connections 20 --repetitions 1 --duration 0.4";
    let (code, run, errors) = bench(arguments);
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
fn channels_are_measured_in_memory_and_in_redis() {
    for (broker, topic) in [("memory", "in memory"), ("redis", "in Redis")] {
        let arguments = format!(
            "channels --broker {broker} --channels 1,1200 --subscribers 200 --duration 0.5"
        );
        let (code, run, errors) = bench(&arguments);
        assert_eq!(code, 0, "{errors}");
        let topic = format!("Channels with a broker {topic}");
        let subjects = |figure: &str| {
            let found = figures(&run, &topic, figure);
            for (subject, values) in &found {
                let [value] = values[..] else {
                    panic!("{figure}: {subject} has {values:?}");
                };
                assert!(
                    value >= 0.0 && value.is_finite(),
                    "{figure}: {subject}: {value}"
                );
            }
            found
                .into_iter()
                .map(|(subject, _)| subject)
                .collect::<Vec<_>>()
        };
        let both = ["1 channel", "1,200 channels"];
        assert_eq!(subjects("a channel with one message"), both[1..]);
        assert_eq!(subjects("a stream and its empty channel"), both);
        assert_eq!(subjects("slowest response while messages expire"), both);
        assert_eq!(subjects("the same without waits for a processor"), both);
    }
}

#[test]
fn all_connections_over_several_processes_get_every_message() {
    let (code, run, errors) = bench("scale --subscribers 20 --processes 2 --duration 0.4");
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
