//! Prints the result of a benchmark, and writes it to files.

use super::{
    file,
    report::{table::Format, text::report},
    result::Run,
};
use anyhow::{Context, Result};
use clap::Args;
use std::{fs, path::PathBuf};
use support::console::{print_line, print_text};

/// The arguments that name the files of a result.
#[derive(Args)]
pub(crate) struct Output {
    /// Also write the result as JSON, for `lab report` and for the section Report of the page
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Also write the report as Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

impl Output {
    /// Prints a run, and writes the requested files. Ends with a sentence on what was measured.
    pub(crate) fn write(&self, run: &Run, closing: &str) -> Result<()> {
        print_text(&report(run, Format::Text));
        if let Some(path) = &self.json {
            file::write(path, run)?;
        }
        if let Some(path) = &self.markdown {
            fs::write(path, report(run, Format::Markdown))
                .with_context(|| path.display().to_string())?;
        }
        let kept: Vec<_> = [&self.json, &self.markdown]
            .into_iter()
            .flatten()
            .map(|path| path.display().to_string())
            .collect();
        if kept.is_empty() {
            print_line(&format!("\n{closing} Add --json FILE to keep the result."));
        } else {
            print_line(&format!("\n{closing} Written to {}.", kept.join(" and ")));
        }
        Ok(())
    }
}
