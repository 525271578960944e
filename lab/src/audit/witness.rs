//! What one reader must get, and whether it does. Knows no connection and no clock.
//!
//! A reader is owed everything after the point at which it began, once and in order. Only a reset may take something
//! from that, if it names the reader's cursor and the next message that comes, and if there was a cause for it.

use super::{body::Stamp, flaw::Flaw, ledger::Ledger};
use common::message::MessageId;

/// The memory of one reader, over all its connections.
#[derive(Clone)]
pub(super) struct Witness {
    /// The last message it got.
    position: MessageId,
    /// What it comes back with: an announced loss moves this too.
    cursor: MessageId,
    /// The message that a reset has announced.
    announced: Option<MessageId>,
    /// What it was not given, first and last.
    skipped: Vec<(MessageId, MessageId)>,
    /// Messages that resets said were lost.
    pub(super) lost: u64,
}

/// A reset, in ids.
#[derive(Clone, Copy)]
pub(super) struct Moved {
    pub(super) after: MessageId,
    pub(super) oldest: MessageId,
    /// With what the reader comes back.
    pub(super) to: MessageId,
}

impl Witness {
    /// A reader that begins after this.
    pub(super) fn new(position: MessageId) -> Self {
        Self {
            position,
            cursor: position,
            announced: None,
            skipped: Vec::new(),
            lost: 0,
        }
    }

    /// The last message it got.
    pub(super) fn position(&self) -> MessageId {
        self.position
    }

    /// What it comes back with, on whatever transport.
    pub(super) fn cursor(&self) -> MessageId {
        self.cursor
    }

    /// Its first connection, which was opened without a cursor, has told where it begins.
    pub(super) fn begins(&mut self, cursor: MessageId) -> Result<(), Flaw> {
        let expected = std::mem::replace(&mut self.cursor, cursor);
        if cursor == expected {
            Ok(())
        } else {
            Err(Flaw::WrongHello { expected, cursor })
        }
    }

    /// A reset came over a transport, and moved the reader.
    pub(super) fn reset(
        &mut self,
        transport: usize,
        reset: Moved,
        ledger: &Ledger,
    ) -> Result<(), Flaw> {
        let Moved { after, oldest, to } = reset;
        let cursor = std::mem::replace(&mut self.cursor, to);
        self.announced = Some(oldest);
        if after != cursor {
            return Err(Flaw::WrongAfter {
                named: after,
                cursor,
            });
        }
        if oldest <= next(after) || !ledger.explains(transport, after, oldest) {
            return Err(Flaw::NeedlessReset { after, oldest });
        }
        Ok(())
    }

    /// A message came.
    pub(super) fn message(
        &mut self,
        id: MessageId,
        stamp: Stamp,
        ledger: &mut Ledger,
    ) -> Result<(), Flaw> {
        let announced = self.announced.take();
        let expected = announced.unwrap_or(next(self.position));
        let order = if id <= self.position {
            Err(self.again(id))
        } else {
            self.go_on(id, announced, ledger)
        };
        order.and_then(|()| match id == expected {
            true => ledger.witness(id, stamp),
            false => {
                Err(
                    announced.map_or(Flaw::Gap { expected, got: id }, |named| Flaw::WrongOldest {
                        named,
                        got: id,
                    }),
                )
            }
        })
    }

    /// Nothing will come any more: what is missing up to `head`, the last message there is.
    pub(super) fn end(&mut self, ledger: &Ledger) -> Result<(), Flaw> {
        let head = ledger.head();
        if !self.has(head) {
            return Err(Flaw::Missing {
                after: self.position,
                head,
            });
        }
        let Some(named) = self.announced.take() else {
            return Ok(());
        };
        self.lost += ledger.between(self.position, named);
        if named == next(head) {
            Ok(())
        } else {
            Err(Flaw::WrongOldest {
                named,
                got: next(head),
            })
        }
    }

    /// Whether it has got this message, or was told that it will not.
    pub(super) fn has(&self, id: MessageId) -> bool {
        self.position >= id || self.announced.is_some_and(|oldest| oldest > id)
    }

    fn go_on(
        &mut self,
        id: MessageId,
        announced: Option<MessageId>,
        ledger: &Ledger,
    ) -> Result<(), Flaw> {
        if id != next(self.position) {
            self.skipped.push((next(self.position), before(id)));
        }
        if announced == Some(id) {
            self.lost += ledger.between(self.position, id);
        }
        (self.position, self.cursor) = (id, id);
        Ok(())
    }

    fn again(&self, id: MessageId) -> Flaw {
        match self
            .skipped
            .iter()
            .any(|(first, last)| (first..=last).contains(&&id))
        {
            true => Flaw::OutOfOrder {
                id,
                after: self.position,
            },
            false => Flaw::Duplicate { id },
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
