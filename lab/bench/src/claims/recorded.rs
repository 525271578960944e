//! Verdicts of a recorded result, which the page shows where a browser cannot measure.

use super::{Claim, findings};
use crate::result::Run;
use serde::Serialize;
use std::{collections::BTreeMap, io};

/// The content of `web/recorded-claims.json`.
#[derive(Serialize)]
struct Recorded<'a> {
    date: &'a str,
    machine: String,
    /// The decisive numbers, by the claim's id.
    #[serde(rename = "because")]
    reason: BTreeMap<&'a str, String>,
}

/// Returns the verdicts on claims without an experiment on the page, as JSON.
pub(super) fn json(claims: &[Claim], run: &Run) -> io::Result<String> {
    let at = &run.environment;
    let findings = findings(claims, run);
    let reason = findings
        .into_iter()
        .filter(|finding| !finding.claim.measured_by_page)
        .map(|finding| (finding.claim.id.as_str(), finding.decision.reason))
        .collect();
    let date = at.date.split('T').next().unwrap_or(&at.date);
    let recorded = Recorded {
        date,
        machine: format!("{}, {} cores", at.cpu, at.cores),
        reason,
    };
    Ok(serde_json::to_string_pretty(&recorded)? + "\n")
}
