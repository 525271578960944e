//! What happened to each reader, counted by the transport over which it happened.

use super::{
    body::Stamp,
    flaw::Flaw,
    witness::{Moved, Witness},
    world::World,
};
use common::message::MessageId;
use serde::Serialize;
use std::{ops::AddAssign, time::Duration};
use tokio::time::Instant;

/// Of one reader this many violations are kept in words; they are counted all the same.
const IN_WORDS: usize = 10;

/// What happened over one transport.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Tally {
    pub(super) received: u64,
    pub(super) cuts: u64,
    pub(super) freezes: u64,
    pub(super) leaves: u64,
    /// Readers that went on over this transport in mid-stream.
    pub(super) moves: u64,
    pub(super) resets: u64,
    /// Messages that resets have named.
    pub(super) lost: u64,
    pub(super) violations: u64,
    #[serde(rename = "slowest_catch_up_ms", serialize_with = "millis")]
    pub(super) slowest: Duration,
}

/// One reader.
pub(super) struct Record {
    pub(super) witness: Witness,
    /// Where it is now.
    pub(super) transport: usize,
    /// Whether it was told where it begins.
    pub(super) has_begun: bool,
    pub(super) catch_up: CatchUp,
    pub(super) tallies: [Tally; 3],
    pub(super) flaws: Vec<Flaw>,
}

/// How long a reader takes, from the moment at which it could read again, to have what was published by then.
#[derive(Default)]
pub(super) struct CatchUp {
    since: Option<Instant>,
    until: Option<MessageId>,
}

impl Record {
    pub(super) fn new(transport: usize, start: MessageId) -> Self {
        let (catch_up, tallies, flaws) = Default::default();
        Self {
            witness: Witness::new(start),
            transport,
            has_begun: false,
            catch_up,
            tallies,
            flaws,
        }
    }

    pub(super) fn tally(&mut self) -> &mut Tally {
        &mut self.tallies[self.transport]
    }

    /// A message came over its transport.
    pub(super) fn message(
        &mut self,
        id: MessageId,
        stamp: Stamp,
        world: &World,
    ) -> Result<(), Flaw> {
        let lost = self.witness.lost;
        let judged = self
            .witness
            .message(id, stamp, &mut world.ledger(self.transport));
        let lost = self.witness.lost - lost;
        let tally = self.tally();
        tally.received += 1;
        tally.lost += lost;
        self.caught_up();
        judged
    }

    /// A reset came over its transport.
    pub(super) fn reset(&mut self, reset: Moved, world: &World) -> Result<(), Flaw> {
        self.tally().resets += 1;
        self.witness
            .reset(self.transport, reset, &world.ledger(self.transport))
    }

    /// Nothing will come any more.
    pub(super) fn end(&mut self, world: &World) {
        let lost = self.witness.lost;
        let judged = self.witness.end(&world.ledger(self.transport));
        let lost = self.witness.lost - lost;
        self.tally().lost += lost;
        let _ = judged.map_err(|flaw| self.flaw(flaw));
    }

    pub(super) fn flaw(&mut self, flaw: Flaw) {
        self.tally().violations += 1;
        if self.flaws.len() < IN_WORDS {
            self.flaws.push(flaw);
        }
    }

    /// It can read again, when messages up to `head` had been published.
    pub(super) fn back(&mut self, head: MessageId) {
        self.catch_up.back(head);
        self.caught_up();
    }

    /// Notes how long it took, if it has everything by now.
    pub(super) fn caught_up(&mut self) {
        let took = self
            .catch_up
            .reached(self.witness.position(), Instant::now())
            .unwrap_or_default();
        let slowest = &mut self.tally().slowest;
        *slowest = took.max(*slowest);
    }
}

impl CatchUp {
    /// It could read until now.
    pub(super) fn interrupted(&mut self) {
        self.since.get_or_insert_with(Instant::now);
        self.until = None;
    }

    /// It did not want to read until this moment.
    pub(super) fn willing_from(&mut self, moment: Instant) {
        (self.since, self.until) = (Some(moment), None);
    }

    fn back(&mut self, head: MessageId) {
        if self.since.is_some() {
            self.until.get_or_insert(head);
        }
    }

    fn reached(&mut self, position: MessageId, now: Instant) -> Option<Duration> {
        self.until.filter(|until| position >= *until)?;
        self.until = None;
        self.since
            .take()
            .map(|since| now.saturating_duration_since(since))
    }
}

impl AddAssign<&Tally> for Tally {
    fn add_assign(&mut self, other: &Self) {
        self.received += other.received;
        self.cuts += other.cuts;
        self.freezes += other.freezes;
        self.leaves += other.leaves;
        self.moves += other.moves;
        self.resets += other.resets;
        self.lost += other.lost;
        self.violations += other.violations;
        self.slowest = self.slowest.max(other.slowest);
    }
}

fn millis<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(time.as_millis() as u64)
}
