//! The modules of a crate are layers: each may use only those before it in these lists.
//!
//! cargo keeps the order of the crates themselves, since it allows no cycle of dependencies.

mod imports;

use imports::{modules_used, rust_files};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A crate with layers, and its folder below this one.
struct Crate {
    folder: &'static str,
    layers: &'static [&'static str],
}

const CRATES: [Crate; 2] = [
    Crate {
        folder: ".",
        layers: &[
            "message",
            "history",
            "budget",
            "logging",
            "metrics",
            "timers",
            "channels",
            "hub",
            "channel_set",
            "transport",
            "subscriber",
            "shard",
        ],
    },
    Crate {
        folder: "service",
        layers: &["tasks", "config", "http", "server"],
    },
];

#[test]
fn no_layer_uses_one_above_it() {
    let upwards: Vec<_> = CRATES.iter().flat_map(Crate::upward_imports).collect();
    assert!(upwards.is_empty(), "{upwards:#?}");
}

#[test]
fn every_module_is_in_a_layer() {
    for layered in CRATES {
        let lib = fs::read_to_string(layered.source().join("lib.rs")).expect("text");
        let modules = lib
            .lines()
            .filter_map(|line| line.split_once("mod ")?.1.strip_suffix(';'));
        let missing: Vec<_> = modules
            .filter(|module| layered.layer(module).is_none())
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}

impl Crate {
    fn source(&self) -> PathBuf {
        let common = Path::new(env!("CARGO_MANIFEST_DIR"));
        common.join(self.folder).join("src")
    }

    fn upward_imports(&self) -> Vec<String> {
        let source = self.source();
        let mut upwards = Vec::new();
        for file in rust_files(&source) {
            let path = file.strip_prefix(&source).expect("a file of src");
            let module = path.iter().next().expect("a name").to_str().expect("ASCII");
            let Some(layer) = self.layer(module.trim_end_matches(".rs")) else {
                continue;
            };
            for used in modules_used(&fs::read_to_string(&file).expect("text")) {
                if self.layer(&used).is_some_and(|other| other > layer) {
                    upwards.push(format!("{} uses {used}", file.display()));
                }
            }
        }
        upwards
    }

    /// Returns the number of a layer. `Config` is exported at the root.
    fn layer(&self, module: &str) -> Option<usize> {
        let module = if module == "Config" { "config" } else { module };
        self.layers.iter().position(|layer| *layer == module)
    }
}
