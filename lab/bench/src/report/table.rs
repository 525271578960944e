//! A table as text and as Markdown.

use clap::ValueEnum;

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Markdown,
}

impl Format {
    pub(super) fn warning(self, warning: &str) -> String {
        match self {
            Self::Text => format!("warning: {warning}\n"),
            Self::Markdown => format!("\nWarning: {warning}.\n"),
        }
    }
}

/// A table. Each row has one cell per column.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    pub(crate) caption: String,
    /// What all rows have in common. May be empty.
    pub(crate) conditions: String,
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    /// Creates a table without conditions.
    pub(crate) fn new<T: ToString>(
        caption: &str,
        head: impl IntoIterator<Item = T>,
        rows: Vec<Vec<String>>,
    ) -> Self {
        Self {
            caption: caption.to_owned(),
            conditions: String::new(),
            head: head.into_iter().map(|title| title.to_string()).collect(),
            rows,
        }
    }

    pub(crate) fn written(&self, format: Format) -> String {
        let (heading, end, table) = match format {
            Format::Text => ("", "\n", self.text()),
            Format::Markdown => ("### ", "\n\n", self.markdown()),
        };
        let titles = [&self.caption, &self.conditions].into_iter();
        let head: String = titles
            .filter(|line| !line.is_empty())
            .map(|line| format!("{line}{end}"))
            .collect();
        format!("{heading}{head}{table}")
    }

    /// Returns the width of each column in characters.
    fn widths(&self) -> Vec<usize> {
        let width = |column: usize| {
            let cells = self.lines().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0)
        };
        (0..self.head.len()).map(width).collect()
    }

    fn lines(&self) -> impl Iterator<Item = &Vec<String>> {
        std::iter::once(&self.head).chain(&self.rows)
    }

    fn markdown(&self) -> String {
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

    fn text(&self) -> String {
        let widths = self.widths();
        let line = |cells: &Vec<String>| {
            let padded: String = cells
                .iter()
                .zip(&widths)
                .map(|(cell, &width)| format!("  {cell:<width$}"))
                .collect();
            padded.trim_end().to_owned() + "\n"
        };
        self.lines().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let rows = vec![row(["a|b", "5 < 6"]), row(["–", "10"])];
        Table {
            conditions: "text: 1 B".into(),
            ..Table::new("Times", ["who", "ms"], rows)
        }
    }

    #[test]
    fn text_has_aligned_columns() {
        assert_eq!(
            table().written(Format::Text),
            "Times\ntext: 1 B\n  who  ms\n  a|b  5 < 6\n  –    10\n"
        );
    }

    #[test]
    fn markdown_escapes_bars_in_cells() {
        assert_eq!(
            table().written(Format::Markdown),
            "### Times\n\ntext: 1 B\n\n| who | ms |\n| --- | --- |\n| a\\|b | 5 < 6 |\n| – | 10 |\n"
        );
    }
}
