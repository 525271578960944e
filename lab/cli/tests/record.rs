//! `scripts/record` with a stub instead of a benchmark.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

#[test]
fn a_record_measures_what_is_missing_and_replaces_older_results() {
    let checkout = Checkout::new("record");
    let ended = checkout.run("0.5", "true");
    let output = text(&ended.stdout);
    assert!(ended.status.success(), "{ended:?}");
    let names = checkout.results();
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

    let ended = checkout.run("99", "true");
    let output = text(&ended.stdout);
    assert!(ended.status.success(), "{ended:?}");
    assert!(
        !output.contains("called bench") && output.contains("called claims"),
        "{output}"
    );
}

#[test]
fn a_record_refuses_a_busy_machine_changes_and_a_slow_build() {
    let checkout = Checkout::new("record-refuses");
    let error = |load, optimised| {
        let ended = checkout.run(load, optimised);
        assert_eq!(ended.status.code(), Some(1), "{ended:?}");
        text(&ended.stderr)
    };
    assert!(error("99", "true").starts_with("error: the machine is busy: a load average of 99,"));
    assert!(error("0.5", "false").contains("built without optimisation"));
    // Older results stay until there are others that count.
    assert!(
        checkout
            .results()
            .contains(&"2020-01-01-tokens.json".to_owned())
    );
    fs::write(checkout.0.join("tools/nginx"), "").unwrap();
    assert!(error("0.5", "true").starts_with("error: the checkout has changes"));
}

const SCRIPT: &str = include_str!("../../../scripts/record");

/// Writes a result of this commit.
const STUB: &str = r#"#!/bin/sh
echo "called $*"
while [ $# -gt 0 ]; do
  [ "$1" != --json ] || printf '{"environment":{"commit":"%s","optimised":%s,"dirty":false}}' \
    "$(git rev-parse --short=12 HEAD)" "$OPTIMISED" >"$2"
  shift
done
"#;

/// A checkout with the script, older results and stubs.
struct Checkout(PathBuf);

impl Checkout {
    fn new(name: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        for (file, content) in [
            ("docs/results/2020-01-01.json", "{}"),
            ("docs/results/2020-01-01-tokens.json", "{}"),
            ("web/test/documents.test.js", ""),
            ("web/test/questions.test.js", ""),
            ("scripts/record", SCRIPT),
            ("steps", "|1|--only a,b\n-tokens|1|tokens\n"),
            ("tools/lab", STUB),
            ("tools/redis-server", STUB),
            ("tools/nginx", STUB),
        ] {
            let file = directory.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, content).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let who = ["-c", "user.name=n", "-c", "user.email=e"];
        for arguments in [
            &["init", "-q"][..],
            &["add", "."],
            &["commit", "-qm", "all"],
        ] {
            let mut git = Command::new("git");
            git.args(who).args(arguments).current_dir(&directory);
            assert!(git.status().unwrap().success(), "{arguments:?}");
        }
        Self(directory)
    }

    /// Runs the script at this load average, with such a build.
    fn run(&self, load: &str, optimised: &str) -> Output {
        let path = |name| self.0.join(name);
        fs::write(path("load"), format!("{load} 1 1\n")).unwrap();
        let programs = env::var("PATH").unwrap();
        Command::new("bash")
            .arg(path("scripts/record"))
            .env("PATH", format!("{}:{programs}", path("tools").display()))
            .env("LAB", path("tools/lab"))
            .env("STEPS", path("steps"))
            .env("LOAD", path("load"))
            .env("SETTLE", "0")
            .env("OPTIMISED", optimised)
            .output()
            .unwrap()
    }

    fn results(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.join("docs/results")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).collect()
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
