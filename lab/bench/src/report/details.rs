//! The warnings of a run, and where it ran.

use super::table::Table;
use crate::{environment::Environment, format::number, result::Run};

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
    let settings = &at.settings;
    let list = |cores: &[u32]| {
        cores
            .iter()
            .map(u32::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let commit = at.commit.as_deref().unwrap_or("unknown");
    let rows = [
        ("date", at.date.clone()),
        ("processor", format!("{}, {} cores", at.cpu, at.cores)),
        ("kernel", at.kernel.clone()),
        (
            "load average at the start",
            at.load_average.map_or("unknown".to_owned(), number),
        ),
        (
            "commit",
            if at.dirty {
                format!("{commit}, changed")
            } else {
                commit.to_owned()
            },
        ),
        (
            "built with",
            format!(
                "{}, {}",
                at.rustc,
                if at.optimised {
                    "optimised"
                } else {
                    "not optimised"
                }
            ),
        ),
        ("command", at.command_line()),
        ("worker threads", settings.workers.to_string()),
        (
            "TCP_NODELAY",
            if settings.nodelay { "on" } else { "off" }.to_owned(),
        ),
        (
            "processors",
            settings
                .pinning
                .as_ref()
                .map_or("shared by server and load".to_owned(), |pinned| {
                    format!(
                        "server {}, load {}",
                        list(&pinned.server),
                        list(&pinned.load)
                    )
                }),
        ),
    ];
    Table {
        caption: "Where it ran".to_owned(),
        conditions: String::new(),
        head: ["fact", "value"].map(str::to_owned).into(),
        rows: rows
            .map(|(name, value)| vec![name.to_owned(), value])
            .into(),
    }
}
