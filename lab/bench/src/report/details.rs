//! The warnings of a run, and where it ran.

use super::table::Table;
use crate::{
    environment::{Environment, Pinning},
    format::number,
    result::Run,
};

/// The most warnings in a report. A busy machine affects every repetition, but is one fact.
const WARNINGS: usize = 6;

/// Returns the first warnings of a run, and the number of further ones.
pub(super) fn warnings(run: &Run) -> Vec<String> {
    let more = run.warnings.len().saturating_sub(WARNINGS);
    let more = (more > 0).then(|| format!("and {more} more, see --json"));
    run.warnings
        .iter()
        .take(WARNINGS)
        .cloned()
        .chain(more)
        .collect()
}

/// Returns a table of where and how a run was made.
pub(super) fn environment_table(at: &Environment) -> Table {
    let or = |yes: bool, first: &str, second: &str| if yes { first } else { second }.to_owned();
    let commit = at.commit.as_deref().unwrap_or("unknown");
    let built = or(at.optimised, "optimised", "not optimised");
    let load = at.load_average.map(number);
    let rows = [
        ("date", at.date.clone()),
        ("processor", format!("{}, {} cores", at.cpu, at.cores)),
        ("kernel", at.kernel.clone()),
        (
            "load average at the start",
            load.unwrap_or_else(|| "unknown".to_owned()),
        ),
        ("commit", commit.to_owned() + &or(at.dirty, ", changed", "")),
        ("built with", format!("{}, {built}", at.rustc)),
        ("command", at.command_line()),
        ("worker threads", at.settings.workers.to_string()),
        ("TCP_NODELAY", or(at.settings.nodelay, "on", "off")),
        ("processors", processors(at.settings.pinning.as_ref())),
    ];
    let rows = rows.map(|(name, value)| vec![name.to_owned(), value]);
    Table::new("Where it ran", ["fact", "value"], rows.into())
}

fn processors(pinning: Option<&Pinning>) -> String {
    let list = |cores: &[u32]| {
        let cores: Vec<_> = cores.iter().map(u32::to_string).collect();
        cores.join(", ")
    };
    match pinning {
        None => "shared by server and load".to_owned(),
        Some(Pinning { server, load }) => {
            format!("server {}, load {}", list(server), list(load))
        }
    }
}
