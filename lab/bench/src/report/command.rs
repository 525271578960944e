//! `lab report`: prints the result of an earlier run.
#![allow(clippy::print_stdout, reason = "this command prints a report")]

use super::{
    html,
    text::{markdown, text},
};
use crate::{file, result::Run};
use clap::{Args, ValueEnum};
use std::{path::PathBuf, process::ExitCode};

/// The arguments of `lab report`.
#[derive(Args)]
pub struct Report {
    /// Result file that `cargo lab bench --json` wrote
    file: PathBuf,

    /// Format: text for a terminal, Markdown, or an HTML page
    #[arg(long = "as", value_name = "FORM", value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Html,
}

impl Format {
    fn render(self, run: &Run) -> String {
        match self {
            Self::Text => text(run),
            Self::Markdown => markdown(run),
            Self::Html => html::page(run),
        }
    }
}

/// Prints a report. Exits with 1 if a file cannot be read.
pub fn run(report: &Report) -> ExitCode {
    match file::read(&report.file) {
        Ok(run) => {
            print!("{}", report.format.render(&run));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
