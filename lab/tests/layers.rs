//! The top-level modules of `lab` use each other in one direction only.

#[path = "../../common/tests/imports/mod.rs"]
mod imports;

use imports::{modules_used, rust_files};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

type Uses = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_module_uses_one_that_uses_it() {
    let uses = uses_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(uses["gate"].contains("histogram"), "{uses:#?}");
    let cycle = in_cycles(uses);
    assert!(cycle.is_empty(), "these modules form a cycle: {cycle:#?}");
}

#[test]
fn a_cycle_is_found_and_what_only_leads_to_it_is_not() {
    let uses = [("a", "b"), ("b", "c"), ("c", "b"), ("d", "e")];
    let uses = uses.map(|(module, used)| (module.to_owned(), [used.to_owned()].into()));
    let cycle = in_cycles(Uses::from(uses));
    assert_eq!(cycle.into_keys().collect::<Vec<_>>(), ["b", "c"]);
}

/// Returns which top-level modules each top-level module uses. `main.rs` may use all of them.
fn uses_of(source: &Path) -> Uses {
    let mut uses = Uses::new();
    for file in rust_files(source) {
        let path = file.strip_prefix(source).expect("a file of src");
        let module = path.iter().next().expect("a name").to_str().expect("ASCII");
        let module = module.trim_end_matches(".rs");
        if module != "main" {
            let text = fs::read_to_string(&file).expect("text");
            let used = uses.entry(module.to_owned()).or_default();
            used.extend(modules_used(&text));
            used.remove(module);
        }
    }
    uses
}

/// Returns the modules that remain after all modules that use none of the others, or that none of
/// the others uses, were removed one after the other.
fn in_cycles(mut uses: Uses) -> Uses {
    loop {
        let used: BTreeSet<_> = uses.values().flatten().cloned().collect();
        let removable: Vec<_> = uses
            .iter()
            .filter(|(module, uses_these)| {
                !used.contains(*module) || !uses_these.iter().any(|used| uses.contains_key(used))
            })
            .map(|(module, _)| module.clone())
            .collect();
        if removable.is_empty() {
            return uses;
        }
        for module in removable {
            uses.remove(&module);
        }
    }
}
