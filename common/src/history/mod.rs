//! The recent messages of one channel.
//!
//! A plain data structure: no clock, no lock and no sockets. A subscriber that lost messages gets a
//! [`Reset`]; the history never skips messages silently.

mod entry;
mod places;
mod read;
mod reset;
mod restart;
mod resume;
mod trim;

use crate::message::{Cursor, Message, MessageId};
pub use entry::ENTRY_BYTES;
use entry::Entry;
pub use places::Next;
pub use read::{HistoryRead, NextMessages};
pub use reset::Reset;
pub use resume::{Hello, Resume};
use std::{collections::VecDeque, sync::Arc};
use thiserror::Error;

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
    pub(crate) fn oldest_time(&self) -> Option<u64> {
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

    /// Reads what a client that begins here gets at once: at most `limit` messages, and at most
    /// `bytes` after the first one.
    pub fn read_from(&self, start: Resume, limit: usize, bytes: usize) -> NextMessages {
        let Resume {
            mut cursor,
            mut reset,
        } = start;
        if !self.continues(cursor) {
            // The history dropped messages meanwhile. The reset names the cursor that the client
            // sent.
            let lost = self.reset(cursor);
            cursor = lost.cursor();
            reset = Some(Reset {
                after: start.announced_cursor(),
                ..lost
            });
        }
        let messages = match self.read(cursor, limit, bytes) {
            HistoryRead::Messages(messages) => messages,
            HistoryRead::CaughtUp | HistoryRead::Reset(_) => Vec::new(),
        };
        let cursor = messages.last().map_or(cursor, |last| last.id);
        NextMessages {
            reset,
            messages,
            cursor,
            // The last message may be a former end, which others follow.
            is_end: self.ends_at(cursor),
        }
    }

    /// Returns whether no message between this cursor and the latest one is missing.
    fn continues(&self, cursor: MessageId) -> bool {
        let available = self.oldest().offset..=self.latest.next().offset;
        cursor.epoch == self.latest.epoch && available.contains(&cursor.next().offset)
    }

    /// Returns the index of the message after a cursor that the history continues.
    fn index_after(&self, cursor: MessageId) -> usize {
        let index = cursor.offset + 1 - self.oldest().offset;
        usize::try_from(index).unwrap_or(usize::MAX)
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
}

#[cfg(test)]
mod tests;
