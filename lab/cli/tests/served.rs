//! The files that the page's server serves: all files of the page, and no others.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use conformance::{Client, Response};
use std::{collections::BTreeSet, fs, path::PathBuf};
use system_tests::process::Lab;

/// The texts before the name of another file in the page's sources.
const REFERENCES: [&str; 7] = [
    "src=\"",
    "href=\"",
    "from \"",
    "import \"",
    "import(\"",
    "fetch(\"",
    "@import \"",
];

async fn get(lab: &Lab, path: &str) -> Response {
    Client::ask(lab.socket_address("page"), "GET", path, &[], "").await
}

/// Returns the paths of the files that a file of the page refers to.
fn references(path: &str, text: &str) -> BTreeSet<String> {
    let named = REFERENCES
        .iter()
        .flat_map(|before| text.split(before).skip(1));
    let names = named.filter_map(|rest| rest.split(['"', '#', '?']).next());
    let is_file =
        |name: &&str| !name.is_empty() && !name.contains([':', '$', ' ']) && name.contains('.');
    // A path that a script fetches is relative to the page.
    let from_root = |name: &str| path.ends_with(".js") && !name.starts_with('.');
    names
        .filter(is_file)
        .map(|name| beside(if from_root(name) { "/" } else { path }, name))
        .collect()
}

fn beside(path: &str, name: &str) -> String {
    let (folder, _) = path.rsplit_once('/').unwrap();
    let mut parts: Vec<_> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in name.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    format!("/{}", parts.join("/"))
}

#[actix_web::test]
async fn every_referenced_file_is_served() {
    let lab = Lab::up(&[]);
    let (mut found, mut next) = (
        BTreeSet::from(["/index.html".to_owned()]),
        vec!["/index.html".to_owned()],
    );
    while let Some(path) = next.pop() {
        let file = get(&lab, &path).await;
        assert_eq!(file.status, 200, "{path}");
        let more = references(&path, &file.body);
        next.extend(more.iter().filter(|name| !found.contains(*name)).cloned());
        found.extend(more);
    }
    for part in [
        "/js/main.js",
        "/js/trilane/session.js",
        "/css/main.css",
        "/css/lane.css",
        "/icon.svg",
        "/recorded.json",
        "/recorded-tables.json",
    ] {
        assert!(found.contains(part), "{part} is not in {found:?}");
    }
    for more in [
        "/",
        "/services.json",
        "/claims.json",
        "/js/trilane.js",
        "/js/faults/clients.js",
        "/example/sse.html",
    ] {
        assert_eq!(get(&lab, more).await.status, 200, "{more}");
    }
}

/// Creates a page with other files in its directory.
fn page_among_others() -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("page-among-others");
    for file in [
        "index.html",
        "js/main.js",
        "css/main.css",
        "example/sse.html",
    ]
    .iter()
    .chain(&OTHERS)
    {
        let file = directory.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "{content}").unwrap();
    }
    directory
}

/// Files that are not part of the page.
const OTHERS: [&str; 13] = [
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "eslint.config.js",
    "recorded-claims.json",
    ".env",
    ".git/config",
    "js/.hidden.js",
    "js/tsconfig.json",
    "example/notes.md",
    "test/figures.test.js",
    "node_modules/.package-lock.json",
    "node_modules/axe-core/axe.min.js",
];

#[actix_web::test]
async fn other_files_are_not_served() {
    let directory = page_among_others();
    let lab = Lab::up(&["--web", directory.to_str().unwrap()]);
    for path in [
        "/",
        "/index.html",
        "/js/main.js",
        "/css/main.css",
        "/example/sse.html",
    ] {
        assert_eq!(get(&lab, path).await.body, "{content}", "{path}");
    }
    let ways = [
        "js/../package.json",
        "js/%2e%2e/package.json",
        "js/..%2fpackage.json",
        "js//../package.json",
        "js/..%5cpackage.json",
        "%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/hostname",
        "%2fetc%2fhostname",
        "/etc/hostname",
        "js",
        "js/",
        "test/",
        "node_modules/",
        "package.json/",
        "package.json%00.js",
    ];
    for path in OTHERS.iter().chain(&ways) {
        let answer = get(&lab, &format!("/{path}")).await;
        assert!(
            matches!(answer.status, 400 | 404),
            "{path}: {} {}",
            answer.status,
            answer.body
        );
        assert!(!answer.body.contains("content"), "{path}: {}", answer.body);
    }
    fs::remove_dir_all(directory).unwrap();
}

#[actix_web::test]
async fn other_pages_cannot_read_the_environment() {
    let lab = Lab::up(&[]);
    let own = get(&lab, "/environment.json").await;
    assert!(
        own.status == 200 && own.json()["environment"]["cores"].as_u64() > Some(0),
        "{}",
        own.body
    );
    assert_eq!(own.json()["environment"]["command"], serde_json::json!([]));
    let host = lab.socket_address("page");
    for headers in [
        "Host: evil.example".to_owned(),
        format!("Host: {host}\r\nOrigin: http://evil.example"),
    ] {
        let mut client = Client::connect(host).await;
        client
            .write(format!("GET /environment.json HTTP/1.1\r\n{headers}\r\n\r\n").as_bytes())
            .await;
        let refused = client.response().await;
        assert!(
            refused.status == 403 && !refused.body.contains("cores"),
            "{headers}: {}",
            refused.body
        );
    }
}
