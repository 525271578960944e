//! Reads from source text which modules of its crate it uses.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Returns the first name of each path that begins with `crate::`, use trees included.
pub(crate) fn modules_used(text: &str) -> Vec<String> {
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

/// Returns all Rust files below this folder.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
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

#[test]
fn imports_are_found_in_trees_and_in_paths() {
    let text = "use crate::{\n    hub::{Hub, Shard},\n    message::MessageId,\n};\n\
                fn f() { crate::http::g() }";
    assert_eq!(modules_used(text), ["hub", "message", "http"]);
}
