//! The modules of `common` are layers: each may use only those before it in this list.

use std::{
    fs,
    path::{Path, PathBuf},
};

const LAYERS: [&str; 13] = [
    "message", "history", "budget", "logging", "metrics", "net", "hub", "broker", "tasks",
    "cluster", "config", "http", "server",
];

#[test]
fn no_layer_uses_one_above_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut upwards = Vec::new();
    for file in rust_files(&source) {
        let path = file.strip_prefix(&source).expect("a file of src");
        let module = path.iter().next().expect("a name").to_str().expect("ASCII");
        let Some(layer) = layer(module.trim_end_matches(".rs")) else {
            continue;
        };
        for used in modules_used(&fs::read_to_string(&file).expect("text")) {
            if layer_of_name(&used).is_some_and(|other| other > layer) {
                upwards.push(format!("{} uses {used}", path.display()));
            }
        }
    }
    assert!(upwards.is_empty(), "{upwards:#?}");
}

#[test]
fn every_module_is_in_a_layer() {
    let lib = include_str!("../src/lib.rs");
    let modules = lib
        .lines()
        .filter_map(|line| line.split_once("mod ")?.1.strip_suffix(';'));
    let missing: Vec<_> = modules
        .filter(|module| *module != "testing" && layer(module).is_none())
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn imports_are_found_in_trees_and_in_paths() {
    let text = "use crate::{\n    hub::{Hub, Shard},\n    message::MessageId,\n};\nfn f() { crate::http::g() }";
    assert_eq!(modules_used(text), ["hub", "message", "http"]);
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| *layer == module)
}

/// `Config` is exported at the root.
fn layer_of_name(name: &str) -> Option<usize> {
    layer(if name == "Config" { "config" } else { name })
}

/// The first names of all paths that begin with `crate::`, those of use trees included.
fn modules_used(text: &str) -> Vec<String> {
    text.split("crate::")
        .skip(1)
        .flat_map(first_names)
        .collect()
}

fn first_names(path: &str) -> Vec<String> {
    let Some(tree) = path.strip_prefix('{') else {
        return vec![name(path)];
    };
    let mut depth = 0;
    let end = tree.find(|letter| {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        depth < 0
    });
    let mut depth = 0;
    let parts = tree[..end.unwrap_or(tree.len())].split(move |letter| {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        letter == ',' && depth == 0
    });
    parts
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(name)
        .collect()
}

fn name(path: &str) -> String {
    path.chars()
        .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries
        .flat_map(|entry| {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                rust_files(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}
