//! The messages published to one broker, and those that its services may have lost. Knows neither
//! connections nor a clock.

use super::{body::Stamp, violation::Violation};
use common::message::MessageId;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::RangeInclusive,
};

/// All messages of one broker that the audit knows.
pub(super) struct Ledger {
    start: MessageId,
    /// The highest acknowledged id.
    latest_id: MessageId,
    entries: BTreeMap<MessageId, Entry>,
    acknowledged: u64,
    /// Upper bound of the published messages: attempts, acknowledged or not.
    attempted: u64,
    /// The number of messages that a service promises to keep. `None` without a promise.
    history: Option<u64>,
    /// Whether the broker may lose its last messages, and then continues in a new epoch.
    may_lose: bool,
    /// For each service restart: its transport, and the possible offsets of its first message.
    beginnings: Vec<(usize, RangeInclusive<u64>)>,
    violations: Vec<Violation>,
}

struct Entry {
    stamp: Stamp,
    acknowledged: bool,
}

impl Ledger {
    /// Creates a ledger of the messages after `start`.
    pub(super) fn new(start: MessageId, history: Option<u64>, may_lose: bool) -> Self {
        Self {
            start,
            latest_id: start,
            entries: BTreeMap::new(),
            acknowledged: 0,
            attempted: 0,
            history,
            may_lose,
            beginnings: Vec::new(),
            violations: Vec::new(),
        }
    }

    pub(super) fn start(&self) -> MessageId {
        self.start
    }

    pub(super) fn latest(&self) -> MessageId {
        self.latest_id
    }

    /// Returns the number of acknowledged messages.
    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Counts a message that is about to be sent for the first time.
    pub(super) fn attempt(&mut self) {
        self.attempted += 1;
    }

    /// Records that a publisher received this id for its message.
    pub(super) fn acknowledge(&mut self, id: MessageId, stamp: Stamp) {
        self.latest_id = self.latest_id.max(id);
        self.acknowledged += 1;
        let entry = self.entries.entry(id).or_insert(Entry {
            stamp,
            acknowledged: false,
        });
        if entry.acknowledged || entry.stamp != stamp {
            self.violations.push(Violation::SharedId {
                id,
                first: entry.stamp,
                second: stamp,
            });
        }
        entry.acknowledged = true;
    }

    /// Records that a subscriber received this message.
    ///
    /// # Errors
    /// Returns a violation if another subscriber or the publisher knows a different message by
    /// `id`.
    pub(super) fn observe(&mut self, id: MessageId, stamp: Stamp) -> Result<(), Violation> {
        let known = self
            .entries
            .entry(id)
            .or_insert(Entry {
                stamp,
                acknowledged: false,
            })
            .stamp;
        if known == stamp {
            return Ok(());
        }
        Err(Violation::WrongBody {
            id: id.to_string(),
            why: format!("got {stamp}, others have {known}"),
        })
    }

    /// Returns the highest offset that may exist by now.
    pub(super) fn highest(&self) -> u64 {
        self.start.offset + self.attempted
    }

    /// Records the start of a service with an empty history, after at least `before` was published.
    pub(super) fn restarted(&mut self, transport: usize, before: MessageId) {
        self.beginnings
            .push((transport, before.offset + 1..=self.highest() + 1));
    }

    /// Returns whether a service may have lost the messages between these two.
    pub(super) fn explains(&self, transport: usize, after: MessageId, oldest: MessageId) -> bool {
        let Some(history) = self.history else {
            return true;
        };
        let pushed_out = self.highest() >= oldest.offset - 1 + history;
        let began = |(of, first): &(usize, RangeInclusive<u64>)| {
            *of == transport && first.contains(&oldest.offset)
        };
        if after.epoch == oldest.epoch {
            pushed_out || self.beginnings.iter().any(began)
        } else {
            self.may_lose && after.epoch < oldest.epoch
        }
    }

    /// Returns the number of messages between these two.
    pub(super) fn between(&self, after: MessageId, before: MessageId) -> u64 {
        if after.epoch == before.epoch {
            before.offset - after.offset - 1
        } else {
            self.entries
                .range(after..before)
                .skip_while(|(id, _)| **id == after)
                .count() as u64
        }
    }

    /// Returns the number of epochs after the first one.
    pub(super) fn new_epochs(&self) -> u64 {
        let epochs: BTreeSet<_> = self.entries.keys().map(|id| id.epoch).collect();
        let later = epochs.iter().filter(|epoch| **epoch > self.start.epoch);
        later.count() as u64
    }

    /// Returns the violations in what was published, after publishing has ended.
    ///
    /// A new epoch has copies of what the broker kept, so a message may be in each epoch once.
    pub(super) fn violations(&self) -> Vec<Violation> {
        let mut violations = self.violations.clone();
        let acknowledged: HashMap<_, _> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.acknowledged)
            .map(|(id, entry)| (entry.stamp, id.epoch))
            .collect();
        let is_copy = |id: MessageId, stamp: Stamp| {
            let is_known = acknowledged
                .get(&stamp)
                .is_some_and(|epoch| *epoch != id.epoch);
            is_known || (id.epoch != self.start.epoch && id.offset <= self.start.offset)
        };
        let mut ids = HashMap::new();
        let mut latest_numbers = HashMap::new();
        let mut before = self.start;
        for (&id, entry) in &self.entries {
            let stamp = entry.stamp;
            if id.epoch == before.epoch && id.offset != before.offset + 1 {
                violations.push(Violation::Hole {
                    after: before,
                    next: id,
                });
            }
            before = id;
            if let Some(first) = ids.insert((id.epoch, stamp), id) {
                violations.push(Violation::PublishedTwice {
                    stamp,
                    first,
                    second: id,
                });
            } else if !entry.acknowledged && !is_copy(id, stamp) {
                violations.push(Violation::Unacknowledged { id, stamp });
            }
            if latest_numbers
                .insert((id.epoch, stamp.publisher), stamp.number)
                .is_some_and(|latest| latest > stamp.number)
            {
                violations.push(Violation::PublishedOutOfOrder { id, stamp });
            }
        }
        violations
    }
}
