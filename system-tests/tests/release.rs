//! `scripts/release` with stubs of cargo, npm and Docker: what a release consists of.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/release");

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

/// A checkout that ends with the test.
struct Checkout(PathBuf);

impl Checkout {
    fn new(name: &str) -> Self {
        let checkout = Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        for (file, text) in FILES {
            checkout.write(file, text);
        }
        let stub = "#!/bin/sh\necho \"called ${0##*/} $*\"\n";
        let pack = "[ $1 = ci ] || touch \"$5/trilane-1.2.3.tgz\"\n";
        checkout.write("stubs/cargo", stub);
        checkout.write("stubs/docker", stub);
        checkout.write("stubs/npm", &[stub, pack].concat());
        fs::copy(SCRIPT, checkout.0.join("scripts/release")).unwrap();
        checkout
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn release(&self, version: &str) -> Output {
        let path = format!("{}:/usr/bin:/bin", self.0.join("stubs").display());
        let mut command = Command::new("bash");
        command.arg(self.0.join("scripts/release"));
        command.arg(version).arg(self.0.join("out"));
        command.env("PATH", path).output().unwrap()
    }

    /// Returns the names in the archive, without their first folder.
    fn archived(&self) -> Vec<String> {
        let script = format!("tar -tzf {}/out/*.tar.gz", self.0.display());
        let listed = Command::new("bash").args(["-c", &script]).output().unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        let names = listed.lines().filter_map(|line| line.split_once('/'));
        names.map(|(_, name)| name.to_owned()).collect()
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_release_has_the_programs_the_page_the_package_and_its_notes() {
    let checkout = Checkout::new("release");
    let ended = checkout.release("1.2.3");
    let output = String::from_utf8(ended.stdout).unwrap();
    assert!(ended.status.success() && output.contains("called cargo build --release --locked"));
    assert!(
        output.contains("called docker build --tag trilane:1.2.3 ."),
        "{output}"
    );
    let sums =
        ["trilane-1.2.3.tgz.sha256", "NOTES.md"].map(|name| checkout.0.join("out").join(name));
    assert!(sums.iter().all(|path| path.exists()), "{output}");
    let archived = checkout.archived();
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
    let notes = fs::read_to_string(checkout.0.join("out/NOTES.md")).unwrap();
    assert_eq!(notes.trim(), "New.");
}

#[test]
fn a_version_that_the_checkout_does_not_have_is_refused() {
    let checkout = Checkout::new("release-refused");
    assert!(
        !checkout.release("1.2.2").status.success(),
        "Cargo.toml has another"
    );
    checkout.write("web/npm/package.json", "{\n  \"version\": \"1.2.2\",\n}\n");
    assert!(
        !checkout.release("1.2.3").status.success(),
        "the package has another"
    );
    checkout.write("web/npm/package.json", FILES[1].1);
    checkout.write("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\nNew.\n");
    assert!(
        !checkout.release("1.2.3").status.success(),
        "the changelog has none"
    );
    assert_eq!(checkout.archived(), [""; 0]);
}
