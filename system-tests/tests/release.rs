//! `scripts/release` with stubs of cargo, npm and Docker: what a release consists of.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    fs,
    process::{Command, Output},
};
use system_tests::checkout::{Checkout, texts};

/// The files of a checkout as far as the script needs them.
const FILES: [(&str, &str); 11] = [
    ("Cargo.toml", "[workspace.package]\nversion = \"1.2.3\"\n"),
    (
        "web/npm/package.json",
        "{\n  \"version\": \"1.2.3\",\n  \"private\": true\n}\n",
    ),
    (
        "CHANGELOG.md",
        "# Changelog\n\n## 1.2.3\n\nNew.\n\n## 1.2.2\n\nOld.\n",
    ),
    ("README.md", "A readme."),
    ("LICENSE-MIT", "A licence."),
    ("docs/protocol.md", "A document."),
    ("target/release/lab", "A program."),
    ("target/release/longpoll-svc", "A program."),
    ("target/release/sse-svc", "A program."),
    ("target/release/ws-svc", "A program."),
    (
        "scripts/pack",
        "#!/bin/sh\nmkdir -p \"$1\" && echo page >\"$1/index.html\"\n",
    ),
];

fn checkout(name: &str) -> Checkout {
    let checkout = Checkout::new(env!("CARGO_TARGET_TMPDIR"), name, &["scripts/release"]);
    for (file, text) in FILES {
        checkout.write(file, text);
    }
    let stub = "#!/bin/sh\necho \"called ${0##*/} $*\"\n";
    let pack = "[ $1 = ci ] || touch \"$5/trilane-1.2.3.tgz\"\n";
    checkout.write("tools/cargo", stub);
    checkout.write("tools/docker", stub);
    checkout.write("tools/npm", &[stub, pack].concat());
    checkout
}

fn release(checkout: &Checkout, version: &str) -> Output {
    let mut script = checkout.script("scripts/release");
    script.arg(version).arg(checkout.path("out"));
    script.output().unwrap()
}

/// Returns the names in the archive, without their first folder.
fn archived(checkout: &Checkout) -> Vec<String> {
    let script = format!("tar -tzf {}/*.tar.gz", checkout.path("out").display());
    let listed = Command::new("bash").args(["-c", &script]).output().unwrap();
    let (listed, _) = texts(&listed);
    let names = listed.lines().filter_map(|line| line.split_once('/'));
    names.map(|(_, name)| name.to_owned()).collect()
}

#[test]
fn a_release_has_the_programs_the_page_the_package_and_its_notes() {
    let checkout = checkout("release");
    let ended = release(&checkout, "1.2.3");
    let (output, _) = texts(&ended);
    assert!(ended.status.success() && output.contains("called cargo build --release --locked"));
    assert!(
        output.contains("called docker build --tag trilane:1.2.3 ."),
        "{output}"
    );
    let sums = ["out/trilane-1.2.3.tgz.sha256", "out/NOTES.md"].map(|name| checkout.path(name));
    assert!(sums.iter().all(|path| path.exists()), "{output}");
    let archived = archived(&checkout);
    for name in [
        "longpoll-svc",
        "sse-svc",
        "ws-svc",
        "lab",
        "web/index.html",
        "docs/protocol.md",
        "LICENSE-MIT",
    ] {
        assert!(
            archived.iter().any(|archived| archived == name),
            "{name}: {archived:?}"
        );
    }
    let notes = fs::read_to_string(checkout.path("out/NOTES.md")).unwrap();
    assert_eq!(notes.trim(), "New.");
}

#[test]
fn a_version_that_the_checkout_does_not_have_is_refused() {
    let checkout = checkout("release-refused");
    assert!(
        !release(&checkout, "1.2.2").status.success(),
        "Cargo.toml has another"
    );
    checkout.write("web/npm/package.json", "{\n  \"version\": \"1.2.2\",\n}\n");
    assert!(
        !release(&checkout, "1.2.3").status.success(),
        "the package has another"
    );
    checkout.write("web/npm/package.json", FILES[1].1);
    checkout.write("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\nNew.\n");
    assert!(
        !release(&checkout, "1.2.3").status.success(),
        "the changelog has none"
    );
    assert_eq!(archived(&checkout), [""; 0]);
}
