//! `lab report`: prints the result of an earlier run, or compares two.

use super::{
    comparison,
    table::Format,
    text::{report, tables},
};
use crate::file;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;
use support::console::{print_line, print_text};

/// The arguments of `lab report`.
#[derive(Args)]
pub struct Report {
    /// Result file that `cargo lab bench --json` wrote. The section Report of the page opens it too
    file: PathBuf,

    /// Another result, to print the ratios of its figures to those of the first
    other: Option<PathBuf>,

    /// Format: text for a terminal, or Markdown
    #[arg(long = "as", value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Prints a report.
///
/// # Errors
///
/// Fails if a file is not a result, or if two results have no scenario in common.
pub fn run(arguments: &Report) -> Result<()> {
    let first = file::read(&arguments.file)?;
    let Some(other) = &arguments.other else {
        print_text(&report(&first, arguments.format));
        return Ok(());
    };
    let compared = comparison::tables(&first, &file::read(other)?)?;
    print_text(&tables(&compared, arguments.format));
    print_line(
        "A ratio is the second value divided by the first. [lower, upper] is a 95 % confidence \
         interval; a ratio without one was measured once.",
    );
    Ok(())
}
