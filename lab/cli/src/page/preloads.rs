//! The document of the page with a hint for each module that the lanes need. Without the hints a
//! browser learns of a module only from the one that imports it, one round of requests after the
//! other. Modules that are loaded later have none: they would compete with the first.

use std::{
    collections::{BTreeSet, VecDeque},
    fmt::Write,
    fs, io,
    path::{Component, Path, PathBuf},
};

/// The module that imports what the lanes need.
const ENTRY: &str = "js/main.js";

/// Returns `index.html` of this directory, with hints for the modules that it does not name itself.
///
/// # Errors
/// Returns an error if the document or the entry module is unreadable.
pub(super) fn document(directory: &Path) -> io::Result<String> {
    let document = fs::read_to_string(directory.join("index.html"))?;
    let mut hints = String::new();
    for module in modules(directory)? {
        let name = module.display();
        if !document.contains(&format!("\"{name}\"")) {
            let _ = writeln!(hints, "  <link rel=\"modulepreload\" href=\"{name}\">");
        }
    }
    Ok(document.replacen("</head>", &format!("{hints}</head>"), 1))
}

/// Returns the modules that the entry module imports, and those that they import, nearest first.
fn modules(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = vec![PathBuf::from(ENTRY)];
    let mut known: BTreeSet<_> = found.iter().cloned().collect();
    let mut open: VecDeque<_> = found.clone().into();
    while let Some(module) = open.pop_front() {
        let source = fs::read_to_string(directory.join(&module))?;
        for target in imports(&source) {
            let target = resolve(&module, target);
            if directory.join(&target).is_file() && known.insert(target.clone()) {
                found.push(target.clone());
                open.push_back(target);
            }
        }
    }
    Ok(found)
}

/// Returns the relative paths that a module imports before it runs. Imports of types, in comments,
/// do not count.
fn imports(source: &str) -> impl Iterator<Item = &str> {
    ["\nimport \"", " from \""]
        .into_iter()
        .flat_map(|before| source.split(before).skip(1))
        .filter_map(|rest| rest.split_once('"'))
        .map(|(path, _)| path)
        .filter(|path| path.starts_with('.'))
}

/// Returns where a relative import of a module leads.
fn resolve(module: &Path, import: &str) -> PathBuf {
    let mut target = module.parent().map(Path::to_path_buf).unwrap_or_default();
    for part in Path::new(import).components() {
        match part {
            Component::ParentDir => drop(target.pop()),
            Component::Normal(name) => target.push(name),
            _ => {}
        }
    }
    target
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web");

    #[test]
    fn imports_of_types_are_not_loaded() {
        let source = "import { a } from \"./a.js\";\nimport \"../b.js\";\n/** {import(\"./c.js\").C} */\n\
                      import * as d from \"./d.js\";\nconst { e } = await import(\"./e.js\");\n";
        let found: BTreeSet<_> = imports(source).collect();
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            ["../b.js", "./a.js", "./d.js"]
        );
        assert_eq!(
            resolve(Path::new("js/x/y.js"), "../z/a.js"),
            Path::new("js/z/a.js")
        );
    }

    #[test]
    fn each_module_of_the_lanes_is_in_the_document_once() {
        let document = document(Path::new(WEB)).unwrap();
        for (module, count) in [
            ("js/main.js", 1),
            ("js/page.js", 1),
            ("js/trilane/time.js", 1),
            ("js/sections.js", 0),
            ("js/questions/section.js", 0),
        ] {
            let name = format!("\"{module}\"");
            assert_eq!(document.matches(&name).count(), count, "{module}");
        }
    }
}
