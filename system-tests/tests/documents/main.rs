//! The documents: their links, their line lengths, their words and their commands.

mod command_list;
mod commands;
mod memory;

use system_tests::process;

use std::{
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The longest line outside of code, tables and generated parts, in characters.
const MAX_COLUMNS: usize = 100;

/// The largest picture, in bytes.
const MAX_PICTURE: u64 = 150_000;

/// Former names, which the glossary of ARCHITECTURE.md replaced.
const FORMER_NAMES: [&str; 8] = [
    "founding",
    "the document's",
    "bare poll",
    "hand-over",
    "handed over",
    "feed",
    "goodbye",
    "whoever",
];

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let mut checked = 0;
    let mut broken = Vec::new();
    for document in documents() {
        let text = read(&document);
        for link in links(&text).filter(|link| !link.contains("://")) {
            checked += 1;
            if !leads_somewhere(&document, link) {
                broken.push(format!("{}: {link}", name(&document)));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(checked > 100, "only {checked} links found");
}

#[test]
fn prose_is_narrow_and_uses_the_glossary() {
    let mut wrong = Vec::new();
    for document in documents() {
        for (number, line) in prose(&read(&document)) {
            let columns = line.chars().count();
            let lower = line.to_lowercase();
            let former = FORMER_NAMES.iter().find(|former| lower.contains(*former));
            if columns > MAX_COLUMNS && line.contains(' ') {
                wrong.push(format!("{}:{number}: {columns} columns", name(&document)));
            }
            if let Some(former) = former {
                wrong.push(format!("{}:{number}: {former:?}", name(&document)));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_picture_exists_and_is_small() {
    let readme = read(&Path::new(ROOT).join("README.md"));
    let named = ["src=\"", "srcset=\""].map(|attribute| {
        let (_, rest) = readme.split_once(attribute).expect("a picture");
        rest.split('"').next().expect("a path").to_owned()
    });
    for picture in named {
        let length = fs::metadata(Path::new(ROOT).join(&picture)).map(|file| file.len());
        let is_small = length.as_ref().is_ok_and(|length| *length < MAX_PICTURE);
        assert!(is_small, "{picture}: {length:?}");
    }
}

#[test]
fn headings_become_anchors_as_on_github() {
    let anchors = ["## What it is (`x`), now", "### Why – so?"].map(anchor);
    assert_eq!(anchors, ["what-it-is-x-now", "why--so"]);
}

/// The documents at the root, in `docs` and in `docs/clients`.
fn documents() -> Vec<PathBuf> {
    let folders =
        ["", "docs", "docs/clients"].map(|folder| fs::read_dir(Path::new(ROOT).join(folder)));
    folders
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

/// The numbered lines that a person wrote, without code and tables.
fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut in_code = false;
    let mut is_generated = false;
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.starts_with("```") {
            in_code = !in_code;
        } else if line.starts_with("<!-- made by") {
            is_generated = true;
        } else if line.starts_with("<!-- end of") {
            is_generated = false;
        } else if !in_code && !is_generated && !line.starts_with('|') {
            lines.push((number, line));
        }
    }
    lines
}

fn name(document: &Path) -> String {
    let name = document.strip_prefix(ROOT).unwrap_or(document);
    name.display().to_string()
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).expect("a text")
}
