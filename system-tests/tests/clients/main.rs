//! The clients in docs/clients: each receives every message once, in order, across a restart of its
//! service. A language that is not installed is left out, except bash and curl.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod client;

use client::{Client, succeeds};
use std::{fs, os::unix::fs::symlink, path::Path};
use system_tests::{
    http::{self, exchange},
    process::Lab,
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[test]
fn the_client_in_bash_loses_nothing() {
    let has_curl = succeeds("curl", &["--version"]);
    assert!(has_curl, "this test needs curl: apt-get install curl");
    loses_nothing("bash", &["trilane.sh"], &["longpoll", "sse"]);
}

#[test]
fn the_client_in_python_loses_nothing() {
    // A package of Debian belongs to Debian's Python.
    let mut pythons = ["python3", "/usr/bin/python3"].into_iter();
    if succeeds("python3", &["--version"]) {
        loses_nothing("python3", &["trilane.py"], &["longpoll", "sse"]);
    }
    if let Some(python) = pythons.find(|python| succeeds(python, &["-c", "import websocket"])) {
        loses_nothing(python, &["trilane.py"], &["ws"]);
    }
}

#[test]
fn the_client_in_java_loses_nothing() {
    if succeeds("javac", &["--version"]) {
        loses_nothing("java", &["Trilane.java"], &["longpoll", "sse", "ws"]);
    }
}

#[test]
fn the_client_in_go_loses_nothing() {
    let program = built("client-in-go");
    // The package for WebSocket is Debian's golang-github-gorilla-websocket-dev.
    let build = ["build", "-o", &program, "trilane.go"];
    if succeeds("go", &["version"]) && succeeds("go", &build) {
        loses_nothing(&program, &[], &["longpoll", "sse", "ws"]);
    }
}

#[test]
fn the_client_in_csharp_loses_nothing() {
    let program = built("client-in-csharp.exe");
    let build = [
        &format!("-out:{program}"),
        "-r:System.Net.Http.dll",
        "Trilane.cs",
    ];
    if succeeds("mcs", &build) {
        loses_nothing("mono", &[&program], &["longpoll", "sse", "ws"]);
    }
}

#[test]
fn the_client_in_rust_loses_nothing() {
    let target = built("rust");
    let build = ["build", "--quiet", "--locked", "--target-dir", &target];
    let manifest = ["--manifest-path", "rust/Cargo.toml"];
    let is_built = succeeds(env!("CARGO"), &[&build[..], &manifest].concat());
    assert!(is_built, "docs/clients/rust does not compile");
    let program = format!("{target}/debug/trilane-client");
    loses_nothing(&program, &[], &["longpoll", "sse", "ws"]);
}

#[test]
fn the_example_for_node_loses_nothing() {
    let project = Path::new(env!("CARGO_TARGET_TMPDIR")).join("client-in-node");
    let (lab, client) = (Lab::up(&[]), Path::new(ROOT).join("web/npm"));
    install(&client, &project);
    let example = fs::read_to_string(client.join("examples/node.js")).unwrap();
    let example = [("ws", 8080), ("sse", 3001), ("longpoll", 3000)]
        .iter()
        .fold(example, |text, (service, port)| {
            text.replace(&format!("http://localhost:{port}"), &lab.address(service))
        });
    let file = project.join("node.mjs");
    fs::write(&file, example).unwrap();
    let mut client = Client::start("node", &[file.to_str().unwrap(), "ws", "0"]);
    // It publishes the first itself.
    client.receives(1);
    publish(&lab, "ws", 2..=3);
    client.receives(3);
    restart(&lab, "ws");
    publish(&lab, "ws", 4..=6);
    client.receives(6);
}

/// Installs our package for JavaScript and `ws` in a project.
fn install(client: &Path, project: &Path) {
    let modules = project.join("node_modules");
    let _ = fs::remove_dir_all(project);
    fs::create_dir_all(modules.join("trilane/dist")).unwrap();
    let (source, dist) = (Path::new(ROOT).join("web/js"), modules.join("trilane/dist"));
    for name in ["trilane", "trilane.js"] {
        symlink(source.join(name), dist.join(name)).unwrap();
    }
    symlink(
        client.join("package.json"),
        modules.join("trilane/package.json"),
    )
    .unwrap();
    let ws = client.join("node_modules/ws");
    assert!(ws.exists(), "this test needs ws: npm ci --prefix web/npm");
    symlink(ws, modules.join("ws")).unwrap();
}

fn restart(lab: &Lab, transport: &str) {
    let restart = http::post(&format!("/services/{transport}/restart"), "");
    exchange(lab.socket_address("page"), &restart, " 200 ");
}

/// Returns a path for what a test builds.
fn built(name: &str) -> String {
    format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"))
}

fn loses_nothing(program: &str, arguments: &[&str], transports: &[&str]) {
    let lab = Lab::up(&[]);
    for transport in transports {
        let url = lab.address(transport);
        let mut client = Client::start(
            program,
            &[arguments, &[transport, &url, transport, "0"]].concat(),
        );
        publish(&lab, transport, 1..=3);
        client.receives(3);
        restart(&lab, transport);
        publish(&lab, transport, 4..=6);
        client.receives(6);
        post(&lab, transport, "{\"end\":true}");
        client.receives(7);
        client.ends();
        // One that comes later.
        let mut late = Client::start(
            program,
            &[arguments, &[transport, &url, transport, &client.last_id()]].concat(),
        );
        late.ends();
    }
}

fn publish(lab: &Lab, transport: &str, numbers: impl Iterator<Item = u32>) {
    numbers.for_each(|number| post(lab, transport, &format!("{{\"message\":{number}}}")));
}

fn post(lab: &Lab, transport: &str, body: &str) {
    // Another service, which is not restarted.
    let other = if transport == "ws" { "sse" } else { "ws" };
    let request = http::post(&format!("/messages?channel={transport}"), body);
    exchange(lab.socket_address(other), &request, "\"id\":");
}
