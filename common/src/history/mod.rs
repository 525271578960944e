//! One channel's recent messages: a ring with positions.
//!
//! Knows nothing of readers, sockets or time. What it no longer holds it says with a [`Reset`], never by silence.

use crate::message::{Cursor, Message, MessageId};
use std::collections::VecDeque;

/// Places that are not worth giving back.
const FEW: usize = 16;

/// How much of a channel is kept.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// The most messages, at least 1.
    pub messages: usize,
    /// The most bytes of encoded messages; the newest message is kept whatever its size.
    pub bytes: usize,
    /// The greatest age in milliseconds.
    pub age: u64,
}

/// The honest "you lost messages": some of those later than `after` are not held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reset {
    /// The cursor that could not be continued.
    pub after: MessageId,
    /// The oldest message that is held; where none is, the one that will come next.
    pub oldest: MessageId,
}

impl Reset {
    /// Where a reader stands that was told.
    pub fn cursor(self) -> MessageId {
        self.oldest.previous()
    }

    /// `{"after":ID,"oldest":ID,"cursor":ID}`, as every transport tells it. The cursor is [`Reset::cursor`]: clients invent no
    /// ids, and one that comes back with it is not told again.
    pub fn json(self) -> String {
        let (Self { after, oldest }, cursor) = (self, self.cursor());
        format!(r#"{{"after":"{after}","oldest":"{oldest}","cursor":"{cursor}"}}"#)
    }
}

/// Where a reader begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// Its cursor: it gets what is later than this.
    pub cursor: MessageId,
    /// What to tell it before that.
    pub reset: Option<Reset>,
}

impl Resume {
    /// The cursor of a reader that was told nothing yet. Where a reset follows this is the one it came with: should the connection
    /// be lost in between, the reset is told again.
    pub fn announced_cursor(&self) -> MessageId {
        self.reset.map_or(self.cursor, |reset| reset.after)
    }

    /// `"cursor":ID`, and `"reset":true` where a reset follows: what the first words of a stream are made of.
    pub fn hello_fields(&self) -> String {
        let reset = if self.reset.is_some() {
            r#","reset":true"#
        } else {
            ""
        };
        format!(r#""cursor":"{}"{reset}"#, self.announced_cursor())
    }
}

/// What a reader at some cursor gets.
#[derive(Debug, PartialEq, Eq)]
pub enum HistoryRead {
    /// Nothing yet.
    CaughtUp,
    /// At least one message, contiguous, beginning behind the cursor.
    Messages(Vec<Message>),
    /// The log does not continue that cursor: tell the reader and go on at [`Reset::cursor`].
    Reset(Reset),
}

/// A message that is not the next one of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfSequence {
    /// The id that was due.
    pub expected: MessageId,
}

/// The ring.
#[derive(Debug)]
pub struct History {
    latest: MessageId,
    messages: VecDeque<Message>,
    bytes: usize,
    retention: Retention,
}

impl History {
    /// An empty log that continues after `latest`: offset 0 for a new channel.
    pub fn new(latest: MessageId, retention: Retention) -> Self {
        Self {
            latest,
            messages: VecDeque::new(),
            bytes: 0,
            retention,
        }
    }

    /// Adds the next message, and no other.
    pub fn append(&mut self, message: Message) -> Result<(), OutOfSequence> {
        let expected = self.latest.next();
        if message.id != expected {
            return Err(OutOfSequence { expected });
        }
        self.push(message);
        Ok(())
    }

    /// Holds another history from now on, which ends at `latest`: of `backlog`, the messages that lead up to it without a gap.
    /// A reader whose cursor is no part of it gets a reset. Two histories that are not the same must not have the same
    /// epoch: a cursor in one could be taken for one in the other.
    pub fn restart(&mut self, latest: MessageId, backlog: Vec<Message>) {
        let leads_up = |(message, back): &(&Message, u64)| {
            message.id.epoch == latest.epoch
                && message.id.offset.checked_add(*back) == Some(latest.offset)
        };
        let held = backlog.iter().rev().zip(0..).take_while(leads_up).count();
        self.messages.clear();
        (self.latest, self.bytes) = (latest, 0);
        let rest = backlog.len() - held;
        backlog
            .into_iter()
            .skip(rest)
            .for_each(|message| self.push(message));
    }

