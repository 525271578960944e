//! A report as one self-contained HTML file, without scripts, fonts or requests.

use super::{
    details::{environment_table, warnings},
    escape::escape,
    fact_tables,
    plot::plot,
    section::{Section, sections},
};
use crate::result::Run;

const STYLE: &str = include_str!("report.css");

/// Returns the report as a page.
pub(crate) fn page(run: &Run) -> String {
    let warnings: String = warnings(run)
        .iter()
        .map(|warning| format!("<li>{}</li>", escape(warning)))
        .collect();
    let warned = if warnings.is_empty() {
        warnings
    } else {
        format!("<ul class=warnings>{warnings}</ul>\n")
    };
    let sections: String = sections(run).iter().map(section).collect();
    let whole: String = fact_tables::tables(run)
        .iter()
        .map(|table| {
            format!(
                "<section><h2>{}</h2>\n{}</section>\n",
                escape(&table.caption),
                table.html()
            )
        })
        .collect();
    let environment = environment_table(&run.environment).html();
    format!(
        "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n\
         <meta name=viewport content=\"width=device-width\">\n<link rel=icon href=\"data:,\">\n\
         <title>Trilane benchmark, {date}</title>\n<style>\n{STYLE}</style>\n\
         <header><h1>Trilane benchmark</h1>\n<p>Figures with their 95&nbsp;% confidence intervals over repetitions, in brackets.</p>\n\
         {warned}</header>\n<main>\n{sections}{whole}<section><h2>Where it ran</h2>\n{environment}</section></main>\n</html>\n",
        date = escape(&run.environment.date),
    )
}

fn section(section: &Section<'_>) -> String {
    let (title, conditions) = (escape(&section.title), escape(&section.conditions));
    let (plot, table) = (plot(section), section.table().html());
    format!(
        "<section><h2>{title}</h2>\n<p>{conditions}</p>\n<figure>{plot}</figure>\n{table}</section>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::examples::run;

    #[test]
    fn the_page_loads_nothing() {
        let page = page(&run());
        for loaded in ["<script", "src=", "url(", "@import", "http://", "https://"] {
            assert!(!page.contains(loaded), "{loaded}");
        }
    }

    #[test]
    fn every_plot_has_a_name_and_a_table() {
        let page = page(&run());
        let count = |what: &str| page.matches(what).count();
        assert!(count("<svg ") > 0);
        assert_eq!(count("<svg "), count("role=img aria-label=\""));
        assert_eq!(
            count("<table>"),
            count("<svg ") + 1,
            "one more says where it ran"
        );
    }
}
