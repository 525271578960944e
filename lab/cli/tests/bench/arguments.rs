//! Arguments that are refused, and the comparison with an earlier run.

use crate::measured::{bench_few, path};
use serde_json::Value;
use std::fs;

#[test]
fn a_regression_is_found_by_the_exit_status() {
    let measured = "--only upstream --duration 0.3";
    let (code, run, errors) = bench_few("before", measured);
    assert_eq!(code, 0, "{errors}");
    // Of another machine: times, which depend on how busy this one is, are not compared.
    let mut before = run;
    before["environment"]["cpu"] = "another".into();
    let against = |name: &str, before: &Value| {
        let file = path(&format!("baseline-{name}.json"));
        fs::write(&file, before.to_string()).unwrap();
        bench_few(name, &format!("{measured} --baseline {}", file.display())).0
    };
    let with = |figure: &str, value: f64| {
        let mut run = before.clone();
        for series in run["series"].as_array_mut().unwrap() {
            let figures = series["figures"].as_array_mut().unwrap().iter_mut();
            figures
                .filter(|found| figure == "all" || found["name"] == figure)
                .for_each(|found| found["estimate"] = serde_json::json!({ "value": value }));
        }
        run
    };
    assert_eq!(against("better", &with("all", 1e6)), 0);
    assert_eq!(against("worse", &with("bytes down", 1.0)), 1);

    let mut other = before;
    for series in other["series"].as_array_mut().unwrap() {
        series["scenario"]["payload_bytes"] = 7.into();
    }
    assert_eq!(against("nothing-in-common", &other), 2);
}

#[test]
fn wrong_arguments_are_named() {
    for (flag, value, part) in [
        ("--only", "speed", "cost"),
        ("--size", "3", "33..=60000"),
        ("--duration", "0", "50ms to 10m"),
        ("--rate", "0", "messages per second"),
        ("--sse", "https://a", "http://a"),
        ("--baseline", "Cargo.toml", "not the result of a benchmark"),
    ] {
        let (code, run, errors) = bench_few("wrong", &format!("{flag} {value}"));
        assert_eq!((code, run), (2, Value::Null));
        assert!(errors.contains(part) && errors.contains(flag), "{errors}");
    }
}
