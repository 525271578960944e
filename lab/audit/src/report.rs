//! The result of an audit, as it is written as JSON. `summary.rs` formats it as text.

use super::{
    args::Audit,
    chaos::Restarts,
    record::{Counts, SubscriberRecord},
    redis_faults::RedisFaults,
    state::AuditState,
    violation::Violation,
};
use serde::Serialize;
use std::{cell::RefCell, rc::Rc, time::Duration};
use support::transports::LANES;

/// The result of an audit.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) holds: bool,
    pub(super) seed: u64,
    pub(super) seconds: f64,
    /// Whether the audit started the services itself.
    pub(super) own: bool,
    /// Whether all transports share one broker, so that subscribers can move between any of them.
    pub(super) one_broker: bool,
    pub(super) published: u64,
    /// How often the broker continued the channel in a new epoch, after it may have lost messages.
    pub(super) new_epochs: u64,
    pub(super) restarts: Restarts,
    /// Faults of Redis. `None` if the audit did not start it.
    pub(super) redis: Option<RedisFaults>,
    /// One report for each transport.
    pub(super) lanes: Vec<TransportReport>,
    pub(super) violations: Vec<ReportedViolation>,
}

/// Counts of one transport.
#[derive(Serialize)]
pub(super) struct TransportReport {
    pub(super) transport: &'static str,
    /// Subscribers that began on it.
    pub(super) readers: usize,
    #[serde(flatten)]
    pub(super) counts: Counts,
}

/// A violation and the actor that found it.
#[derive(Serialize)]
pub(super) struct ReportedViolation {
    pub(super) who: String,
    pub(super) what: Violation,
}

impl Report {
    /// Creates the report. `readers` are ordered by the transport on which they began.
    pub(super) fn new(
        audit: &Audit,
        seed: u64,
        took: Duration,
        state: &AuditState,
        (restarts, redis_faults): (Restarts, RedisFaults),
        readers: &[Rc<RefCell<SubscriberRecord>>],
        refused: Vec<Violation>,
    ) -> Self {
        let published: Vec<_> = state
            .ledgers()
            .flat_map(|ledger| ledger.violations())
            .chain(refused)
            .collect();
        let by_publishers = |what| ReportedViolation {
            who: "publishers".to_owned(),
            what,
        };
        let mut violations: Vec<_> = published.into_iter().map(by_publishers).collect();
        let each = audit.subscribers();
        let transports = state.deployment.transports();
        let lane = |transport: &usize| TransportReport {
            transport: LANES[*transport].name,
            readers: each,
            counts: Counts::default(),
        };
        let mut lanes: Vec<_> = transports.iter().map(lane).collect();
        for (number, reader) in readers.iter().enumerate() {
            let reader = reader.borrow();
            let who = format!(
                "subscriber {} of {}",
                number % each + 1,
                LANES[transports[number / each]].name
            );
            violations.extend(reader.violations.iter().map(|what| ReportedViolation {
                who: who.clone(),
                what: what.clone(),
            }));
            for (lane, transport) in lanes.iter_mut().zip(&transports) {
                lane.counts += &reader.counts[*transport];
            }
        }
        Self {
            holds: violations.is_empty(),
            seed,
            seconds: (took.as_secs_f64() * 10.0).round() / 10.0,
            own: state.deployment.is_own(),
            one_broker: state.interchangeable(transports[0]).len() == transports.len(),
            published: state.ledgers().map(|ledger| ledger.acknowledged()).sum(),
            new_epochs: state.ledgers().map(|ledger| ledger.new_epochs()).sum(),
            restarts,
            redis: state.deployment.redis().map(|_| redis_faults),
            lanes,
            violations,
        }
    }
}
