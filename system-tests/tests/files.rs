//! Files of the repository that no program reads, as far as they can be checked without Docker and
//! without installations.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

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

/// A checkout with only these scripts and stubs of their tools. Some calls of the stubs fail.
struct Checkout(PathBuf);

impl Checkout {
    fn new(name: &str, failing: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(directory.join("scripts")).unwrap();
        fs::create_dir_all(directory.join("tools")).unwrap();
        for script in ["scripts/setup", "scripts/test", "scripts/peers"] {
            fs::copy(Path::new(ROOT).join(script), directory.join(script)).unwrap();
        }
        let script = format!(
            "#!/bin/sh\necho \"called ${{0##*/}} $1\"\ncase \"${{0##*/}} $1\" in {failing}) exit 1 ;; esac\n"
        );
        let tools = TOOLS.map(|tool| format!("tools/{tool}"));
        for path in tools.iter().map(String::as_str).chain(["scripts/clients"]) {
            let path = directory.join(path);
            fs::write(&path, &script).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self(directory)
    }

    fn run(&self, script: &str) -> Output {
        let path = format!("{}:/usr/bin:/bin", self.0.join("tools").display());
        Command::new("bash")
            .arg(self.0.join(script))
            .env("PATH", path)
            .env("NCHAN", self.0.join("none"))
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
    let failing = "'cargo clippy'|'npm run'|'node --test'";
    let ended = Checkout::new("failing", failing).run("scripts/test");
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
        errors.ends_with(
            "== failed: lints\n== failed: types of JavaScript\n== failed: lints of JavaScript\n\
             == failed: JavaScript\n"
        ),
        "{errors}"
    );
    assert!(!output.contains("all tests passed"), "{output}");

    let ended = Checkout::new("passing", "nothing").run("scripts/test");
    assert!(
        ended.status.success() && text(&ended.stdout).ends_with("== all tests passed\n"),
        "{ended:?}"
    );
}

/// The part of cargo's output that says why a test failed.
const FAILURES: &str = "failures:\n\n---- a stdout ----\nwaited too long\n\nfailures:\n    a\n\ntest result: FAILED.\n";

#[test]
fn why_a_test_failed_is_shown_at_the_end() {
    let checkout = Checkout::new("why", "nothing");
    let cargo =
        format!("#!/bin/sh\n[ $1 = test ] || exit 0\necho '{FAILURES}tests of others'\nexit 101\n");
    fs::write(checkout.0.join("tools/cargo"), cargo).unwrap();
    let ended = checkout.run("scripts/test");
    let (output, errors) = (text(&ended.stdout), text(&ended.stderr));
    assert!(
        output.ends_with(&format!("tests of others\n{FAILURES}")),
        "{output}"
    );
    assert_eq!(errors, "== failed: Rust\n");
}

#[test]
fn a_tool_that_is_missing_is_named_before_any_check() {
    let ended =
        Checkout::new("missing", "'npm ls'|'go list'|'clients --check'").run("scripts/test");
    let (output, errors) = (text(&ended.stdout), text(&ended.stderr));
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
    let ended = Checkout::new("setup", "nothing").run("scripts/setup");
    assert!(
        ended.status.success() && ended.stdout.is_empty(),
        "{ended:?}"
    );

    let ended =
        Checkout::new("setup-some", "'go list'|'npm ls'|'clients --check'").run("scripts/setup");
    let output = text(&ended.stdout);
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

    let ended = Checkout::new("setup-failing", "'npm ls'|'npm ci'").run("scripts/setup");
    assert!(!ended.status.success(), "{ended:?}");
}

#[test]
fn peers_that_cannot_be_installed_are_named_and_the_others_are_installed() {
    let ended = Checkout::new("peers", "'cargo install'").run("scripts/peers");
    let (output, errors) = (text(&ended.stdout), text(&ended.stderr));
    assert_eq!(ended.status.code(), Some(1), "{output}{errors}");
    for call in ["npm ci", "cargo install"] {
        assert!(output.contains(&format!("called {call}\n")), "{output}");
    }
    let named = "== not installed: Durable Streams\n";
    assert!(errors.starts_with(named), "{errors}");

    let checkout = Checkout::new("peers-again", "'cargo install'");
    let program = checkout.0.join("target/tools/bin/durable-streams-server");
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    fs::copy(checkout.0.join("tools/cargo"), &program).unwrap();
    let ended = checkout.run("scripts/peers");
    let output = text(&ended.stdout);
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
