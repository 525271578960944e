//! `lab claims`: writes the documents anew from a result.
#![allow(clippy::print_stdout, reason = "showing is what this command is for")]

use super::{Finding, Verdict, claim, document, findings};
use crate::bench::{file, result::Run};
use clap::Args;
use std::{
    fs,
    io::{self, Error},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// This checkout.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

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
    let run = file::read(from)?;
    for (path, text) in documents(&run, from)? {
        fs::write(&path, text)?;
        println!("{}", path.display());
    }
    contradictions(&run)?.iter().for_each(|contradiction| eprintln!("warning: {contradiction}"));
    Ok(())
}

/// Where the page says something else than the result.
fn contradictions(run: &Run) -> io::Result<Vec<String>> {
    let claims = claim::all()?;
    let contradiction = |finding: Finding| {
        let (found, said) = (finding.judged.verdict, finding.claim.on_page?);
        let agree = found == Verdict::NotMeasurable || said == found;
        (!agree).then(|| format!("{}: web/claims.json says {said:?}, the result {found:?}", finding.claim.id))
    };
    Ok(findings(&claims, run).into_iter().filter_map(contradiction).collect())
}

/// Each document with what is to stand in it.
fn documents(run: &Run, from: &Path) -> io::Result<Vec<(PathBuf, String)>> {
    let name = from.file_name().map_or_else(String::new, |name| format!("results/{}", name.to_string_lossy()));
    let made = [
        ("docs/claims.md", document::claims(&claim::all()?, run, &name)),
        ("docs/benchmark.md", document::benchmark(run, &name)),
        ("README.md", document::readme(run, &format!("docs/{name}"))),
    ];
    let fill = |(document, made): (&str, String)| {
        let path = Path::new(ROOT).join(document);
        let text = document::fill(&fs::read_to_string(&path)?, &made);
        let text = text.ok_or_else(|| Error::other(format!("{}: there is no place for a result", path.display())))?;
        Ok((path, text))
    };
    made.into_iter().map(fill).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::figures::figures;

    /// The latest of the committed results: their names are dates.
    fn latest() -> (PathBuf, Run) {
        let results = fs::read_dir(Path::new(ROOT).join("docs/results")).unwrap();
        let path = results.map(|entry| entry.unwrap().path()).max().expect("a result is committed");
        let run = file::read(&path).unwrap();
        (path, run)
    }

    #[test]
    fn the_documents_say_what_the_latest_result_says() {
        let (path, run) = latest();
        for (document, text) in documents(&run, &path).unwrap() {
            let said = fs::read_to_string(&document).unwrap();
            assert!(said == text, "{}: cargo lab claims --from {}", document.display(), path.display());
        }
    }

    #[test]
    fn its_figures_are_those_of_its_repetitions() {
        for series in &latest().1.series {
            assert_eq!(series.figures, figures(&series.repetitions), "{:?}", series.scenario);
        }
    }

    #[test]
    fn the_page_does_not_contradict_it() {
        assert_eq!(contradictions(&latest().1).unwrap(), Vec::<String>::new());
    }
}
