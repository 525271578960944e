//! `lab claims`: compares claims about transports, threads and processes with measured results.
//!
//! A rule for each claim derives its verdict from a result, so a verdict follows the numbers.
//!
//! - [`claim`]: the claims, which the page shows too
//! - [`evidence`]: figures from a result, and which of its series they came from
//! - [`rules`]: the rule of each claim
//! - [`document`], [`readme_table`], [`command`]: the generated documents
//! - [`recorded`]: the verdicts that the page shows

mod claim;
mod command;
mod document;
mod evidence;
mod readme_table;
mod recorded;
mod rules;
#[cfg(test)]
mod shared_examples;

pub use command::{Claims, run};

use super::{metrics::Absent, result::Run};
use claim::Claim;
use evidence::Evidence;
use rules::Rule;
use serde::Deserialize;

/// The verdict on a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    Holds,
    HoldsIf,
    Imprecise,
    DoesNotHold,
    NotMeasurable,
}

/// A verdict and its reason.
#[derive(Debug)]
struct Decision {
    verdict: Verdict,
    /// The decisive numbers, in sentences.
    reason: String,
}

/// A claim, its verdict, and the sources of the numbers.
struct Finding<'a> {
    claim: &'a Claim,
    decision: Decision,
    /// The experiments and facts that the rule used.
    sources: Vec<evidence::Source<'a>>,
}

fn find<'a>(claim: &'a Claim, rule: &Rule, run: &'a Run) -> Finding<'a> {
    let evidence = Evidence::new(run);
    let decision = rule(&evidence).unwrap_or_else(|absent| Decision {
        verdict: Verdict::NotMeasurable,
        reason: match absent {
            Absent::NotMeasured => {
                "This result does not contain the deciding measurement.".to_owned()
            }
            Absent::TooFew => "This result has too few samples to decide it.".to_owned(),
        },
    });
    Finding {
        claim,
        decision,
        sources: evidence.sources(),
    }
}

/// Returns every claim with its verdict, in the order of the documents.
fn findings<'a>(claims: &'a [Claim], run: &'a Run) -> Vec<Finding<'a>> {
    let find = |claim: &'a Claim| rules::of(&claim.id).map(|rule| find(claim, &rule, run));
    claims.iter().filter_map(find).collect()
}
