//! The requests of a poll subscriber: which one is served here, and which one goes back to actix.

use super::PollSubscriber;
use crate::{
    message::MessageId,
    subscriber::{departure::Departure, shard_state::ShardContext},
};
use bytes::Bytes;
use net::Tick;
use std::mem;

/// Timer slack: a deadline may fire this many ticks late.
const TIMER_SLACK: Tick = 2;

impl PollSubscriber {
    /// Begins the next wait if its client repeats its request. Returns false if there is none yet.
    pub(in crate::subscriber) fn take_request(
        &mut self,
        context: &mut ShardContext<'_>,
    ) -> Result<bool, Departure> {
        let Some(length) = self.read(&mut context.shard.buffer)? else {
            return Ok(false);
        };
        let request = &context.shard.buffer[..length];
        let Some(cursor) = self.recognise(request, context) else {
            return Err(Departure::Reattach(Bytes::copy_from_slice(request)));
        };
        self.wait(cursor, context);
        context.shard.metrics.subscribers.inc();
        Ok(true)
    }

    /// Reads a request into `buffer`. Returns `None` if there is nothing that can be processed now.
    fn read(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, Departure> {
        loop {
            if self.is_read_paused() {
                return match self.writer.peer_end() {
                    Some(_) => Err(self.writer.lost_reason().into()),
                    None => Ok(None),
                };
            }
            if !self.read_ahead.is_empty() {
                return Err(self.reattach());
            }
            let Some(length) = self.writer.read(buffer)? else {
                return Ok(None);
            };
            if self.writer.is_closing() {
                // Read only to observe the end of the connection.
                self.writer.request_turn();
                return Ok(None);
            }
            if !self.is_waiting {
                return Ok(Some(length));
            }
            self.read_ahead = buffer[..length].into();
        }
    }

    pub(super) fn reattach(&mut self) -> Departure {
        Departure::Reattach(mem::take(&mut self.read_ahead).into())
    }

    /// Returns whether the socket is not read: while bytes are unsent, and after a read-ahead.
    fn is_read_paused(&self) -> bool {
        self.writer.is_blocked() || self.is_waiting && !self.read_ahead.is_empty()
    }

    /// Returns the cursor of the same request. Returns `None` if actix has to process it.
    fn recognise(&self, request: &[u8], context: &ShardContext<'_>) -> Option<MessageId> {
        let until_expiry = context.until_expiry(self.expires);
        // A token that is about to expire is checked by actix, to the millisecond.
        if context.is_draining() || until_expiry <= TIMER_SLACK {
            return None;
        }
        let channel = context.source.one()?;
        let resume = channel.resume(self.template.matches(request)?);
        let waits = resume.reset.is_none() && !channel.ends_at(resume.cursor);
        waits.then_some(resume.cursor)
    }
}
