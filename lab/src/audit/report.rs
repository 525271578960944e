//! The verdict, for JSON; `words.rs` puts it in words.

use super::{
    args::Audit,
    chaos::Restarts,
    flaw::Flaw,
    harm::Harm,
    tally::{Record, Tally},
    world::World,
};
use crate::lanes::LANES;
use serde::Serialize;
use std::{cell::RefCell, rc::Rc, time::Duration};

/// How an audit ended.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) holds: bool,
    pub(super) seed: u64,
    pub(super) seconds: f64,
    /// Whether the services were the audit's own.
    pub(super) own: bool,
    /// Whether readers could go from each transport to each other.
    pub(super) one_broker: bool,
    pub(super) published: u64,
    pub(super) restarts: Restarts,
    /// What was done to Redis; none where it was not the audit's own.
    pub(super) redis: Option<Harm>,
    /// One for each transport.
    pub(super) lanes: Vec<Lane>,
    pub(super) violations: Vec<Violation>,
}

/// What happened over one transport.
#[derive(Serialize)]
pub(super) struct Lane {
    pub(super) transport: &'static str,
    /// Readers that began on it.
    pub(super) readers: usize,
    #[serde(flatten)]
    pub(super) tally: Tally,
}

#[derive(Serialize)]
pub(super) struct Violation {
    pub(super) who: String,
    pub(super) what: Flaw,
}

impl Report {
    /// Draws the verdict. Readers stand in the order of the transports on which they began.
    pub(super) fn of(
        audit: &Audit,
        seed: u64,
        took: Duration,
        world: &World,
        (restarts, harm): (Restarts, Harm),
        readers: &[Rc<RefCell<Record>>],
        refused: Vec<Flaw>,
    ) -> Self {
        let published: Vec<_> = world
            .ledgers()
            .flat_map(|ledger| ledger.verdict())
            .chain(refused)
            .collect();
        let of_publishers = |what| Violation {
            who: "publishers".to_owned(),
            what,
        };
        let mut violations: Vec<_> = published.into_iter().map(of_publishers).collect();
        let each = audit.readers.get();
        let mut lanes: Vec<_> = LANES
            .map(|lane| Lane {
                transport: lane.name,
                readers: each,
                tally: Tally::default(),
            })
            .into();
        for (number, reader) in readers.iter().enumerate() {
            let reader = reader.borrow();
            let who = format!(
                "reader {} of {}",
                number % each + 1,
                LANES[number / each].name
            );
            violations.extend(reader.flaws.iter().map(|what| Violation {
                who: who.clone(),
                what: what.clone(),
            }));
            lanes
                .iter_mut()
                .zip(&reader.tallies)
                .for_each(|(lane, tally)| lane.tally += tally);
        }
        Self {
            holds: violations.is_empty(),
            seed,
            seconds: (took.as_secs_f64() * 10.0).round() / 10.0,
            own: world.deployment.is_own(),
            one_broker: world.siblings(0).len() == LANES.len(),
            published: world.ledgers().map(|ledger| ledger.acknowledged()).sum(),
            restarts,
            redis: world.deployment.redis().map(|_| harm),
            lanes,
            violations,
        }
    }
}
