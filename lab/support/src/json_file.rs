//! The flag `--json` of commands with a result.

use crate::console::print_line;
use clap::Args;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Where a command writes its result as JSON.
#[derive(Args, Clone, Debug)]
pub struct JsonFile {
    /// Also write the result as JSON; - prints it to standard output instead of the text
    #[arg(long = "json", value_name = "FILE")]
    file: Option<PathBuf>,
}

impl JsonFile {
    /// Prints `text` and writes `json` to the file, or prints only `json`.
    ///
    /// # Errors
    ///
    /// Names the file, if it cannot be written.
    pub fn write(&self, text: &str, json: &str) -> io::Result<()> {
        let to_output = self.file.as_deref() == Some(Path::new("-"));
        print_line(if to_output { json } else { text });
        let Some(file) = self.file.as_ref().filter(|_| !to_output) else {
            return Ok(());
        };
        let named = |error| io::Error::other(format!("{}: {error}", file.display()));
        fs::write(file, format!("{json}\n")).map_err(named)
    }
}
