//! What the page shows where a browser cannot measure: the verdict of a recorded result, with its date and its machine.

use super::{Claim, findings};
use crate::bench::result::Run;
use serde::Serialize;
use std::{collections::BTreeMap, io};

/// `web/recorded-claims.json`.
#[derive(Serialize)]
struct Recorded<'a> {
    date: &'a str,
    machine: String,
    /// The numbers that decided, by the claim's id.
    because: BTreeMap<&'a str, String>,
}

/// Of the claims that the page has no experiment for.
pub(super) fn json(claims: &[Claim], run: &Run) -> io::Result<String> {
    let at = &run.environment;
    let findings = findings(claims, run);
    let because = findings
        .into_iter()
        .filter(|finding| !finding.claim.measured_by_page)
        .map(|finding| (finding.claim.id.as_str(), finding.judged.because))
        .collect();
    let date = at.date.split('T').next().unwrap_or(&at.date);
    let recorded = Recorded {
        date,
        machine: format!("{}, {} cores", at.cpu, at.cores),
        because,
    };
    Ok(serde_json::to_string_pretty(&recorded)? + "\n")
}
