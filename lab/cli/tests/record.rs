//! `scripts/record` with a stub instead of a benchmark.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    env, fs,
    process::{Command, Output},
};
use system_tests::checkout::{Checkout, texts};

#[test]
fn a_record_measures_what_is_missing_and_replaces_older_results() {
    let checkout = checkout("record");
    let ended = run(&checkout, "0.5", "true");
    let output = texts(&ended).0;
    assert!(ended.status.success(), "{ended:?}");
    let names = results(&checkout);
    for (end, call) in [
        (".json", "bench --only a,b"),
        ("-tokens.json", "bench tokens"),
    ] {
        assert!(
            output.contains(&format!("called {call} --json docs/results/")),
            "{output}"
        );
        let of_kind = names.iter().filter(|name| name.get(10..) == Some(end));
        let of_kind: Vec<_> = of_kind.collect();
        assert!(
            of_kind.len() == 1 && !of_kind[0].contains("2020"),
            "{names:?}"
        );
    }
    assert!(output.contains("called claims\n"), "{output}");

    let ended = run(&checkout, "99", "true");
    let output = texts(&ended).0;
    assert!(ended.status.success(), "{ended:?}");
    assert!(
        !output.contains("called bench") && output.contains("called claims"),
        "{output}"
    );
}

#[test]
fn a_record_refuses_a_busy_machine_changes_and_a_slow_build() {
    let checkout = checkout("record-refuses");
    let error = |load, optimised| {
        let ended = run(&checkout, load, optimised);
        assert_eq!(ended.status.code(), Some(1), "{ended:?}");
        texts(&ended).1
    };
    assert!(error("99", "true").starts_with("error: the machine is busy: a load average of 99,"));
    assert!(error("0.5", "false").contains("built without optimisation"));
    // Older results stay until there are others that count.
    assert!(results(&checkout).contains(&"2020-01-01-tokens.json".to_owned()));
    fs::write(checkout.path("tools/nginx"), "").unwrap();
    assert!(error("0.5", "true").starts_with("error: the checkout has changes"));
}

/// Writes a result of this commit.
const STUB: &str = r#"#!/bin/sh
echo "called $*"
while [ $# -gt 0 ]; do
  [ "$1" != --json ] || printf '{"environment":{"commit":"%s","optimised":%s,"dirty":false}}' \
    "$(git rev-parse --short=12 HEAD)" "$OPTIMISED" >"$2"
  shift
done
"#;

/// Creates a checkout with the script, older results and stubs.
fn checkout(name: &str) -> Checkout {
    let checkout = Checkout::new(env!("CARGO_TARGET_TMPDIR"), name, &["scripts/record"]);
    for (file, content) in [
        ("docs/results/2020-01-01.json", "{}"),
        ("docs/results/2020-01-01-tokens.json", "{}"),
        ("web/test/documents.test.js", ""),
        ("web/test/questions.test.js", ""),
        ("steps", "|1|--only a,b\n-tokens|1|tokens\n"),
        ("tools/lab", STUB),
        ("tools/redis-server", STUB),
        ("tools/nginx", STUB),
    ] {
        checkout.write(file, content);
    }
    let who = ["-c", "user.name=n", "-c", "user.email=e"];
    for arguments in [
        &["init", "-q"][..],
        &["add", "."],
        &["commit", "-qm", "all"],
    ] {
        let mut git = Command::new("git");
        git.args(who).args(arguments).current_dir(checkout.path(""));
        assert!(git.status().unwrap().success(), "{arguments:?}");
    }
    checkout
}

/// Runs the script at this load average, with such a build.
fn run(checkout: &Checkout, load: &str, optimised: &str) -> Output {
    fs::write(checkout.path("load"), format!("{load} 1 1\n")).unwrap();
    let programs = env::var("PATH").unwrap();
    let tools = checkout.path("tools");
    checkout
        .script("scripts/record")
        .env("PATH", format!("{}:{programs}", tools.display()))
        .env("LAB", tools.join("lab"))
        .env("STEPS", checkout.path("steps"))
        .env("LOAD", checkout.path("load"))
        .env("SETTLE", "0")
        .env("OPTIMISED", optimised)
        .output()
        .unwrap()
}

fn results(checkout: &Checkout) -> Vec<String> {
    let entries = fs::read_dir(checkout.path("docs/results")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).collect()
}
