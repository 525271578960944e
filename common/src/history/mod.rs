//! The recent messages of one channel.
//!
//! A plain data structure: no clock, no lock and no sockets. A subscriber that lost messages gets a
//! [`Reset`]; the history never skips messages silently.

mod places;
mod reset;
mod resume;

use crate::message::{Cursor, Message, MessageId};
use places::Entry;
pub use places::{ENTRY_BYTES, Next};
pub use reset::Reset;
pub use resume::Resume;
use std::{collections::VecDeque, sync::Arc};
use thiserror::Error;

/// Below this many messages a history does not return spare capacity.
const MIN_CAPACITY: usize = 16;

/// How much of a channel its history keeps.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// The most messages, at least 1.
    pub messages: usize,
    /// The most bytes of encoded messages. The latest message is kept whatever its size.
    pub bytes: usize,
    /// The greatest age, in milliseconds.
    pub age: u64,
}

/// The result of reading a history after a cursor.
#[derive(Debug, PartialEq, Eq)]
pub enum HistoryRead {
    /// There is no message after the cursor yet.
    CaughtUp,
    /// At least one message: the first ones after the cursor, without a gap.
    Messages(Vec<Message>),
    /// Messages after the cursor are lost: send the reset and continue at [`Reset::cursor`].
    Reset(Reset),
}

/// A message that is not the next one of its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("out of sequence, expected message {expected}")]
pub struct OutOfSequence {
    /// The id of the next message.
    pub expected: MessageId,
}

/// The recent messages of one channel, without gaps up to its latest id.
#[derive(Debug)]
pub struct History {
    latest: MessageId,
    messages: VecDeque<Entry>,
    bytes: usize,
    /// Shared by all channels: most of them have few messages, or none.
    retention: Arc<Retention>,
}

impl History {
    /// Creates an empty history that continues after `latest`. A new channel has offset 0.
    pub fn new(latest: MessageId, retention: impl Into<Arc<Retention>>) -> Self {
        Self {
            latest,
            messages: VecDeque::new(),
            bytes: 0,
            retention: retention.into(),
        }
    }

    /// Appends the next message.
    ///
    /// # Errors
    ///
    /// Returns [`OutOfSequence`] if the message does not follow the latest one.
    pub fn append(&mut self, message: Message) -> Result<(), OutOfSequence> {
        let expected = self.latest.next();
        if message.id != expected {
            return Err(OutOfSequence { expected });
        }
        self.push(message);
        Ok(())
    }

    /// Replaces everything by another history whose latest id is `latest`.
    ///
    /// Of `backlog` it keeps the messages that lead up to `latest` without a gap. A subscriber
    /// whose cursor the new history does not continue gets a reset. Two different histories must
    /// not have the same epoch, or a cursor of one would be valid in the other.
    pub fn restart(&mut self, latest: MessageId, backlog: Vec<Message>) {
        let leads_to_latest = |(message, distance): &(&Message, u64)| {
            message.id.epoch == latest.epoch
                && message.id.offset.checked_add(*distance) == Some(latest.offset)
        };
        let contiguous = backlog
            .iter()
            .rev()
            .zip(0..)
            .take_while(leads_to_latest)
            .count();
        let skipped = backlog.len() - contiguous;
        self.messages.clear();
        self.bytes = 0;
        self.latest = latest;
        for message in backlog.into_iter().skip(skipped) {
            self.push(message);
        }
    }

    /// Removes messages that are older than the retention at `now`, in milliseconds since 1970.
    pub fn trim(&mut self, now: u64) {
        let since = now.saturating_sub(self.retention.age);
        let is_too_old = |entry: &Entry| entry.message.time < since;
        while self.messages.front().is_some_and(is_too_old) {
            self.remove_oldest();
        }
        self.release_capacity();
    }

    /// Removes the oldest messages until at least `bytes` are free or only `kept` messages remain.
    pub fn shrink(&mut self, bytes: usize, kept: usize) {
        let target = self.bytes.saturating_sub(bytes);
        while self.bytes > target && self.messages.len() > kept {
            self.remove_oldest();
        }
        self.release_capacity();
    }

