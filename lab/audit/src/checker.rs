//! Checks what one subscriber receives. Knows neither connections nor a clock.
//!
//! A subscriber must receive every message after the one it began at, once and in order. Only a
//! reset excuses a loss. It must name the subscriber's cursor and the next message, and must have a
//! cause.

use super::{body::Stamp, ledger::Ledger, violation::Violation};
use common::message::MessageId;

/// The expectations of one subscriber, across all its connections.
#[derive(Clone)]
pub(super) struct SubscriberChecker {
    /// The last message that the subscriber received.
    last_received: MessageId,
    /// The cursor of its next connection. A reset moves it as well.
    cursor: MessageId,
    /// The oldest message that a reset named, until the next message.
    announced: Option<MessageId>,
    /// The ranges of messages that were skipped, first and last.
    skipped: Vec<(MessageId, MessageId)>,
    /// Number of messages that resets declared lost.
    pub(super) lost: u64,
}

/// The ids in a reset.
#[derive(Clone, Copy)]
pub(super) struct ResetIds {
    pub(super) after: MessageId,
    pub(super) oldest: MessageId,
    /// The cursor with which the subscriber resumes.
    pub(super) to: MessageId,
}

impl SubscriberChecker {
    /// Creates a checker for a subscriber that begins after `last_received`.
    pub(super) fn new(last_received: MessageId) -> Self {
        Self {
            last_received,
            cursor: last_received,
            announced: None,
            skipped: Vec::new(),
            lost: 0,
        }
    }

    /// Returns the last message that the subscriber received.
    pub(super) fn last_received(&self) -> MessageId {
        self.last_received
    }

    /// Returns the cursor of its next connection, on any transport.
    pub(super) fn cursor(&self) -> MessageId {
        self.cursor
    }

    /// Checks the cursor that the first connection, opened without one, was given.
    pub(super) fn opened(&mut self, cursor: MessageId) -> Result<(), Violation> {
        let expected = std::mem::replace(&mut self.cursor, cursor);
        if cursor == expected {
            Ok(())
        } else {
            Err(Violation::WrongOpening { expected, cursor })
        }
    }

    /// Checks a reset that arrived over `transport`, and moves the cursor.
    pub(super) fn reset(
        &mut self,
        transport: usize,
        reset: ResetIds,
        ledger: &Ledger,
    ) -> Result<(), Violation> {
        let ResetIds { after, oldest, to } = reset;
        let cursor = std::mem::replace(&mut self.cursor, to);
        self.announced = Some(oldest);
        if after != cursor {
            return Err(Violation::WrongAfter {
                named: after,
                cursor,
            });
        }
        if oldest <= next(after) || !ledger.explains(transport, after, oldest) {
            return Err(Violation::NeedlessReset { after, oldest });
        }
        Ok(())
    }

    /// Checks a message.
    pub(super) fn message(
        &mut self,
        id: MessageId,
        stamp: Stamp,
        ledger: &mut Ledger,
    ) -> Result<(), Violation> {
        let announced = self.announced.take();
        let expected = announced.unwrap_or(next(self.last_received));
        if id <= self.last_received {
            return Err(self.repeated(id));
        }
        self.advance(id, announced, ledger);
        if id == expected {
            return ledger.observe(id, stamp);
        }
        Err(match announced {
            Some(named) => Violation::WrongOldest { named, got: id },
            None => Violation::Gap { expected, got: id },
        })
    }

    /// Checks, after the last delivery, that nothing is missing up to the latest message.
    pub(super) fn end(&mut self, ledger: &Ledger) -> Result<(), Violation> {
        let latest = ledger.latest();
        if !self.has(latest) {
            return Err(Violation::Missing {
                after: self.last_received,
                latest,
            });
        }
        let Some(named) = self.announced.take() else {
            return Ok(());
        };
        self.lost += ledger.between(self.last_received, named);
        // Nothing was published in a new epoch, so it is not known what the broker kept.
        if named == next(latest) || named.epoch > latest.epoch {
            Ok(())
        } else {
            Err(Violation::WrongOldest {
                named,
                got: next(latest),
            })
        }
    }

    /// Returns whether the subscriber has received this message or a reset declared it lost.
    pub(super) fn has(&self, id: MessageId) -> bool {
        self.last_received >= id || self.announced.is_some_and(|oldest| oldest > id)
    }

    fn advance(&mut self, id: MessageId, announced: Option<MessageId>, ledger: &Ledger) {
        if id != next(self.last_received) {
            self.skipped.push((next(self.last_received), before(id)));
        }
        if announced == Some(id) {
            self.lost += ledger.between(self.last_received, id);
        }
        self.last_received = id;
        self.cursor = id;
    }

    fn repeated(&self, id: MessageId) -> Violation {
        if self
            .skipped
            .iter()
            .any(|(first, last)| (first..=last).contains(&&id))
        {
            Violation::OutOfOrder {
                id,
                after: self.last_received,
            }
        } else {
            Violation::Duplicate { id }
        }
    }
}

fn next(id: MessageId) -> MessageId {
    MessageId {
        offset: id.offset + 1,
        ..id
    }
}

fn before(id: MessageId) -> MessageId {
    MessageId {
        offset: id.offset.saturating_sub(1),
        ..id
    }
}
