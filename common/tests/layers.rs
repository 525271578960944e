//! The modules of a crate are layers: each may use only those before it in these lists. The files
//! of a crate are a tree: no two use each other, not even through others.
//!
//! cargo keeps the order of the crates themselves, since it allows no cycle of dependencies.

mod imports;

use imports::{Sources, cycle};
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

/// The crates whose files are a tree, as folders below this one.
const TREES: [&str; 10] = [
    ".",
    "net",
    "broker",
    "supervisor",
    "service",
    "../conformance",
    "../longpoll-svc",
    "../sse-svc",
    "../ws-svc",
    "../ws-svc/rfc6455",
];

#[test]
fn no_layer_uses_one_above_it() {
    let upwards: Vec<_> = CRATES.iter().flat_map(Crate::upward_imports).collect();
    assert!(upwards.is_empty(), "{upwards:#?}");
}

#[test]
fn every_module_is_in_a_layer() {
    for layered in CRATES {
        let lib = fs::read_to_string(source(layered.folder).join("lib.rs")).expect("text");
        let modules = lib
            .lines()
            .filter_map(|line| line.split_once("mod ")?.1.strip_suffix(';'));
        let missing: Vec<_> = modules
            .filter(|module| layered.layer(module).is_none())
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}

#[test]
fn no_files_use_each_other() {
    for folder in TREES {
        let uses = Sources::read(&source(folder)).uses();
        assert!(uses.values().any(|used| !used.is_empty()), "{folder}");
        assert_eq!(cycle(&uses), None, "{folder}");
    }
}

fn source(folder: &str) -> PathBuf {
    let common = Path::new(env!("CARGO_MANIFEST_DIR"));
    common.join(folder).join("src")
}

impl Crate {
    fn upward_imports(&self) -> Vec<String> {
        let mut upwards = Vec::new();
        for (module, used) in Sources::read(&source(self.folder)).uses() {
            let Some(layer) = module.first().and_then(|module| self.layer(module)) else {
                continue;
            };
            for other in used {
                let above = other.first().and_then(|other| self.layer(other));
                if above.is_some_and(|above| above > layer) {
                    upwards.push(format!("{} uses {}", module.join("::"), other.join("::")));
                }
            }
        }
        upwards
    }

    fn layer(&self, module: &str) -> Option<usize> {
        self.layers.iter().position(|layer| *layer == module)
    }
}