    /// Returns the number of bytes of all messages.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the latest id, also if that message is no longer in the history.
    pub fn latest(&self) -> MessageId {
        self.latest
    }

    /// Returns whether the channel has ended and a subscriber with this cursor has everything.
    ///
    /// A channel has ended while its end is in the history.
    pub fn ends_at(&self, cursor: MessageId) -> bool {
        let last = self.messages.back();
        cursor == self.latest && last.is_some_and(|entry| entry.message.is_end())
    }

    /// Returns the time of the oldest message, in milliseconds since 1970.
    pub fn oldest_time(&self) -> Option<u64> {
        self.messages.front().map(|oldest| oldest.message.time)
    }

    /// Returns the oldest id, or the next one to be published if the history is empty.
    pub fn oldest(&self) -> MessageId {
        self.messages
            .front()
            .map_or_else(|| self.latest.next(), |oldest| oldest.message.id)
    }

    /// Returns where a subscriber with this cursor begins.
    pub fn resume(&self, cursor: Cursor) -> Resume {
        match cursor {
            Cursor::Latest => Resume::at(self.latest),
            Cursor::Earliest => Resume::at(self.oldest().previous()),
            Cursor::After(id) if self.continues(id) => Resume::at(id),
            Cursor::After(id) => {
                let reset = self.reset(id);
                Resume {
                    cursor: reset.cursor(),
                    reset: Some(reset),
                }
            }
        }
    }

    /// Reads the messages after a cursor: at most `limit`, and at most `bytes` after the first one.
    pub fn read(&self, cursor: MessageId, limit: usize, bytes: usize) -> HistoryRead {
        if !self.continues(cursor) {
            return HistoryRead::Reset(self.reset(cursor));
        }
        let mut size = 0;
        let fits = |message: &&Message| {
            let is_first = size == 0;
            size += message.json().len();
            is_first || size <= bytes
        };
        let batch: Vec<_> = self
            .messages
            .iter()
            .skip(self.index_after(cursor))
            .map(|entry| &entry.message)
            .take(limit)
            .take_while(fits)
            .cloned()
            .collect();
        if batch.is_empty() {
            HistoryRead::CaughtUp
        } else {
            HistoryRead::Messages(batch)
        }
    }

    /// Returns whether no message between this cursor and the latest one is missing.
    fn continues(&self, cursor: MessageId) -> bool {
        let available = self.oldest().offset..=self.latest.next().offset;
        cursor.epoch == self.latest.epoch && available.contains(&cursor.next().offset)
    }

    fn reset(&self, after: MessageId) -> Reset {
        Reset {
            after,
            oldest: self.oldest(),
        }
    }

    fn push(&mut self, message: Message) {
        self.latest = message.id;
        self.bytes += message.json().len();
        if self.messages.capacity() == 0 {
            // Many channels never have a second one.
            self.messages.reserve_exact(1);
        }
        self.messages.push_back(Entry::new(message));
        while self.exceeds_retention() {
            self.remove_oldest();
        }
    }

    fn exceeds_retention(&self) -> bool {
        let messages = self.messages.len();
        messages > self.retention.messages.max(1)
            || messages > 1 && self.bytes > self.retention.bytes
    }

    fn remove_oldest(&mut self) {
        if let Some(oldest) = self.messages.pop_front() {
            self.bytes -= oldest.message.json().len();
        }
    }

    /// Returns the memory of removed messages. Spare capacity for as many messages as remain is
    /// kept, so that a history that fills up again does not grow from nothing. An empty one keeps
    /// none: most channels are idle.
    fn release_capacity(&mut self) {
        let used = self.messages.len();
        if used == 0 {
            self.messages = VecDeque::new();
        } else if self.messages.capacity() / 4 > used.max(MIN_CAPACITY) {
            self.messages.shrink_to(2 * used);
        }
    }
}

#[cfg(test)]
mod restarts;
#[cfg(test)]
mod tests;
