//! A report of one run, in each format.

use super::{
    details::{environment_table, warnings},
    fact_tables, peer_tables,
    section::sections,
    table::{Format, Table},
};
use crate::result::Run;

/// Returns the report of a run: its tables, where it ran, and the reasons to doubt its figures.
pub(crate) fn report(run: &Run, format: Format) -> String {
    let sections = sections(run).into_iter().map(|section| section.table());
    let all: Vec<_> = sections
        .chain(peer_tables::setups(run))
        .chain(fact_tables::tables(run))
        .chain([environment_table(&run.environment)])
        .collect();
    let warnings: String = warnings(run)
        .iter()
        .map(|warning| format.warning(warning))
        .collect();
    let tables = tables(&all, format);
    tables.trim_end().to_owned() + "\n" + &warnings
}

/// Returns tables below each other.
pub(crate) fn tables(all: &[Table], format: Format) -> String {
    all.iter()
        .map(|table| table.written(format) + "\n")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{file, report::examples::run};
    use std::{collections::BTreeSet, fs, path::Path};

    #[test]
    fn text_and_markdown_have_the_same_cells() {
        let run = run();
        let [text, markdown] = [Format::Text, Format::Markdown].map(|format| report(&run, format));
        for section in sections(&run) {
            for cell in section.table().rows.concat() {
                assert!(text.contains(&cell) && markdown.contains(&cell), "{cell}");
            }
        }
        assert!(text.ends_with("\nwarning: made <up>\n"), "{text}");
        assert!(
            markdown.ends_with("|\n\nWarning: made <up>.\n"),
            "{markdown}"
        );
    }

    /// `cargo lab claims` writes these parts; `web/test/documents.test.js` checks the others.
    #[test]
    fn the_documents_show_the_latest_results() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
        let names = fs::read_dir(docs.join("results")).unwrap();
        let names: BTreeSet<_> = names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        for (end, document) in [
            (".json", "benchmark.md"),
            ("-wakeups.json", "benchmark.md"),
            ("-processes.json", "scaling.md"),
            ("-peers.json", "benchmark.md"),
            ("-tokens.json", "benchmark.md"),
            ("-collapse.json", "benchmark.md"),
            ("-channels.json", "benchmark.md"),
            ("-channels-redis.json", "benchmark.md"),
        ] {
            let text = fs::read_to_string(docs.join(document)).unwrap();
            // A date has 10 bytes.
            let Some(latest) = names.iter().rfind(|name| name.get(10..) == Some(end)) else {
                assert!(text.contains("No result is published yet"), "{end}");
                continue;
            };
            let run = file::read(&docs.join("results").join(latest)).unwrap();
            let tables = report(&run, Format::Markdown);
            assert!(text.contains(&tables), "{document}: see scripts/record");
        }
    }

    #[test]
    fn shared_conditions_are_outside_the_table() {
        let run = run();
        let Table {
            conditions, head, ..
        } = sections(&run)[0].table();
        assert!(
            conditions.contains("text: 100 B") && !conditions.contains("transport"),
            "{conditions}"
        );
        assert!(
            head.contains(&"transport".to_owned()) && !head.contains(&"text".to_owned()),
            "{head:?}"
        );
        assert_eq!(head.last().map(String::as_str), Some("share of the limit"));
    }
}
