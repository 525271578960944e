//! `lab claims`: writes the documents anew from a result.
#![allow(clippy::print_stdout, reason = "showing is what this command is for")]

use super::{
    Finding, Verdict,
    claim::{self, Claim, Subject},
    document::{self, Part},
    findings, recorded,
};
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
    /// The result of `cargo lab bench`, in docs/results
    #[arg(long, value_name = "FILE")]
    from: PathBuf,

    /// The result of `cargo lab bench processes`, in docs/results
    #[arg(long, value_name = "FILE")]
    processes: PathBuf,
}

/// A result, what is said of its subject, and where it is in `docs`.
struct Judge {
    claims: Vec<Claim>,
    run: Run,
    file: String,
}

/// Both of them.
struct Judges {
    transports: Judge,
    processes: Judge,
}

pub(crate) fn run(claims: &Claims) -> ExitCode {
    match write(&claims.from, &claims.processes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(transports: &Path, processes: &Path) -> io::Result<()> {
    let judges = Judges::read(transports, processes)?;
    for (path, text) in judges.documents()? {
        fs::write(&path, text)?;
        println!("{}", path.display());
    }
    judges
        .contradictions()
        .iter()
        .for_each(|contradiction| eprintln!("warning: {contradiction}"));
    Ok(())
}

impl Judge {
    fn read(subject: Subject, path: &Path) -> io::Result<Self> {
        let file = path.file_name().map_or_else(String::new, |name| {
            format!("results/{}", name.to_string_lossy())
        });
        Ok(Self {
            claims: claim::about(subject)?,
            run: file::read(path)?,
            file,
        })
    }

    fn part<'a>(&'a self, title: &'a str) -> Part<'a> {
        Part {
            title,
            claims: &self.claims,
            run: &self.run,
            file: &self.file,
        }
    }

    /// Where the page says something else than the result.
    fn contradictions(&self) -> Vec<String> {
        let contradiction = |finding: Finding<'_>| {
            let (found, said) = (finding.judged.verdict, finding.claim.on_page?);
            let agree = found == Verdict::NotMeasurable || said == found;
            (!agree).then(|| {
                format!(
                    "{}: web/claims.json says {said:?}, the result {found:?}",
                    finding.claim.id
                )
            })
        };
        findings(&self.claims, &self.run)
            .into_iter()
            .filter_map(contradiction)
            .collect()
    }
}

impl Judges {
    fn read(transports: &Path, processes: &Path) -> io::Result<Self> {
        let transports = Judge::read(Subject::Transports, transports)?;
        Ok(Self {
            transports,
            processes: Judge::read(Subject::Processes, processes)?,
        })
    }

    fn contradictions(&self) -> Vec<String> {
        [
            self.transports.contradictions(),
            self.processes.contradictions(),
        ]
        .concat()
    }

    /// Each file with what is to stand in it.
    fn documents(&self) -> io::Result<Vec<(PathBuf, String)>> {
        let Self {
            transports,
            processes,
        } = self;
        let parts = [
            transports.part("The three transports"),
            processes.part("Threads and processes"),
        ];
        let made = [
            ("docs/claims.md", document::claims(&parts)),
            (
                "docs/benchmark.md",
                document::figures(&transports.run, &transports.file),
            ),
            (
                "docs/scaling.md",
                document::figures(&processes.run, &processes.file),
            ),
            (
                "README.md",
                document::readme(&transports.run, &format!("docs/{}", transports.file)),
            ),
        ];
        let recorded = recorded::json(&processes.claims, &processes.run)?;
        let recorded = Ok((Path::new(ROOT).join("web/recorded-claims.json"), recorded));
        made.into_iter()
            .map(|(document, made)| fill(document, &made))
            .chain([recorded])
            .collect()
    }
}

fn fill(document: &str, made: &str) -> io::Result<(PathBuf, String)> {
    let path = Path::new(ROOT).join(document);
    let text = document::fill(&fs::read_to_string(&path)?, made);
    let text = text.ok_or_else(|| {
        Error::other(format!(
            "{}: there is no place for a result",
            path.display()
        ))
    })?;
    Ok((path, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::figures::figures;

    /// The latest of the committed results with this end: their names begin with dates.
    fn latest(end: &str) -> PathBuf {
        let results = fs::read_dir(Path::new(ROOT).join("docs/results")).unwrap();
        let names = results.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        // As long as a date.
        let name = names
            .filter(|name| name.get(10..) == Some(end))
            .max()
            .expect("a result is committed");
        Path::new(ROOT).join("docs/results").join(name)
    }

    fn judges() -> Judges {
        Judges::read(&latest(".json"), &latest("-processes.json")).unwrap()
    }

    #[test]
    fn the_documents_say_what_the_latest_results_say() {
        for (document, text) in judges().documents().unwrap() {
            let said = fs::read_to_string(&document).unwrap();
            assert!(
                said == text,
                "{}: scripts/record says how it is made",
                document.display()
            );
        }
    }

    #[test]
    fn its_figures_are_those_of_its_repetitions() {
        for series in &judges().transports.run.series {
            assert_eq!(
                series.figures,
                figures(&series.repetitions),
                "{:?}",
                series.scenario
            );
        }
    }

    #[test]
    fn the_page_does_not_contradict_them() {
        assert_eq!(judges().contradictions(), Vec::<String>::new());
    }

    #[test]
    fn every_cell_of_the_second_table_is_measured() {
        let Judge { claims, run, .. } = judges().processes;
        let findings = findings(&claims, &run);
        assert_eq!(findings.len(), 12);
        for finding in findings {
            assert_ne!(
                finding.judged.verdict,
                Verdict::NotMeasurable,
                "{}",
                finding.claim.id
            );
        }
    }
}
