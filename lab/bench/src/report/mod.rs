//! `lab report`, and the reports of a run, for a terminal and as Markdown. They present a result without a verdict. The
//! page draws the same files with code of its own (web/js/results).
//!
//! - [`section`], [`table`]: one experiment as a table
//! - [`comparison`]: two runs side by side
//! - [`fact_tables`]: measurements of services as a whole, as tables
//! - [`peer_tables`]: other servers beside those of this project
//! - [`details`]: the warnings of a run, and where it ran
//! - [`mod@text`]: the formats

pub(crate) mod comparison;
mod details;
#[cfg(test)]
pub(crate) mod examples;
mod fact_tables;
mod peer_tables;
pub(crate) mod section;
pub(crate) mod table;
pub(crate) mod text;

use crate::file;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;
use support::console::{print_line, print_text};
use table::Format;
use text::{report, tables};

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
