//! docs/protocol.md: its examples, and its list of problems.

use std::collections::BTreeSet;

pub(crate) const DOCUMENT: &str = include_str!("../../../docs/protocol.md");
const PROBLEMS: &str = include_str!("../../../docs/problems.md");

/// Problems that only the lab returns.
const OF_THE_LAB: [&str; 4] = ["restarting", "storming", "no-broker", "not-started"];

#[test]
fn every_problem_of_a_service_is_listed_with_its_status() {
    let mut listed = problems();
    // problems.md lists it among the errors that occur before a handler runs.
    listed.retain(|(status, _)| *status != 431);
    let described: BTreeSet<_> = rows(PROBLEMS)
        .filter_map(|row| Some((row.get(1)?.parse::<u16>().ok()?, quoted(row.first()?))))
        .filter(|(_, name)| !OF_THE_LAB.contains(&name.as_str()))
        .collect();
    assert_eq!(listed, described);
}

/// Returns the status and the name of each problem in the document's list.
pub(crate) fn problems() -> BTreeSet<(u16, String)> {
    rows(DOCUMENT)
        .filter_map(|row| Some((row.first()?.parse().ok()?, row.get(1)?.clone())))
        .flat_map(|(status, names): (u16, String)| {
            let names = names.split(", ").map(quoted);
            names.map(|name| (status, name)).collect::<Vec<_>>()
        })
        .collect()
}

/// Returns the kind and the text of each fenced block of the document.
pub(crate) fn examples() -> impl Iterator<Item = (&'static str, &'static str)> {
    let fenced = DOCUMENT.split("```").skip(1).step_by(2);
    fenced.filter_map(|block| block.split_once('\n'))
}

/// Returns the cells of each row of each table.
fn rows(document: &str) -> impl Iterator<Item = Vec<String>> {
    let lines = document.lines().filter(|line| line.starts_with('|'));
    lines.map(|line| {
        line.trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect()
    })
}

fn quoted(name: &str) -> String {
    name.trim_matches('`').to_owned()
}
