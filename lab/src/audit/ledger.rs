//! What was published to one broker, and what its services may have forgotten. Knows no connection and no clock.

use super::{body::Stamp, flaw::Flaw};
use common::message::MessageId;
use std::{
    collections::{BTreeMap, HashMap},
    ops::RangeInclusive,
};

/// All messages that an audit knows of.
pub(super) struct Ledger {
    start: MessageId,
    /// The highest id that a publisher was told.
    head: MessageId,
    entries: BTreeMap<MessageId, Entry>,
    acknowledged: u64,
    /// Messages that may have been published, answered or not: more than these there cannot be.
    attempted: u64,
    /// How many messages a service keeps at least; none where nothing is promised.
    history: Option<u64>,
    /// For each service that was started in mid-run: its transport, and which may be the first message it holds.
    beginnings: Vec<(usize, RangeInclusive<u64>)>,
    flaws: Vec<Flaw>,
}

struct Entry {
    stamp: Stamp,
    acknowledged: bool,
}

impl Ledger {
    /// A ledger of what is published after `start`.
    pub(super) fn new(start: MessageId, history: Option<u64>) -> Self {
        Self {
            start,
            head: start,
            entries: BTreeMap::new(),
            acknowledged: 0,
            attempted: 0,
            history,
            beginnings: Vec::new(),
            flaws: Vec::new(),
        }
    }

    pub(super) fn start(&self) -> MessageId {
        self.start
    }

    pub(super) fn head(&self) -> MessageId {
        self.head
    }

    /// How many messages were acknowledged.
    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// A message is about to be sent for the first time.
    pub(super) fn attempt(&mut self) {
        self.attempted += 1;
    }

    /// A publisher was told that this is its message's id.
    pub(super) fn acknowledge(&mut self, id: MessageId, stamp: Stamp) {
        self.head = self.head.max(id);
        self.acknowledged += 1;
        let entry = self.entries.entry(id).or_insert(Entry {
            stamp,
            acknowledged: false,
        });
        if entry.acknowledged || entry.stamp != stamp {
            self.flaws.push(Flaw::SharedId {
                id,
                first: entry.stamp,
                second: stamp,
            });
        }
        entry.acknowledged = true;
    }

    /// A reader got this message: every other must get the same, and so must whoever published it have said.
    pub(super) fn witness(&mut self, id: MessageId, stamp: Stamp) -> Result<(), Flaw> {
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
        Err(Flaw::WrongBody {
            id: id.to_string(),
            why: format!("this is {stamp}, elsewhere it is {known}"),
        })
    }

    /// The highest offset that there can be by now.
    pub(super) fn highest(&self) -> u64 {
        self.start.offset + self.attempted
    }

    /// A service with nothing in its logs was started, when at least `before` had been published.
    pub(super) fn began(&mut self, transport: usize, before: MessageId) {
        self.beginnings
            .push((transport, before.offset + 1..=self.highest() + 1));
    }

    /// Whether a service may hold nothing between these two.
    pub(super) fn explains(&self, transport: usize, after: MessageId, oldest: MessageId) -> bool {
        let Some(history) = self.history else {
            return true;
        };
        let pushed_out = self.highest() >= oldest.offset - 1 + history;
        let began = |(of, first): &(usize, RangeInclusive<u64>)| {
            *of == transport && first.contains(&oldest.offset)
        };
        after.epoch == oldest.epoch && (pushed_out || self.beginnings.iter().any(began))
    }

    /// How many messages there are between these two.
    pub(super) fn between(&self, after: MessageId, before: MessageId) -> u64 {
        match after.epoch == before.epoch {
            true => before.offset - after.offset - 1,
            false => self
                .entries
                .range(after..before)
                .skip_while(|(id, _)| **id == after)
                .count() as u64,
        }
    }

    /// What is wrong with what was published, once nobody publishes any more.
    pub(super) fn verdict(&self) -> Vec<Flaw> {
        let mut flaws = self.flaws.clone();
        let mut ids = HashMap::new();
        let mut latest = HashMap::new();
        let mut before = self.start;
        for (&id, entry) in &self.entries {
            let stamp = entry.stamp;
            if id.epoch == before.epoch && id.offset != before.offset + 1 {
                flaws.push(Flaw::Hole {
                    after: before,
                    next: id,
                });
            }
            before = id;
            if let Some(first) = ids.insert(stamp, id) {
                flaws.push(Flaw::PublishedTwice {
                    stamp,
                    first,
                    second: id,
                });
            } else if !entry.acknowledged {
                flaws.push(Flaw::Unacknowledged { id, stamp });
            }
            if latest
                .insert(stamp.publisher, stamp.number)
                .is_some_and(|latest| latest > stamp.number)
            {
                flaws.push(Flaw::PublishedOutOfOrder { id, stamp });
            }
        }
        flaws
    }
}
