//! Where the result of a benchmark goes.
#![allow(
    clippy::print_stdout,
    reason = "showing is what these commands are for"
)]

use super::{
    file,
    report::{html, markdown, text},
    result::Run,
};
use clap::Args;
use std::{fs, path::PathBuf};

#[derive(Args)]
pub(crate) struct Output {
    /// Also write the result as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Also write it as a page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Also write it as Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

impl Output {
    /// Shows a run, and writes the files that were asked for.
    pub(crate) fn tell(&self, run: &Run) -> Result<(), String> {
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
