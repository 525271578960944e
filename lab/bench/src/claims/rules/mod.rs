//! The rule of each claim.
//!
//! - [`wire`]: protocol, direction and connection
//! - [`mod@complexity`]: lines of code, and losses
//! - [`speed`]: use and efficiency
//! - [`text`]: claims outside the table
//! - [`processes`]: threads and processes

mod complexity;
mod processes;
mod speed;
mod text;
mod wire;

use super::{Decision, Verdict, evidence::Evidence};
use crate::{experiments::RATES, metrics::Absent, stats::Estimate};

pub(super) type Rule = fn(&Evidence<'_>) -> Result<Decision, Absent>;

/// Messages per second at long intervals: four round trips fit between two messages.
const SLOW: f64 = RATES[0];
/// Messages per second at intervals of one round trip.
const KNEE: f64 = RATES[2];
/// Messages per second at five messages in a round trip.
const FAST: f64 = RATES[4];

/// Each claim's rule.
const ALL: [(&str, Rule); 39] = [
    ("protocol-longpoll", wire::protocol_longpoll),
    ("protocol-sse", wire::protocol_sse),
    ("protocol-ws", wire::protocol_ws),
    ("direction-longpoll", wire::direction_longpoll),
    ("direction-sse", wire::direction_sse),
    ("direction-ws", wire::direction_ws),
    ("connection-longpoll", wire::connection_longpoll),
    ("connection-sse", wire::connection_sse),
    ("connection-ws", wire::connection_ws),
    ("complexity-longpoll", complexity::longpoll),
    ("complexity-sse", complexity::sse),
    ("complexity-ws", complexity::ws),
    ("use-longpoll", speed::use_longpoll),
    ("use-sse", speed::use_sse),
    ("use-ws", speed::use_ws),
    ("browsers-longpoll", browsers),
    ("browsers-sse", browsers),
    ("browsers-ws", browsers),
    ("efficiency-longpoll", speed::efficiency_longpoll),
    ("efficiency-sse", speed::efficiency_sse),
    ("efficiency-ws", speed::efficiency_ws),
    ("hold", text::hold),
    ("again", text::again),
    ("single", text::single),
    ("nobody", complexity::longpoll),
    ("stream", wire::connection_sse),
    ("upgrade", text::upgrade),
    ("execution-threads", processes::threads_answer),
    ("execution-processes", processes::processes_answer),
    ("memory-threads", processes::memory_of_threads),
    ("memory-processes", processes::memory_of_processes),
    ("work-threads", processes::work_of_threads),
    ("work-processes", processes::work_of_processes),
    ("communication-threads", processes::communication),
    ("communication-processes", processes::communication),
    ("overhead-threads", processes::overhead),
    ("overhead-processes", processes::overhead),
    ("port-threads", processes::threads_share_no_port),
    ("port-processes", processes::processes_answer),
];

/// Returns the rule of the claim with this id.
pub(super) fn of(id: &str) -> Option<Rule> {
    ALL.iter()
        .find(|(known, _)| *known == id)
        .map(|(_, rule)| *rule)
}

fn browsers(_: &Evidence<'_>) -> Result<Decision, Absent> {
    let reason = "The benchmark uses no browser. The page reports what yours supports.";
    Ok(Decision {
        verdict: Verdict::NotMeasurable,
        reason: reason.to_owned(),
    })
}

/// Returns the first verdict if `so`, and the second otherwise.
fn decide(so: bool, then: Verdict, otherwise: Verdict, reason: String) -> Result<Decision, Absent> {
    Ok(Decision {
        verdict: if so { then } else { otherwise },
        reason,
    })
}

/// Returns whether the count is about one per operation. The first and the last operation may
/// differ.
fn about_one(count: Estimate) -> bool {
    (0.9..=1.1).contains(&count.value)
}

/// Returns whether the count is about zero per operation.
fn about_none(count: Estimate) -> bool {
    count.value < 0.05
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::claim::{self, Subject};

    #[test]
    fn every_claim_has_a_rule_and_every_rule_a_claim() {
        let claims = [Subject::Transports, Subject::Processes]
            .map(|subject| claim::about(subject).unwrap())
            .concat();
        let claims: Vec<_> = claims.into_iter().map(|claim| claim.id).collect();
        let rules = ALL.map(|(id, _)| id.to_owned());
        assert_eq!(claims.len(), rules.len());
        assert!(
            claims.iter().all(|claim| rules.contains(claim)),
            "{claims:?}"
        );
    }
}
