//! `lab report`: shows a result that was written before.
#![allow(clippy::print_stdout, reason = "showing is what this command is for")]

use super::{html, markdown, text};
use crate::bench::{file, result::Run};
use clap::{Args, ValueEnum};
use std::{path::PathBuf, process::ExitCode};

#[derive(Args)]
pub(crate) struct Report {
    /// What `cargo lab bench --json` wrote
    file: PathBuf,

    /// For a terminal, for a README, or as one page for a browser
    #[arg(long = "as", value_name = "FORM", value_enum, default_value_t = Form::Text)]
    form: Form,
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    Text,
    Markdown,
    Html,
}

impl Form {
    fn of(self, run: &Run) -> String {
        match self {
            Self::Text => text(run),
            Self::Markdown => markdown(run),
            Self::Html => html::page(run),
        }
    }
}

pub(crate) fn run(report: &Report) -> ExitCode {
    match file::read(&report.file) {
        Ok(run) => {
            print!("{}", report.form.of(&run));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
