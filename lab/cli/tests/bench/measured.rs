//! Runs `lab bench`, and reads its result.

use serde_json::Value;
use std::{
    fs,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};
use system_tests::process::run;

/// Serialises the tests: each of them measures time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Returns a file or a directory of a test.
pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Runs the benchmark to its end. Returns its exit code, its result and what it printed.
pub(crate) fn bench(name: &str, arguments: &str) -> (i32, Value, String) {
    let file = path(&format!("{name}.json"));
    let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let end = run(&format!("bench {arguments} --json {}", file.display()), "");
    drop(alone);
    let run = fs::read_to_string(&file);
    let run = run.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
    let _ = fs::remove_file(file);
    (end.code, run, end.output + &end.errors)
}

/// Runs it twice with few subscribers.
pub(crate) fn bench_few(name: &str, arguments: &str) -> (i32, Value, String) {
    bench(
        name,
        &format!("--repetitions 2 --subscribers 20 {arguments}"),
    )
}

pub(crate) fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("expected a number, got {value}"))
}

/// Returns the values of a figure in a topic, by subject.
pub(crate) fn figures<'a>(run: &'a Value, topic: &str, figure: &str) -> Vec<(&'a str, Vec<f64>)> {
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
