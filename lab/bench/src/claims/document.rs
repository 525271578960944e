//! Generates the marked parts of `docs/claims.md`, `docs/benchmark.md`, `docs/scaling.md` and the
//! README from results.

use super::{Claim, Finding, Verdict, evidence::Source, findings, readme_table};
use crate::{
    format::number,
    report::{section::Section, table::Table, text::markdown},
    result::Run,
};
use std::fmt;

const BEGIN: &str = "<!-- made by `cargo lab claims`; do not edit -->\n";
const END: &str = "<!-- end of what is made -->\n";

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Holds => "holds",
            Self::HoldsIf => "holds if …",
            Self::Imprecise => "imprecise",
            Self::DoesNotHold => "does not hold",
            Self::NotMeasurable => "not measurable here",
        })
    }
}

/// Replaces the text between the marks of a document. Returns `None` if it has no marks.
pub(super) fn fill(document: &str, made: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}\n\n{END}{after}", made.trim()))
}

/// The part of `docs/claims.md` about one subject.
pub(super) struct Part<'a> {
    pub(super) title: &'a str,
    pub(super) claims: &'a [Claim],
    pub(super) run: &'a Run,
    /// The file of the result.
    pub(super) file: &'a str,
}

/// Returns every claim with its verdict, and then the reason for each.
pub(super) fn claims(parts: &[Part<'_>]) -> String {
    parts.iter().map(part).collect()
}

fn part(
    Part {
        title,
        claims,
        run,
        file,
    }: &Part<'_>,
) -> String {
    let findings = findings(claims, run);
    let reasons: String = findings
        .iter()
        .map(|finding| reasons(finding, run))
        .collect();
    format!(
        "## {title}\n\n{}\n{}\n{reasons}",
        origin(run, file),
        verdicts(&findings).markdown()
    )
}

/// Returns the table of the README.
pub(super) fn readme(run: &Run, file: &str) -> String {
    format!(
        "{}\n{}",
        readme_table::readme_table(run).markdown(),
        origin(run, file)
    )
}

/// Returns all figures of a result.
pub(super) fn figures(run: &Run, file: &str) -> String {
    format!("{}\n{}", origin(run, file), markdown(run))
}

fn origin(run: &Run, file: &str) -> String {
    let at = &run.environment;
    format!(
        "From [{file}]({file}), measured on {} by `{}`.\n",
        at.date.split('T').next().unwrap_or(&at.date),
        at.command_line()
    )
}

fn verdicts(findings: &[Finding<'_>]) -> Table {
    let row = |finding: &Finding<'_>| {
        let Claim {
            id,
            topic,
            of,
            claim,
            ..
        } = finding.claim;
        vec![
            topic.clone(),
            of.clone(),
            claim.clone(),
            format!("[{}](#{id})", finding.decision.verdict),
        ]
    };
    Table {
        caption: String::new(),
        head: ["", "about", "claim", "verdict"].map(str::to_owned).into(),
        rows: findings.iter().map(row).collect(),
    }
}

fn reasons(finding: &Finding<'_>, run: &Run) -> String {
    let Claim {
        id,
        topic,
        of,
        claim,
        ..
    } = finding.claim;
    let sources: String = finding
        .sources
        .iter()
        .map(|source| words(source, run))
        .collect();
    format!(
        "### {id}\n\n{topic}, {of}: “{claim}”. **{verdict}:** {reason}\n\n{sources}\n",
        verdict = capitalised(&finding.decision.verdict.to_string()),
        reason = finding.decision.reason
    )
}

fn words(source: &Source<'_>, run: &Run) -> String {
    match source {
        Source::Experiment { name, series } => {
            let samples: u64 = series
                .iter()
                .flat_map(|series| &series.repetitions)
                .map(|repetition| repetition.operations)
                .sum();
            let Section {
                title, conditions, ..
            } = Section::of(run, name);
            let samples = number(samples as f64);
            format!(
                "- {title}: {conditions}; {samples} operations. `cargo lab bench --only {name}`\n"
            )
        }
        Source::Facts { topic, repetitions } => {
            format!(
                "- {}; n = {repetitions}. `cargo lab bench processes --only {}`\n",
                topic.title, topic.name
            )
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        claims::claim::{Subject, about},
        report::examples::run,
    };

    #[test]
    fn only_the_text_between_the_marks_is_replaced() {
        let document = format!("Prose.\n{BEGIN}old\n{END}More.\n");
        let filled = fill(&document, "new\n\n").unwrap();
        assert_eq!(filled, format!("Prose.\n{BEGIN}\nnew\n\n{END}More.\n"));
        assert_eq!(fill(&filled, "new").as_ref(), Some(&filled));
        assert_eq!(fill("Prose.", "new"), None);
    }

    #[test]
    fn a_verdict_follows_the_numbers() {
        let claims = about(Subject::Transports).unwrap();
        let verdict = |run: &Run, id: &str| {
            let findings = findings(&claims, run);
            findings
                .iter()
                .find(|finding| finding.claim.id == id)
                .unwrap()
                .decision
                .verdict
        };
        let mut run = run();
        assert_eq!(verdict(&run, "complexity-longpoll"), Verdict::HoldsIf);
        for repetition in run
            .series
            .iter_mut()
            .flat_map(|series| &mut series.repetitions)
        {
            repetition.lost = 0;
        }
        assert_eq!(verdict(&run, "complexity-longpoll"), Verdict::Holds);
        run.series.clear();
        assert_eq!(verdict(&run, "complexity-longpoll"), Verdict::NotMeasurable);
    }

    #[test]
    fn every_finding_names_its_sources() {
        let (claims, run) = (about(Subject::Transports).unwrap(), run());
        for finding in findings(&claims, &run) {
            let measured = finding.decision.verdict != Verdict::NotMeasurable;
            assert_eq!(
                measured,
                !finding.sources.is_empty() || finding.claim.id == "complexity-sse",
                "{}",
                finding.claim.id
            );
        }
        let part = Part {
            title: "Transports",
            claims: &claims,
            run: &run,
            file: "results/x.json",
        };
        assert!(super::claims(&[part]).contains("`cargo lab bench --only rate`"));
    }
}
