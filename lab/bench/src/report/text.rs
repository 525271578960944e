//! A report as text for a terminal, and as Markdown.

use super::{
    details::{environment_table, warnings},
    fact_tables,
    section::sections,
};
use crate::result::Run;

/// Returns the report as text for a terminal.
pub(crate) fn text(run: &Run) -> String {
    let sections = sections(run);
    let parts = sections
        .iter()
        .map(|part| format!("{}\n{}\n{}\n", part.title, part.conditions, part.table()));
    let warnings = warnings(run)
        .into_iter()
        .map(|warning| format!("warning: {warning}\n"));
    let wholes = fact_tables::tables(run)
        .into_iter()
        .map(|table| format!("{}\n{table}\n", table.caption));
    parts
        .chain(wholes)
        .chain([environment_table(&run.environment).to_string()])
        .chain(warnings)
        .collect()
}

/// Returns the report as Markdown.
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
    let wholes = fact_tables::tables(run)
        .into_iter()
        .map(|table| format!("### {}\n\n{}\n", table.caption, table.markdown()));
    parts
        .chain(wholes)
        .chain([format!(
            "### Where it ran\n\n{}",
            environment_table(&run.environment).markdown()
        )])
        .chain(warnings)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::examples::run;

    #[test]
    fn text_and_markdown_have_the_same_cells() {
        let (text, markdown, run) = (text(&run()), markdown(&run()), run());
        for section in sections(&run) {
            for cell in section.table().rows.concat() {
                assert!(text.contains(&cell) && markdown.contains(&cell), "{cell}");
            }
        }
    }

    #[test]
    fn shared_conditions_are_outside_the_table() {
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
