//! Reports of a run: for a terminal, for Markdown, for a browser. They show what the result says and judge nothing.
//!
//! - [`section`], [`table`]: one experiment, as rows and columns
//! - [`whole`]: what was measured of services as a whole, as tables
//! - [`html`], [`plot`]: a page with plots

mod command;
#[cfg(test)]
pub(crate) mod examples;
pub(crate) mod html;
mod plot;
pub(crate) mod section;
pub(crate) mod table;
mod whole;

pub(crate) use command::{Report, run};

use super::{result::Run, words::number};
use crate::environment::Environment;
use section::sections;
use table::Table;

/// So many warnings are shown: a busy machine is one fact, though it troubles every repetition.
const WARNINGS: usize = 6;

/// For a terminal.
pub(crate) fn text(run: &Run) -> String {
    let sections = sections(run);
    let parts = sections
        .iter()
        .map(|part| format!("{}\n{}\n{}\n", part.title, part.conditions, part.table()));
    let warnings = warnings(run)
        .into_iter()
        .map(|warning| format!("warning: {warning}\n"));
    let wholes = whole::tables(run)
        .into_iter()
        .map(|table| format!("{}\n{table}\n", table.caption));
    parts
        .chain(wholes)
        .chain([facts(&run.environment).to_string()])
        .chain(warnings)
        .collect()
}

/// For a README.
pub(crate) fn markdown(run: &Run) -> String {
    let sections = sections(run);
    let parts = sections.iter().map(|part| {
        format!(
            "### {}\n\n{}\n\n{}\n",
            part.title,
            part.conditions,
            part.table().markdown()
        )
    });
    let warnings = warnings(run)
        .into_iter()
        .map(|warning| format!("\nWarning: {warning}.\n"));
    let wholes = whole::tables(run)
        .into_iter()
        .map(|table| format!("### {}\n\n{}\n", table.caption, table.markdown()));
    parts
        .chain(wholes)
        .chain([format!(
            "### Where it ran\n\n{}",
            facts(&run.environment).markdown()
        )])
        .chain(warnings)
        .collect()
}

/// The first of its warnings, and how many more there are.
pub(crate) fn warnings(run: &Run) -> Vec<String> {
    let more = run.warnings.len().saturating_sub(WARNINGS);
    let more = (more > 0).then(|| format!("and {more} more, which --json has"));
    run.warnings
        .iter()
        .take(WARNINGS)
        .cloned()
        .chain(more)
        .collect()
}

/// Where and how a run was made.
pub(crate) fn facts(at: &Environment) -> Table {
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
        head: ["fact", "value"].map(str::to_owned).into(),
        rows: rows
            .map(|(name, value)| vec![name.to_owned(), value])
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{examples::run, *};

    #[test]
    fn text_and_markdown_say_the_same() {
        let (text, markdown, run) = (text(&run()), markdown(&run()), run());
        for section in sections(&run) {
            for cell in section.table().rows.concat() {
                assert!(text.contains(&cell) && markdown.contains(&cell), "{cell}");
            }
        }
    }

    #[test]
    fn what_all_scenarios_share_is_said_once() {
        let run = run();
        let sections = sections(&run);
        let cost = &sections[0];
        assert!(
            cost.conditions.contains("text: 100 B") && !cost.conditions.contains("transport"),
            "{}",
            cost.conditions
        );
        let head = cost.table().head;
        assert!(
            head.contains(&"transport".to_owned()) && !head.contains(&"text".to_owned()),
            "{head:?}"
        );
        assert_eq!(head.last().map(String::as_str), Some("share of the limit"));
    }
}
