//! Files of the repository that no program reads, as far as they can be checked without Docker and
//! without installations.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The tools of `scripts/test`. Each stub only reports its call.
const TOOLS: [&str; 11] = [
    "cc",
    "curl",
    "redis-server",
    "caddy",
    "chromedriver",
    "esbuild",
    "firefox-esr",
    "geckodriver",
    "cargo",
    "npm",
    "node",
];

/// A checkout with only `scripts/test` and stubs of its tools. Some calls of the stubs fail.
struct Checkout(PathBuf);

impl Checkout {
    fn new(name: &str, failing: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(directory.join("scripts")).unwrap();
        fs::create_dir_all(directory.join("tools")).unwrap();
        fs::copy(
            Path::new(ROOT).join("scripts/test"),
            directory.join("scripts/test"),
        )
        .unwrap();
        let script = format!(
            "#!/bin/sh\necho \"called ${{0##*/}} $1\"\ncase \"${{0##*/}} $1\" in {failing}) exit 1 ;; esac\n"
        );
        for tool in TOOLS {
            let path = directory.join("tools").join(tool);
            fs::write(&path, &script).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self(directory)
    }

    fn test(&self) -> Output {
        let path = format!("{}:/usr/bin:/bin", self.0.join("tools").display());
        Command::new("bash")
            .arg(self.0.join("scripts/test"))
            .env("PATH", path)
            .output()
            .unwrap()
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

#[test]
fn a_failed_check_is_named_and_later_checks_run() {
    let ended = Checkout::new("failing", "'cargo clippy'|'node --test'").test();
    let (output, errors) = (text(&ended.stdout), text(&ended.stderr));
    assert_eq!(ended.status.code(), Some(1), "{output}{errors}");
    for call in [
        "cargo fmt",
        "cargo clippy",
        "cargo doc",
        "node --test",
        "cargo test",
    ] {
        assert!(
            output.contains(&format!("called {call}\n")),
            "{call}: {output}"
        );
    }
    assert!(
        errors.ends_with("== failed: lints\n== failed: JavaScript\n"),
        "{errors}"
    );
    assert!(!output.contains("all tests passed"), "{output}");

    let ended = Checkout::new("passing", "nothing").test();
    assert!(
        ended.status.success() && text(&ended.stdout).ends_with("== all tests passed\n"),
        "{ended:?}"
    );
}

#[test]
fn a_failed_installation_ends_the_tests() {
    let ended = Checkout::new("not-installed", "'npm ci'").test();
    let output = text(&ended.stdout);
    assert!(
        !ended.status.success() && !output.contains("called cargo"),
        "{output}"
    );
}

/// docker-compose 1.29 builds or pulls images in the order of dependencies.
#[test]
fn every_container_depends_on_the_build_of_its_image() {
    let compose = fs::read_to_string(Path::new(ROOT).join("docker-compose.yml")).unwrap();
    let (settings, services) = compose.split_once("\nservices:\n").unwrap();
    assert!(
        settings.contains("&beside\n  depends_on:\n")
            && settings.contains("    longpoll: { condition: service_started }")
    );
    let blocks = services
        .split("\n\n  ")
        .filter(|block| block.contains("*container") || block.contains("*service"));
    let (builders, others): (Vec<_>, Vec<_>) =
        blocks.partition(|block| block.contains("    build: ."));
    assert!(
        matches!(&*builders, [builder] if builder.starts_with("longpoll:")),
        "{builders:?}"
    );
    assert_eq!(others.len(), 3);
    // The first of two merged files wins.
    assert!(
        others.iter().all(|block| block.contains("<<: [*beside, ")),
        "{others:?}"
    );
}
