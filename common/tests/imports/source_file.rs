//! The names that the text of a file uses.

/// A path of names, such as that of a module.
pub(super) type Path = Vec<String>;

/// What one file imports, re-exports and names.
pub(super) struct SourceFile {
    /// With the name under which each is imported.
    imports: Vec<(String, Path)>,
    /// Paths that the code uses.
    used: Vec<Path>,
}

/// Splits a path at its `::`.
pub(crate) fn path(text: &str) -> Path {
    let parts = text.split("::").filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// Returns the modules of this one that are compiled for tests only.
pub(super) fn test_modules(module: &Path, text: &str) -> Vec<Path> {
    let declared = text.split("#[cfg(test)]\n").skip(1).filter_map(|item| {
        let (_, name) = item.lines().next()?.split_once("mod ")?;
        name.strip_suffix(';')
    });
    declared
        .map(|name| [&module[..], &[name.to_owned()]].concat())
        .collect()
}

impl SourceFile {
    pub(super) fn parse(text: &str) -> Self {
        let code = without_comments(without_tests(text));
        let mut imports = Vec::new();
        let mut used = Vec::new();
        let mut body = String::new();
        let mut reexports = Vec::new();
        for statement in statements(&code) {
            let Some((visibility, tree)) = import(&statement) else {
                body += &statement;
                continue;
            };
            for (name, path) in expand(tree) {
                if visibility.is_empty() {
                    used.push(path.clone());
                } else {
                    reexports.push((name.clone(), path.clone()));
                }
                imports.push((name, path));
            }
        }
        let body = without_scopes(&body);
        let words: Vec<_> = words(&body).collect();
        let is_used = |name: &String| words.contains(&name.as_str());
        let reexports = reexports.into_iter();
        used.extend(
            reexports
                .filter(|(name, _)| is_used(name))
                .map(|(_, path)| path),
        );
        let paths = words.iter().filter(|word| word.contains("::"));
        used.extend(paths.map(|word| path(word)));
        Self { imports, used }
    }

    /// Returns the names that the file uses. A re-export is no use.
    pub(super) fn names(&self) -> impl Iterator<Item = &Path> {
        self.used.iter()
    }

    /// Returns the path that is imported under a name.
    pub(super) fn import(&self, name: &str) -> Option<&Path> {
        let found = self.imports.iter().find(|(imported, _)| imported == name);
        found.map(|(_, path)| path)
    }
}

/// Cuts the module with unit tests, which is the last item of a file.
fn without_tests(text: &str) -> &str {
    let is_inline = |at: &usize| {
        let item = text[*at..].lines().nth(1).unwrap_or_default();
        item.contains("mod ") && item.ends_with('{')
    };
    let end = text
        .match_indices("#[cfg(test)]")
        .map(|(at, _)| at)
        .find(is_inline);
    &text[..end.unwrap_or(text.len())]
}

fn without_comments(text: &str) -> String {
    let code = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    code.collect::<Vec<_>>().join("\n")
}

/// Removes the paths of `pub(in path)`, which use nothing.
fn without_scopes(code: &str) -> String {
    let parts = code.split("pub(in ").enumerate();
    let after = |(index, part): (usize, &str)| match part.split_once(')') {
        Some((_, rest)) if index > 0 => rest.to_owned(),
        _ => part.to_owned(),
    };
    parts.map(after).collect()
}

/// Splits code so that each import and each declaration of a module stands alone. The latter are
/// left out.
fn statements(code: &str) -> Vec<String> {
    let mut statements = vec![String::new()];
    for line in code.lines() {
        let last = statements.last_mut().expect("at least one");
        if import(line).is_some() {
            statements.push(format!("{line}\n"));
        } else if !is_declaration(line) {
            *last += line;
            *last += "\n";
        }
        let last = statements.last().expect("at least one");
        if import(last).is_some() && line.ends_with(';') {
            statements.push(String::new());
        }
    }
    statements
}

fn is_declaration(line: &str) -> bool {
    let item = line.strip_suffix(';').unwrap_or_default();
    let (_, item) = visibility(item);
    item.starts_with("mod ")
}

/// Returns the visibility of an import, and its tree.
fn import(statement: &str) -> Option<(&str, &str)> {
    let (visibility, item) = visibility(statement.trim_start());
    Some((visibility, item.strip_prefix("use ")?))
}

fn visibility(item: &str) -> (&str, &str) {
    let Some(rest) = item.strip_prefix("pub") else {
        return ("", item);
    };
    let end = if rest.starts_with('(') {
        rest.find(')').map_or(0, |end| end + 1)
    } else {
        0
    };
    (&item[..3 + end], rest[end..].trim_start())
}

/// Returns each path of a tree of imports, with the name under which it is imported.
fn expand(tree: &str) -> Vec<(String, Path)> {
    let tree = tree.trim().trim_end_matches(';').trim();
    if let Some((prefix, list)) = tree.split_once('{') {
        let list = list.strip_suffix('}').unwrap_or(list);
        let parts = split_list(list).into_iter();
        return parts
            .flat_map(|part| expand(&format!("{prefix}{part}")))
            .collect();
    }
    let (text, alias) = tree
        .split_once(" as ")
        .map_or((tree, None), |(text, alias)| (text, Some(alias.to_owned())));
    let mut path = path(text);
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    let Some(last) = path.last().cloned() else {
        return Vec::new();
    };
    vec![(alias.unwrap_or(last), path)]
}

/// Splits a list at the commas that are in no inner list.
fn split_list(list: &str) -> Vec<&str> {
    let mut depth = 0;
    let parts = list.split(move |letter| {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        letter == ',' && depth == 0
    });
    parts
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

/// Returns the names and paths in code.
fn words(code: &str) -> impl Iterator<Item = &str> {
    let is_part = |letter: char| letter.is_alphanumeric() || "_:".contains(letter);
    code.split(move |letter| !is_part(letter))
        .map(|word| word.trim_matches(':'))
        .filter(|word| !word.is_empty())
}
