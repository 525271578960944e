//! The files in `deploy`: the metrics that they name exist, the times to drain fit, and the proxies
//! carry all three transports.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod cache;
mod proxies;
mod proxy;

use std::{collections::BTreeSet, fs, path::Path, process::Command};
use system_tests::{
    http::{exchange, get, response},
    process::{self, Lab},
    wait_for,
};

const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy");
const OPERATIONS: &str = include_str!("../../../docs/operations.md");

/// Metrics of a supervisor, which a single process does not have.
const OF_A_SUPERVISOR: [&str; 3] = [
    "trilane_processes",
    "trilane_processes_answering",
    "trilane_restarts_total",
];

/// How long a service may take to stop after `--drain`, in seconds.
const AFTER_DRAIN: u64 = 7;

#[test]
fn every_metric_that_a_file_names_exists() {
    let lab = Lab::up(&[]);
    let address = lab.socket_address("sse");
    // These metrics have labels, and so no line before their first event.
    let events = ["trilane_rejected_total{", "trilane_streams_gone_total{"];
    let mut metrics = String::new();
    wait_for("all metrics", || {
        exchange(address, &get("/nowhere"), "not-found");
        exchange(address, &get("/events?channel=c"), "hello");
        metrics = response(address, &get("/metrics"));
        let has_all = events.iter().all(|event| metrics.contains(event));
        has_all.then_some(())
    });
    let types = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "));
    let mut existing: BTreeSet<_> = types.filter_map(|line| line.split(' ').next()).collect();
    existing.extend(OF_A_SUPERVISOR);
    for file in [
        "prometheus/rules.yml",
        "prometheus/rules_test.yml",
        "grafana/trilane.json",
    ] {
        let text = read(file);
        let named = metrics_in(&text);
        let missing: Vec<_> = named.difference(&existing).collect();
        assert!(named.len() > 5 && missing.is_empty(), "{file}: {missing:?}");
    }
    let (_, table) = OPERATIONS.split_once("## Metrics").unwrap();
    let (table, _) = table.split_once("### ").unwrap();
    assert_eq!(metrics_in(table), existing, "docs/operations.md");
}

#[test]
fn a_service_has_time_to_drain() {
    let unit = read("systemd/trilane@.service");
    assert!(number_after(&unit, "TimeoutStopSec=") >= 3 + AFTER_DRAIN);
    let pod = read("kubernetes/base/deployment.yaml");
    let drain = number_after(&pod, "name: DRAIN, value: \"");
    assert!(number_after(&pod, "terminationGracePeriodSeconds: ") >= drain + AFTER_DRAIN);
}

#[test]
fn the_alerts_fire_when_they_should() {
    let mut promtool = Command::new("promtool");
    promtool.args(["test", "rules", "rules_test.yml"]);
    // Where Prometheus is not installed, there is nothing to ask.
    if let Ok(ended) = promtool
        .current_dir(Path::new(DEPLOY).join("prometheus"))
        .output()
    {
        assert!(ended.status.success(), "{ended:?}");
    }
}

/// Returns the names of the metrics in a text, without the suffixes of a histogram.
fn metrics_in(text: &str) -> BTreeSet<&str> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let names = words.filter(|word| word.starts_with("trilane_"));
    names
        .map(|name| name.strip_suffix("_bucket").unwrap_or(name))
        .collect()
}

fn number_after(text: &str, key: &str) -> u64 {
    let (_, rest) = text.split_once(key).unwrap_or_else(|| panic!("no {key}"));
    let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next();
    digits.unwrap().parse().unwrap()
}

/// Returns a file of `deploy`.
fn read(file: &str) -> String {
    fs::read_to_string(Path::new(DEPLOY).join(file)).unwrap()
}
