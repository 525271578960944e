//! Prints the result of a benchmark, and writes it to files.

use super::{
    file,
    report::{table::Format, text::report},
    result::Run,
};
use anyhow::{Context, Result};
use clap::Args;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use support::console::{print_line, print_text};

/// The arguments that name the files of a result.
#[derive(Args)]
pub(crate) struct Output {
    /// Also write the result as JSON, for `lab report` and for the section Report of the page; -
    /// prints it to standard output instead of the text
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Also write the report as Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

impl Output {
    /// Prints a run, and writes the requested files. Ends with a sentence on what was measured.
    pub(crate) fn write(&self, run: &Run, closing: &str) -> Result<()> {
        let to_output = self.json.as_deref() == Some(Path::new("-"));
        if to_output {
            print_text(&file::json(run)?);
        } else {
            print_text(&report(run, Format::Text));
        }
        if let Some(path) = self.json.as_ref().filter(|_| !to_output) {
            file::write(path, run)?;
        }
        if let Some(path) = &self.markdown {
            fs::write(path, report(run, Format::Markdown))
                .with_context(|| path.display().to_string())?;
        }
        if to_output {
            return Ok(());
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

/// Returns a sentence on what will be measured, and how long that takes.
pub(crate) fn announcement(what: &str, time: Duration) -> String {
    let seconds = time.as_secs();
    let time = match seconds {
        0..90 => format!("{} s", seconds.next_multiple_of(10)),
        _ => format!("{} min", (seconds + 30) / 60),
    };
    format!("Measuring {what}: about {time}.")
}
