//! A table as text, Markdown and HTML.

use super::escape::escape;
use std::fmt;

/// A table. Each row has one cell per column.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    pub(crate) caption: String,
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    /// Returns the width of each column in characters.
    fn widths(&self) -> Vec<usize> {
        let width = |column: usize| {
            self.lines()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        (0..self.head.len()).map(width).collect()
    }

    fn lines(&self) -> impl Iterator<Item = &Vec<String>> {
        std::iter::once(&self.head).chain(&self.rows)
    }

    pub(crate) fn markdown(&self) -> String {
        let row = |cells: &Vec<String>| {
            let cells: Vec<_> = cells
                .iter()
                .map(|cell| cell.replace('|', "\\|").replace('\n', " "))
                .collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule = vec!["---".to_owned(); self.head.len()];
        [&self.head, &rule]
            .into_iter()
            .chain(&self.rows)
            .map(row)
            .collect()
    }

    pub(crate) fn html(&self) -> String {
        let cells = |tag: &str, cells: &[String]| -> String {
            cells
                .iter()
                .map(|cell| format!("<{tag}>{}</{}>", escape(cell), &tag[..2]))
                .collect()
        };
        let row = |row: &Vec<String>| match row.split_first() {
            Some((name, rest)) => {
                format!(
                    "<tr>{}{}</tr>\n",
                    cells("th scope=row", std::slice::from_ref(name)),
                    cells("td", rest)
                )
            }
            None => String::new(),
        };
        let body: String = self.rows.iter().map(row).collect();
        let (caption, head) = (escape(&self.caption), cells("th scope=col", &self.head));
        format!(
            "<div class=scroll tabindex=0 role=group aria-label=\"{caption}\"><table><caption>{caption}</caption>\n\
             <thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>\n"
        )
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for cells in self.lines() {
            let line: String = cells
                .iter()
                .zip(&widths)
                .map(|(cell, &width)| format!("  {cell:<width$}"))
                .collect();
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        Table {
            caption: "A <b>".into(),
            head: row(["who", "ms"]),
            rows: vec![row(["a|b", "5 < 6"]), row(["–", "10"])],
        }
    }

    #[test]
    fn text_has_aligned_columns() {
        assert_eq!(table().to_string(), "  who  ms\n  a|b  5 < 6\n  –    10\n");
    }

    #[test]
    fn markdown_escapes_bars_in_cells() {
        assert_eq!(
            table().markdown(),
            "| who | ms |\n| --- | --- |\n| a\\|b | 5 < 6 |\n| – | 10 |\n"
        );
    }

    #[test]
    fn html_escapes_markup_in_cells() {
        let html = table().html();
        assert!(html.contains("<caption>A &lt;b&gt;</caption>"), "{html}");
        assert!(
            html.contains("<tr><th scope=row>a|b</th><td>5 &lt; 6</td></tr>"),
            "{html}"
        );
    }
}
