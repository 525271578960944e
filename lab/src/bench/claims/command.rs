//! `lab claims`: writes the documents anew from a result.
#![allow(clippy::print_stdout, reason = "showing is what this command is for")]

use super::{claim, document};
use crate::bench::{file, result::Run};
use clap::Args;
use std::{
    fs,
    io::{self, Error},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// The documents, in this checkout.
const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");

#[derive(Args)]
pub(crate) struct Claims {
    /// The result, in docs/results
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
}

pub(crate) fn run(claims: &Claims) -> ExitCode {
    match write(&claims.from) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(from: &Path) -> io::Result<()> {
    for (path, text) in documents(&file::read(from)?, from)? {
        fs::write(&path, text)?;
        println!("{}", path.display());
    }
    Ok(())
}

/// Each document with what is to stand in it.
fn documents(run: &Run, from: &Path) -> io::Result<Vec<(PathBuf, String)>> {
    let name = from.file_name().map_or_else(String::new, |name| format!("results/{}", name.to_string_lossy()));
    let made = [
        ("claims.md", document::claims(&claim::all()?, run, &name)),
        ("benchmark.md", document::benchmark(run, &name)),
    ];
    let fill = |(document, made): (&str, String)| {
        let path = Path::new(DOCS).join(document);
        let text = document::fill(&fs::read_to_string(&path)?, &made);
        let text = text.ok_or_else(|| Error::other(format!("{}: there is no place for a result", path.display())))?;
        Ok((path, text))
    };
    made.into_iter().map(fill).collect()
}
