//! `tokens` and `collapse`. Without nginx, what passes through it is left out.

use crate::measured::{self, figures};
use serde_json::Value;
use std::{env, path::Path};

/// Runs a benchmark once, and returns its result.
fn bench(arguments: &str) -> Value {
    let name = arguments.split(' ').next().unwrap();
    let (code, run, printed) = measured::bench(name, &format!("{arguments} --repetitions 1"));
    assert_eq!(code, 0, "{printed}");
    run
}

/// Returns the only values of a figure with their subjects.
fn rows<'a>(run: &'a Value, topic: &str, figure: &str) -> Vec<(&'a str, f64)> {
    let found = figures(run, topic, figure).into_iter();
    found
        .map(|(subject, values)| (subject, values[0]))
        .collect()
}

fn value(run: &Value, topic: &str, subject: &str, figure: &str) -> f64 {
    let mut all = rows(run, topic, figure).into_iter();
    let found = all.find(|(of, _)| *of == subject);
    found
        .unwrap_or_else(|| panic!("{topic}: {subject}: {figure}"))
        .1
}

fn has_nginx() -> bool {
    let path = env::var_os("PATH").unwrap();
    env::split_paths(&path).any(|directory| directory.join("nginx").is_file())
        || Path::new("/usr/sbin/nginx").is_file()
}

#[test]
fn an_answer_is_measured_and_no_token_is_lost() {
    let run = bench("tokens --tokens 20 --rate 40 --delay 0");
    let answer = "An answer of 20 tokens";
    let expected = if has_nginx() { 7 } else { 3 };
    for figure in ["first token", "lumps", "bytes down", "bytes up", "lost"] {
        let found = rows(&run, answer, figure);
        assert_eq!(found.len(), expected, "{figure}: {found:?}");
    }
    let bytes = rows(&run, answer, "bytes down");
    assert!(bytes.iter().all(|(_, bytes)| *bytes > 50.0));
    for nothing in ["lost", "twice", "lost in it", "lost by a later reader"] {
        let found = rows(&run, "", nothing);
        assert!(
            found.len() >= 3 && found.iter().all(|(_, tokens)| *tokens == 0.0),
            "{nothing}: {found:?}"
        );
    }
    let refused = rows(&run, "Stopped", "status of one more token");
    let all = ["long polling", "SSE", "WebSocket"].map(|transport| (transport, 409.0));
    assert_eq!(refused, all);
    let warnings = run["warnings"].to_string();
    let left_out = warnings.contains("nginx is not installed");
    assert_eq!(left_out, !has_nginx(), "{warnings}");
    if has_nginx() {
        // The buffer is larger than the answer, so nothing leaves it before the end.
        let subject = "SSE, nginx that ignores x-accel-buffering";
        let first = value(&run, answer, subject, "first token");
        assert!(first > 19.0 * 1000.0 / 40.0, "{first}");
    }
}

#[test]
fn equal_polls_behind_a_cache_are_one_request() {
    if !has_nginx() {
        return;
    }
    let run = bench("collapse --subscribers 20 --messages 2");
    let topic = "What a service";
    let subjects = [
        "20 × polls, from a cache",
        "20 × polls, no cache",
        "20 × SSE",
    ];
    let deliveries = rows(&run, topic, "deliveries");
    assert_eq!(deliveries, subjects.map(|subject| (subject, 40.0)));
    let lost = rows(&run, topic, "lost");
    assert!(lost.iter().all(|(_, lost)| *lost == 0.0));
    let of = |figure| subjects.map(|subject| value(&run, topic, subject, figure));
    let [cached, uncached, streams] = of("requests");
    assert_eq!(streams, 0.0);
    assert!(
        cached > 0.0 && 3.0 * cached < uncached,
        "{cached} {uncached}"
    );
    let [cached, uncached, streams] = of("bytes sent");
    assert!(
        3.0 * cached < streams.min(uncached),
        "{cached} {streams} {uncached}"
    );
}