    /// Forgets what is too old at `now`, in milliseconds since 1970.
    pub fn trim(&mut self, now: u64) {
        let since = now.saturating_sub(self.retention.age);
        while self
            .messages
            .front()
            .is_some_and(|oldest| oldest.time < since)
        {
            self.forget_oldest();
        }
        self.give_memory_back();
    }

    /// Forgets the oldest messages until these many bytes are gone, or only `kept` messages are left.
    pub fn shrink(&mut self, bytes: usize, kept: usize) {
        let rest = self.bytes.saturating_sub(bytes);
        while self.bytes > rest && self.messages.len() > kept {
            self.forget_oldest();
        }
        self.give_memory_back();
    }

    /// How many bytes of messages it holds.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The id of the newest message, held or not.
    pub fn latest(&self) -> MessageId {
        self.latest
    }

    /// The oldest message that is held; where none is, the one that will come next.
    pub fn oldest(&self) -> MessageId {
        self.messages
            .front()
            .map_or_else(|| self.latest.next(), |oldest| oldest.id)
    }

    /// Where a reader with this cursor begins.
    pub fn resume(&self, after: Cursor) -> Resume {
        let oldest = self.oldest();
        match after {
            Cursor::Latest => Resume {
                cursor: self.latest,
                reset: None,
            },
            Cursor::Earliest => Resume {
                cursor: oldest.previous(),
                reset: None,
            },
            Cursor::After(cursor) if self.continues(cursor) => Resume {
                cursor,
                reset: None,
            },
            Cursor::After(after) => {
                let reset = Reset { after, oldest };
                Resume {
                    cursor: reset.cursor(),
                    reset: Some(reset),
                }
            }
        }
    }

    /// The messages behind a cursor, at most `limit` of them and of about `bytes`, but always one.
    pub fn read(&self, cursor: MessageId, limit: usize, bytes: usize) -> HistoryRead {
        let oldest = self.oldest();
        if !self.continues(cursor) {
            return HistoryRead::Reset(Reset {
                after: cursor,
                oldest,
            });
        }
        let skip = usize::try_from(cursor.offset + 1 - oldest.offset).unwrap_or(usize::MAX);
        let mut size = 0;
        let fits = |message: &&Message| {
            let first = size == 0;
            size += message.json().len();
            first || size <= bytes
        };
        let batch: Vec<_> = self
            .messages
            .iter()
            .skip(skip)
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

    fn continues(&self, cursor: MessageId) -> bool {
        let held = self.oldest().offset..=self.latest.next().offset;
        cursor.epoch == self.latest.epoch && held.contains(&cursor.next().offset)
    }

    fn push(&mut self, message: Message) {
        self.latest = message.id;
        self.bytes += message.json().len();
        self.messages.push_back(message);
        while self.messages.len() > self.retention.messages.max(1) || self.too_large() {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let oldest = self
            .messages
            .pop_front()
            .map_or(0, |message| message.json().len());
        self.bytes -= oldest;
    }

    fn too_large(&self) -> bool {
        self.bytes > self.retention.bytes && self.messages.len() > 1
    }

    /// The places of messages that are gone. Half of them stay, so that a log that is filled again does not grow from nothing.
    fn give_memory_back(&mut self) {
        let used = self.messages.len();
        if self.messages.capacity() / 4 > used.max(FEW) {
            self.messages.shrink_to(2 * used);
        }
    }
}

#[cfg(test)]
mod restarts;
#[cfg(test)]
mod tests;
