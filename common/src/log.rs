//! One channel's recent messages: a ring with positions.
//!
//! Knows nothing of readers, sockets or time. What it no longer holds it says with a [`Reset`], never by silence.

use crate::message::{After, Id, Message};
use serde::Serialize;
use std::collections::VecDeque;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reset {
    /// The cursor that could not be continued.
    pub after: Id,
    /// The oldest message that is held; where none is, the one that will come next.
    pub oldest: Id,
}

/// Where a reader begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The offset of the first message it is to get.
    pub next: u64,
    /// What to tell it before that.
    pub reset: Option<Reset>,
}

/// What a reader at some offset gets.
#[derive(Debug, PartialEq, Eq)]
pub enum Read {
    /// Nothing yet.
    CaughtUp,
    /// At least one message, contiguous, beginning at the offset asked for.
    Messages(Vec<Message>),
    /// That offset has left the log: tell the reader and go on at `oldest`.
    Lost(Reset),
}

/// The ring.
#[derive(Debug)]
pub struct Log {
    epoch: u64,
    /// The offset that the next message gets.
    next: u64,
    messages: VecDeque<Message>,
    bytes: usize,
    share: usize,
    retention: Retention,
}

impl Log {
    /// An empty log that continues after `head`: offset 0 for a new channel.
    pub fn new(head: Id, retention: Retention) -> Self {
        let next = head.offset + 1;
        Self { epoch: head.epoch, next, messages: VecDeque::new(), bytes: 0, share: usize::MAX, retention }
    }

    /// Adds the next message. Brokers give them in order and without gaps.
    pub fn append(&mut self, message: Message) {
        debug_assert_eq!(message.id, self.id(self.next));
        self.next += 1;
        self.bytes += message.json().len();
        self.messages.push_back(message);
        while self.messages.len() > self.retention.messages.max(1) || self.too_large() {
            self.forget_oldest();
        }
    }

    /// Forgets what is too old at `now`, in milliseconds since 1970.
    pub fn trim(&mut self, now: u64) {
        let since = now.saturating_sub(self.retention.age);
        while self.messages.front().is_some_and(|oldest| oldest.time < since) {
            self.forget_oldest();
        }
    }

    /// Holds at most `share` bytes from now on, should the retention allow more: its part of what all logs may hold.
    pub fn set_share(&mut self, share: usize) {
        self.share = share;
        while self.too_large() {
            self.forget_oldest();
        }
    }

    /// How many bytes of messages it holds.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The id of the newest message, held or not.
    pub fn head(&self) -> Id {
        self.id(self.next - 1)
    }

    /// The oldest message that is held; where none is, the one that will come next.
    pub fn oldest(&self) -> Id {
        self.id(self.next - self.messages.len() as u64)
    }

    /// Where a reader with this cursor begins.
    pub fn start(&self, after: After) -> Start {
        let oldest = self.oldest();
        match after {
            After::Now => Start { next: self.next, reset: None },
            After::Start => Start { next: oldest.offset, reset: None },
            After::Id(id) if self.continues(id) => Start { next: id.offset + 1, reset: None },
            After::Id(after) => Start { next: oldest.offset, reset: Some(Reset { after, oldest }) },
        }
    }

    /// The messages from offset `next` on, at most `limit` of them and of about `bytes`, but always one.
    pub fn read(&self, next: u64, limit: usize, bytes: usize) -> Read {
        let oldest = self.oldest();
        if next < oldest.offset {
            return Read::Lost(Reset { after: self.id(next - 1), oldest });
        }
        let skip = usize::try_from(next - oldest.offset).unwrap_or(usize::MAX);
        let mut size = 0;
        let fits = |message: &&Message| {
            let first = size == 0;
            size += message.json().len();
            first || size <= bytes
        };
        let batch: Vec<_> = self.messages.iter().skip(skip).take(limit).take_while(fits).cloned().collect();
        if batch.is_empty() { Read::CaughtUp } else { Read::Messages(batch) }
    }

    fn continues(&self, after: Id) -> bool {
        after.epoch == self.epoch && (self.oldest().offset..=self.next).contains(&after.offset.saturating_add(1))
    }

    fn forget_oldest(&mut self) {
        let oldest = self.messages.pop_front().map_or(0, |message| message.json().len());
        self.bytes -= oldest;
    }

    fn too_large(&self) -> bool {
        self.bytes > self.retention.bytes.min(self.share) && self.messages.len() > 1
    }

    fn id(&self, offset: u64) -> Id {
        Id { epoch: self.epoch, offset }
    }
}

#[cfg(test)]
mod tests;
