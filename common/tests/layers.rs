//! The modules of `common` are layers: each may use only those before it in this list.

mod imports;

use imports::{modules_used, rust_files};
use std::{fs, path::Path};

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
    let missing: Vec<_> = modules.filter(|module| layer(module).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| *layer == module)
}

/// `Config` is exported at the root.
fn layer_of_name(name: &str) -> Option<usize> {
    layer(if name == "Config" { "config" } else { name })
}
