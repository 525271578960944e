//! What is said of the three transports, and of threads and processes, against what was measured: a rule for each claim gives its verdict from a result, so
//! a verdict changes with the numbers.
//!
//! - [`claim`]: the claims, which the page shows too
//! - [`evidence`]: figures from a result, and which of its series they came from
//! - [`rules`]: what decides each claim
//! - [`document`], [`summary`], [`command`]: the documents that are made of it
//! - [`recorded`]: what the page is given of it

mod claim;
mod command;
mod document;
mod evidence;
#[cfg(test)]
mod examples;
mod recorded;
mod rules;
mod summary;

pub(crate) use command::{Claims, run};

use super::{figures::Absent, result::Run};
use claim::Claim;
use evidence::Evidence;
use rules::Rule;
use serde::Deserialize;

/// How a claim fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    Holds,
    HoldsIf,
    Imprecise,
    DoesNotHold,
    NotMeasurable,
}

/// A verdict and why.
#[derive(Debug)]
struct Judged {
    verdict: Verdict,
    /// The numbers that decided, in sentences.
    because: String,
}

/// A claim, its verdict, and where that came from.
struct Finding<'a> {
    claim: &'a Claim,
    judged: Judged,
    /// Experiments, conditions and numbers of samples.
    sources: Vec<evidence::Source<'a>>,
}

fn find<'a>(claim: &'a Claim, rule: &Rule, run: &'a Run) -> Finding<'a> {
    let evidence = Evidence::new(run);
    let judged = rule(&evidence).unwrap_or_else(|absent| Judged {
        verdict: Verdict::NotMeasurable,
        because: match absent {
            Absent::NotMeasured => "This result lacks what would decide it.".to_owned(),
            Absent::TooFew => "There are too few samples in this result to decide it.".to_owned(),
        },
    });
    Finding {
        claim,
        judged,
        sources: evidence.sources(),
    }
}

/// Every claim with its verdict, in the order of the documents.
fn findings<'a>(claims: &'a [Claim], run: &'a Run) -> Vec<Finding<'a>> {
    let find = |claim: &'a Claim| rules::of(&claim.id).map(|rule| find(claim, &rule, run));
    claims.iter().filter_map(find).collect()
}
