//! Replaces a history: the broker has loaded another one.

#[cfg(test)]
mod tests;

use super::History;
use crate::message::{Message, MessageId};

impl History {
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
}
