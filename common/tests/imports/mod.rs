//! Which files of a crate use which others, read from their text.
//!
//! An import counts for the file that defines the name, not for those that only re-export it. So a
//! `mod.rs` that declares and re-exports its children does not use them. Tests do not count.

mod source_file;

use source_file::{Path, SourceFile, path};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{self as paths, PathBuf},
    slice,
};

/// How many re-exports a name may pass through.
const MAX_REEXPORTS: usize = 8;

/// The files of a crate by the path of their module.
pub(crate) struct Sources(BTreeMap<Path, SourceFile>);

impl Sources {
    /// Reads all files below the `src` of a crate.
    pub(crate) fn read(src: &paths::Path) -> Self {
        let files = rust_files(src).into_iter().map(|file| {
            let text = fs::read_to_string(&file).expect("text");
            let inside = file.strip_prefix(src).expect("a file of src");
            (module_of(inside), text)
        });
        Self::of(files)
    }

    fn of(files: impl IntoIterator<Item = (Path, String)>) -> Self {
        let files: Vec<_> = files.into_iter().collect();
        let tests: Vec<_> = files
            .iter()
            .flat_map(|(module, text)| source_file::test_modules(module, text))
            .collect();
        let is_test = |module: &Path| tests.iter().any(|test| module.starts_with(test));
        let files = files.into_iter().filter(|(module, _)| !is_test(module));
        Self(
            files
                .map(|(module, text)| (module, SourceFile::parse(&text)))
                .collect(),
        )
    }

    /// Returns the modules of the crate that each module uses.
    pub(crate) fn uses(&self) -> BTreeMap<Path, BTreeSet<Path>> {
        let used = |(module, file): (&Path, &SourceFile)| {
            let names = file.names();
            let used = names.filter_map(|name| self.defining(module, name, MAX_REEXPORTS));
            let used = used.filter(|other| other != module).collect();
            (module.clone(), used)
        };
        self.0.iter().map(used).collect()
    }

    /// Returns the module that defines what a name in `module` means. Returns `None` if that is
    /// outside the crate.
    fn defining(&self, module: &Path, name: &Path, reexports: usize) -> Option<Path> {
        let (mut at, rest) = self.absolute(module, name)?;
        for part in rest {
            let child = [&at[..], slice::from_ref(&part)].concat();
            if self.0.contains_key(&child) {
                at = child;
                continue;
            }
            return match self.0.get(&at)?.import(&part) {
                Some(import) if reexports > 0 => self.defining(&at, import, reexports - 1),
                _ => Some(at),
            };
        }
        Some(at)
    }

    /// Returns the module from which the rest of a name is looked up.
    fn absolute(&self, module: &Path, name: &Path) -> Option<(Path, Path)> {
        let first = name.first()?.as_str();
        match first {
            "crate" => Some((Vec::new(), name[1..].to_vec())),
            "self" => Some((module.clone(), name[1..].to_vec())),
            "super" => {
                let supers = name.iter().take_while(|part| *part == "super").count();
                let parent = module[..module.len().checked_sub(supers)?].to_vec();
                Some((parent, name[supers..].to_vec()))
            }
            _ => {
                let child = [&module[..], &name[..1]].concat();
                if self.0.contains_key(&child) {
                    return Some((child, name[1..].to_vec()));
                }
                let import = self.0.get(module)?.import(first)?;
                let is_module = import.len() > 1 && name.len() > 1;
                let full = [&import[..], &name[1..]].concat();
                (is_module && full != *name).then(|| self.absolute(module, &full))?
            }
        }
    }
}

/// Returns modules that use each other in a circle, if there are any.
pub(crate) fn cycle(uses: &BTreeMap<Path, BTreeSet<Path>>) -> Option<Vec<String>> {
    let mut left = uses.clone();
    // A module that uses no other of those that are left is in no cycle.
    while let Some(module) = left
        .iter()
        .find(|(_, used)| !used.iter().any(|used| left.contains_key(used)))
        .map(|(module, _)| module.clone())
    {
        left.remove(&module);
    }
    let mut at = left.keys().next()?;
    let mut passed = Vec::new();
    while !passed.contains(&at) {
        passed.push(at);
        at = left[at].iter().find(|used| left.contains_key(*used))?;
    }
    let begins = passed.iter().position(|module| *module == at)?;
    Some(
        passed[begins..]
            .iter()
            .map(|module| module.join("::"))
            .collect(),
    )
}

fn module_of(file: &paths::Path) -> Path {
    let file = file.with_extension("");
    let mut module = path(&file.to_str().expect("UTF-8").replace('/', "::"));
    if ["mod", "lib", "main"].contains(&module.last().expect("a name").as_str()) {
        module.pop();
    }
    module
}

/// Returns all Rust files below this folder. A `main.rs` is another crate.
fn rust_files(folder: &paths::Path) -> Vec<PathBuf> {
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
        .filter(|path| !path.ends_with("main.rs") || !path.with_file_name("lib.rs").exists())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(files: &[(&str, &str)]) -> BTreeMap<Path, BTreeSet<Path>> {
        let files = files
            .iter()
            .map(|(module, text)| (path(module), (*text).to_owned()));
        Sources::of(files).uses()
    }

    #[test]
    fn a_name_counts_for_the_file_that_defines_it() {
        let uses = uses(&[
            ("", "pub use a::Thing;"),
            ("a", "mod b;\nmod c;\npub use b::Thing;\nuse std::fmt;"),
            (
                "a::b",
                "use super::c;\npub struct Thing;\nfn f() { c::g() }",
            ),
            ("a::c", "pub fn g() {}"),
            ("d", "use crate::{\n    a::{self, c::g},\n    Thing,\n};"),
        ]);
        assert!(uses[&path("")].is_empty() && uses[&path("a")].is_empty());
        assert_eq!(uses[&path("a::b")], [path("a::c")].into());
        let of_d = [path("a"), path("a::b"), path("a::c")];
        assert_eq!(uses[&path("d")], of_d.into());
        assert_eq!(cycle(&uses), None);
    }

    #[test]
    fn files_that_use_each_other_are_found_and_tests_do_not_count() {
        let parent = "mod b;\npub use b::f;\npub const LIMIT: usize = 1;";
        let child = "use super::LIMIT;\npub fn f() {}";
        let test = "#[cfg(test)]\nmod tests {\n    use super::*;\n}";
        assert_eq!(cycle(&uses(&[("a", parent), ("a::b", child)])), None);
        let calls = format!("{parent}\nfn g() {{\n    f()\n}}");
        let found = cycle(&uses(&[("a", &calls), ("a::b", child)]));
        assert_eq!(found, Some(vec!["a".to_owned(), "a::b".to_owned()]));
        let in_test = format!("{parent}\n{test}");
        assert_eq!(cycle(&uses(&[("a", &in_test), ("a::b", child)])), None);
        let in_file = format!("{parent}\n#[cfg(test)]\nmod tests;");
        let files = [
            ("a", &*in_file),
            ("a::b", child),
            ("a::tests", "use super::f;"),
        ];
        assert_eq!(cycle(&uses(&files)), None);
    }
}
