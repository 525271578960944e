//! The links of the documents: each leads to a file of the repository, and to a heading in it.

use std::{
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[test]
fn every_link_of_a_document_leads_somewhere() {
    let mut checked = 0;
    let mut broken = Vec::new();
    for document in documents() {
        let text = read(&document);
        for link in links(&text).filter(|link| !link.contains("://")) {
            checked += 1;
            if !leads_somewhere(&document, link) {
                let name = document.strip_prefix(ROOT).expect("a file of the root");
                broken.push(format!("{}: {link}", name.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(checked > 100, "only {checked} links found");
}

#[test]
fn headings_become_anchors_as_on_github() {
    let anchors = ["## What it is (`x`), now", "### Why – so?"].map(anchor);
    assert_eq!(anchors, ["what-it-is-x-now", "why--so"]);
}

/// The documents at the root and in `docs`.
fn documents() -> Vec<PathBuf> {
    let entries = ["", "docs"].map(|folder| fs::read_dir(Path::new(ROOT).join(folder)));
    entries
        .into_iter()
        .flat_map(|entries| entries.expect("a folder"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect()
}

/// The targets of `[text](target)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target)
}

fn leads_somewhere(document: &Path, link: &str) -> bool {
    let (path, heading) = link.split_once('#').unwrap_or((link, ""));
    let file = match path {
        "" => document.to_owned(),
        path => document.with_file_name(path),
    };
    if heading.is_empty() {
        return file.exists();
    }
    file.is_file() && read(&file).lines().any(|line| anchor(line) == heading)
}

/// The anchor of a heading; empty for other lines.
fn anchor(line: &str) -> String {
    let title = line.trim_start_matches('#');
    if title.len() == line.len() {
        return String::new();
    }
    title
        .trim()
        .to_lowercase()
        .chars()
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'))
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).expect("a text")
}
