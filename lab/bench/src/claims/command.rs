//! The arguments of `lab claims`, and the documents that it rewrites from results.
#![allow(
    clippy::print_stdout,
    reason = "this command prints the files it writes"
)]

use super::{
    Finding, Verdict,
    claim::{self, Claim, Subject},
    document::{self, Part},
    findings, recorded,
};
use crate::{file, result::Run};
use clap::Args;
use std::{
    fs,
    io::{self, Error},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// The root of this checkout.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The arguments of `lab claims`.
#[derive(Args)]
pub struct Claims {
    /// Result of `cargo lab bench`, in docs/results
    #[arg(long, value_name = "FILE")]
    from: PathBuf,

    /// Result of `cargo lab bench processes`, in docs/results
    #[arg(long, value_name = "FILE")]
    processes: PathBuf,
}

/// A result and the claims that it decides.
struct DecidingResult {
    claims: Vec<Claim>,
    run: Run,
    /// Its path in `docs`.
    file: String,
}

/// The results for both subjects.
struct DecidingResults {
    transports: DecidingResult,
    processes: DecidingResult,
}

/// Rewrites the documents. Exits with 1 if a file cannot be read or written.
pub fn run(claims: &Claims) -> ExitCode {
    match write(&claims.from, &claims.processes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(transports: &Path, processes: &Path) -> io::Result<()> {
    let results = DecidingResults::read(transports, processes)?;
    for (path, text) in results.documents()? {
        fs::write(&path, text)?;
        println!("{}", path.display());
    }
    for contradiction in results.contradictions() {
        eprintln!("warning: {contradiction}");
    }
    Ok(())
}

impl DecidingResult {
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

    /// Returns the claims whose verdict on the page differs from that of the result.
    fn contradictions(&self) -> Vec<String> {
        let contradiction = |finding: Finding<'_>| {
            let (found, said) = (finding.decision.verdict, finding.claim.on_page?);
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

impl DecidingResults {
    fn read(transports: &Path, processes: &Path) -> io::Result<Self> {
        let transports = DecidingResult::read(Subject::Transports, transports)?;
        Ok(Self {
            transports,
            processes: DecidingResult::read(Subject::Processes, processes)?,
        })
    }

    fn contradictions(&self) -> Vec<String> {
        [
            self.transports.contradictions(),
            self.processes.contradictions(),
        ]
        .concat()
    }

    /// Returns each generated file with its content.
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
            "{}: the marks around the generated part are missing",
            path.display()
        ))
    })?;
    Ok((path, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::figures;

    /// Returns the latest committed result whose name is a date and `end`.
    fn latest(end: &str) -> PathBuf {
        let results = fs::read_dir(Path::new(ROOT).join("docs/results")).unwrap();
        let names = results.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        // A date has 10 bytes.
        let name = names
            .filter(|name| name.get(10..) == Some(end))
            .max()
            .expect("a result is committed");
        Path::new(ROOT).join("docs/results").join(name)
    }

    fn results() -> DecidingResults {
        DecidingResults::read(&latest(".json"), &latest("-processes.json")).unwrap()
    }

    #[test]
    fn the_documents_match_the_latest_results() {
        for (document, text) in results().documents().unwrap() {
            let committed = fs::read_to_string(&document).unwrap();
            assert!(
                committed == text,
                "{}: see scripts/record for the command that rewrites it",
                document.display()
            );
        }
    }

    #[test]
    fn figures_follow_from_repetitions() {
        for series in &results().transports.run.series {
            assert_eq!(
                series.figures,
                figures(&series.repetitions),
                "{:?}",
                series.scenario
            );
        }
    }

    #[test]
    fn the_page_does_not_contradict_the_results() {
        assert_eq!(results().contradictions(), Vec::<String>::new());
    }

    #[test]
    fn every_cell_of_the_second_table_is_measured() {
        let DecidingResult { claims, run, .. } = results().processes;
        let findings = findings(&claims, &run);
        assert_eq!(findings.len(), 12);
        for finding in findings {
            assert_ne!(
                finding.decision.verdict,
                Verdict::NotMeasurable,
                "{}",
                finding.claim.id
            );
        }
    }
}
