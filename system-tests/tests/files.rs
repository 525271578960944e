//! Files of the repository that no program reads, as far as they can be checked without Docker and
//! without installations.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Output};
use system_tests::checkout::{Checkout, ROOT, texts};

/// The tools of `scripts/setup`, `scripts/test` and `scripts/peers`. Each stub only reports its call.
const TOOLS: [&str; 20] = [
    "apt-get",
    "sudo",
    "haproxy",
    "nginx",
    "promtool",
    "javac",
    "go",
    "mcs",
    "python3",
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

/// Creates a checkout with only these scripts and stubs of their tools. Some calls of the stubs fail.
fn checkout(name: &str, failing: &str) -> Checkout {
    let scripts = ["scripts/setup", "scripts/test", "scripts/peers"];
    let checkout = Checkout::new(env!("CARGO_TARGET_TMPDIR"), name, &scripts);
    let stub = format!(
        "#!/bin/sh\necho \"called ${{0##*/}} $1\"\ncase \"${{0##*/}} $1\" in {failing}) exit 1 ;; esac\n"
    );
    for tool in TOOLS {
        checkout.write(&format!("tools/{tool}"), &stub);
    }
    checkout.write("scripts/clients", &stub);
    checkout
}

fn run(checkout: &Checkout, script: &str) -> Output {
    let mut command = checkout.script(script);
    command.env("NCHAN", checkout.path("none"));
    command.output().unwrap()
}

#[test]
fn a_failed_check_is_named_and_later_checks_run() {
    let failing = "'cargo clippy'|'npm run'|'node --test'";
    let ended = run(&checkout("failing", failing), "scripts/test");
    let (output, errors) = texts(&ended);
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
        errors.ends_with(
            "== failed: lints\n== failed: types of JavaScript\n== failed: lints of JavaScript\n\
             == failed: JavaScript\n"
        ),
        "{errors}"
    );
    assert!(!output.contains("all tests passed"), "{output}");

    let ended = run(&checkout("passing", "nothing"), "scripts/test");
    assert!(
        ended.status.success() && texts(&ended).0.ends_with("== all tests passed\n"),
        "{ended:?}"
    );
}

/// The part of cargo's output that says why a test failed.
const FAILURES: &str = "failures:\n\n---- a stdout ----\nwaited too long\n\nfailures:\n    a\n\ntest result: FAILED.\n";

#[test]
fn why_a_test_failed_is_shown_at_the_end() {
    let checkout = checkout("why", "nothing");
    let cargo =
        format!("#!/bin/sh\n[ $1 = test ] || exit 0\necho '{FAILURES}tests of others'\nexit 101\n");
    checkout.write("tools/cargo", &cargo);
    let (output, errors) = texts(&run(&checkout, "scripts/test"));
    assert!(
        output.ends_with(&format!("tests of others\n{FAILURES}")),
        "{output}"
    );
    assert_eq!(errors, "== failed: Rust\n");
}

#[test]
fn a_tool_that_is_missing_is_named_before_any_check() {
    let failing = "'npm ls'|'go list'|'clients --check'";
    let ended = run(&checkout("missing", failing), "scripts/test");
    let (output, errors) = texts(&ended);
    assert_eq!(ended.status.code(), Some(1), "{output}{errors}");
    for missing in [
        "golang-go",
        "packages of web\n",
        "packages of web/npm",
        "libraries of",
    ] {
        assert!(errors.contains(missing), "{missing}: {errors}");
    }
    assert!(
        !errors.contains("firefox") && output.is_empty(),
        "{output}{errors}"
    );
    assert!(errors.ends_with("== run scripts/setup first\n"), "{errors}");
}

#[test]
fn only_what_is_missing_is_installed() {
    let ended = run(&checkout("setup", "nothing"), "scripts/setup");
    assert!(
        ended.status.success() && ended.stdout.is_empty(),
        "{ended:?}"
    );

    let failing = "'go list'|'npm ls'|'clients --check'";
    let ended = run(&checkout("setup-some", failing), "scripts/setup");
    let (output, _) = texts(&ended);
    assert!(
        ended.status.success() && !output.contains("chromium"),
        "{ended:?}"
    );
    for part in [
        "== Debian packages: golang-go",
        "called npm ci",
        "called clients --install",
    ] {
        assert!(output.contains(part), "{part}: {output}");
    }

    let ended = run(
        &checkout("setup-failing", "'npm ls'|'npm ci'"),
        "scripts/setup",
    );
    assert!(!ended.status.success(), "{ended:?}");
}

#[test]
fn peers_that_cannot_be_installed_are_named_and_the_others_are_installed() {
    let ended = run(&checkout("peers", "'cargo install'"), "scripts/peers");
    let (output, errors) = texts(&ended);
    assert_eq!(ended.status.code(), Some(1), "{output}{errors}");
    for call in ["npm ci", "cargo install"] {
        assert!(output.contains(&format!("called {call}\n")), "{output}");
    }
    let named = "== not installed: Durable Streams\n";
    assert!(errors.starts_with(named), "{errors}");

    let checkout = checkout("peers-again", "'cargo install'");
    checkout.write("target/tools/bin/durable-streams-server", "#!/bin/sh\n");
    let ended = run(&checkout, "scripts/peers");
    let (output, _) = texts(&ended);
    assert!(ended.status.success(), "{ended:?}");
    assert!(!output.contains("called cargo"), "{output}");
}

#[test]
fn every_script_can_be_executed() {
    let scripts = fs::read_dir(Path::new(ROOT).join("scripts")).unwrap();
    let mut others = vec![Path::new(ROOT).join("deploy/rolling-update")];
    others.extend(scripts.map(|script| script.unwrap().path()));
    for script in others {
        let mode = fs::metadata(&script).unwrap().permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{}", script.display());
    }
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
