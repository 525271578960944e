//! Prints the result of a benchmark, and writes it to files.
#![allow(clippy::print_stdout, reason = "these commands print results")]

use super::{
    file,
    report::{
        html,
        text::{markdown, text},
    },
    result::Run,
};
use clap::Args;
use std::{fs, path::PathBuf};

/// The arguments that name the files of a result.
#[derive(Args)]
pub(crate) struct Output {
    /// Also write the result as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Also write the report as an HTML page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Also write the report as Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

impl Output {
    /// Prints a run, and writes the requested files.
    pub(crate) fn write(&self, run: &Run) -> Result<(), String> {
        print!("{}", text(run));
        if let Some(path) = &self.json {
            file::write(path, run).map_err(|error| error.to_string())?;
        }
        for (path, written) in [
            (&self.html, html::page as fn(&Run) -> String),
            (&self.markdown, markdown),
        ] {
            if let Some(path) = path {
                fs::write(path, written(run))
                    .map_err(|error| format!("{}: {error}", path.display()))?;
            }
        }
        Ok(())
    }
}
