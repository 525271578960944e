//! The record of each subscriber, with counts by transport.

use super::{
    body::Stamp,
    checker::{ResetIds, SubscriberChecker},
    state::AuditState,
    violation::Violation,
};
use common::message::MessageId;
use serde::Serialize;
use std::{ops::AddAssign, time::Duration};
use tokio::time::Instant;

/// The most violations kept for one subscriber. Further ones are only counted.
const MAX_KEPT: usize = 10;

/// Counts of one transport.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub(super) received: u64,
    pub(super) cuts: u64,
    pub(super) freezes: u64,
    pub(super) leaves: u64,
    /// Subscribers that moved to this transport.
    pub(super) moves: u64,
    pub(super) resets: u64,
    /// Messages that resets declared lost.
    pub(super) lost: u64,
    pub(super) violations: u64,
    #[serde(rename = "slowest_catch_up_ms", serialize_with = "millis")]
    pub(super) slowest: Duration,
}

/// The record of one subscriber.
pub(super) struct SubscriberRecord {
    pub(super) checker: SubscriberChecker,
    /// The transport it uses now.
    pub(super) transport: usize,
    /// Whether its first connection is open.
    pub(super) has_opened: bool,
    pub(super) catch_up: CatchUp,
    pub(super) counts: [Counts; 3],
    pub(super) violations: Vec<Violation>,
}

/// Measures how long an interrupted subscriber takes to receive what was published meanwhile.
#[derive(Default)]
pub(super) struct CatchUp {
    since: Option<Instant>,
    until: Option<MessageId>,
}

impl SubscriberRecord {
    pub(super) fn new(transport: usize, start: MessageId) -> Self {
        Self {
            checker: SubscriberChecker::new(start),
            transport,
            has_opened: false,
            catch_up: CatchUp::default(),
            counts: <[Counts; 3]>::default(),
            violations: Vec::new(),
        }
    }

    /// Returns the counts of the transport it uses now.
    pub(super) fn current(&mut self) -> &mut Counts {
        &mut self.counts[self.transport]
    }

    /// Checks a message that arrived over its transport.
    pub(super) fn message(
        &mut self,
        id: MessageId,
        stamp: Stamp,
        state: &AuditState,
    ) -> Result<(), Violation> {
        let lost = self.checker.lost;
        let checked = self
            .checker
            .message(id, stamp, &mut state.ledger(self.transport));
        let lost = self.checker.lost - lost;
        let counts = self.current();
        counts.received += 1;
        counts.lost += lost;
        self.caught_up();
        checked
    }

    /// Checks a reset that arrived over its transport.
    pub(super) fn reset(&mut self, reset: ResetIds, state: &AuditState) -> Result<(), Violation> {
        self.current().resets += 1;
        self.checker
            .reset(self.transport, reset, &state.ledger(self.transport))
    }

    /// Checks, after the last delivery, that nothing is missing.
    pub(super) fn end(&mut self, state: &AuditState) {
        let lost = self.checker.lost;
        let checked = self.checker.end(&state.ledger(self.transport));
        let lost = self.checker.lost - lost;
        self.current().lost += lost;
        self.note(checked);
    }

    /// Records the result of a check.
    pub(super) fn note(&mut self, checked: Result<(), Violation>) {
        let Err(violation) = checked else { return };
        self.current().violations += 1;
        if self.violations.len() < MAX_KEPT {
            self.violations.push(violation);
        }
    }

    /// Records that it can read again, when messages up to `latest` had been published.
    pub(super) fn reading_again(&mut self, latest: MessageId) {
        self.catch_up.reading_again(latest);
        self.caught_up();
    }

    /// Records the duration of the catch-up once it is complete.
    pub(super) fn caught_up(&mut self) {
        let took = self
            .catch_up
            .reached(self.checker.last_received(), Instant::now())
            .unwrap_or_default();
        let slowest = &mut self.current().slowest;
        *slowest = took.max(*slowest);
    }
}

impl CatchUp {
    /// Records that an interruption began now.
    pub(super) fn interrupted(&mut self) {
        self.since.get_or_insert_with(Instant::now);
        self.until = None;
    }

    /// Records a pause of the subscriber's own, which ends at `moment`.
    pub(super) fn paused_until(&mut self, moment: Instant) {
        self.since = Some(moment);
        self.until = None;
    }

    fn reading_again(&mut self, latest: MessageId) {
        if self.since.is_some() {
            self.until.get_or_insert(latest);
        }
    }

    fn reached(&mut self, last_received: MessageId, now: Instant) -> Option<Duration> {
        self.until.filter(|until| last_received >= *until)?;
        self.until = None;
        self.since
            .take()
            .map(|since| now.saturating_duration_since(since))
    }
}

impl AddAssign<&Counts> for Counts {
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
