//! What a subscriber gets after its cursor, encoded once for all subscribers with that cursor.

use super::encoder::{BATCH_BYTES, EncodedBatch, Encoder, PollTemplate};
use crate::{
    budget::{BudgetExhausted, MemoryBudget},
    channels::Channel,
    history::{HistoryRead, Reset},
    message::{Message, MessageId},
    metrics::Sent,
};
use std::{ptr, sync::Arc};

#[cfg(test)]
mod tests;

/// How many batches are cached. Nearly all subscribers of a fan-out have the same cursor, but those
/// that resume have any.
const MAX_BATCHES: usize = 16;
/// How many bytes are cached, beside the batch that was used last.
const MAX_BYTES: usize = 256 * 1024;

/// What a batch was encoded from: channel and encoding by numbers that are unique while they live.
#[derive(Clone, Copy, PartialEq, Eq)]
struct BatchKey {
    channel: usize,
    encoding: usize,
    cursor: MessageId,
}

/// The batches that one shard encoded last.
pub(crate) struct EncodeCache {
    /// The most recently used batch first.
    batches: Vec<(BatchKey, EncodedBatch)>,
    budget: MemoryBudget,
}

impl EncodeCache {
    /// Creates a cache whose large batches take a share of `budget` while a socket has not sent
    /// them.
    pub(crate) fn new(budget: MemoryBudget) -> Self {
        Self {
            batches: Vec::new(),
            budget,
        }
    }

    /// Returns the batch for a stream with this cursor. Returns `None` if it is up to date.
    pub(crate) fn stream_batch(
        &mut self,
        cursor: MessageId,
        encoder: &Arc<dyn Encoder>,
        channel: &Channel,
    ) -> Option<&EncodedBatch> {
        if !channel.has_news(cursor) {
            return None;
        }
        let key = BatchKey {
            channel: address(channel),
            encoding: Arc::as_ptr(encoder).addr(),
            cursor,
        };
        self.find_or_encode(key, || encode(cursor, &**encoder, channel))
    }

    /// Returns the response to a poll with this cursor. Returns `None` if it is up to date.
    pub(crate) fn poll_response(
        &mut self,
        cursor: MessageId,
        template: &dyn PollTemplate,
        channel: &Channel,
        last: bool,
    ) -> Option<&EncodedBatch> {
        if !channel.has_news(cursor) {
            return None;
        }
        let key = BatchKey {
            channel: address(channel),
            encoding: template.encoding(),
            cursor,
        };
        self.find_or_encode(key, || Some(template.response(channel, cursor, last)))
    }

    fn find_or_encode(
        &mut self,
        key: BatchKey,
        encode: impl FnOnce() -> Option<EncodedBatch>,
    ) -> Option<&EncodedBatch> {
        if let Some(index) = self.batches.iter().position(|(other, _)| *other == key) {
            self.batches[..=index].rotate_right(1);
        } else {
            let batch = self.charge(encode()?);
            self.evict(batch.bytes.len());
            self.batches.insert(0, (key, batch));
        }
        self.batches.first().map(|(_, batch)| batch)
    }

    /// Takes a share of the memory budget for a large batch. Without a share the subscriber still
    /// gets it, as far as the kernel accepts it.
    fn charge(&self, batch: EncodedBatch) -> EncodedBatch {
        if batch.bytes.len() <= BATCH_BYTES {
            return batch;
        }
        match self.budget.charge(&batch.bytes) {
            Ok(bytes) => EncodedBatch { bytes, ..batch },
            Err(BudgetExhausted) => EncodedBatch {
                exceeds_budget: true,
                ..batch
            },
        }
    }

    /// Makes room for a batch of this size.
    fn evict(&mut self, bytes: usize) {
        let mut total = bytes;
        let fits = |(_, batch): &&(BatchKey, EncodedBatch)| {
            total += batch.bytes.len();
            total <= MAX_BYTES
        };
        let kept = self
            .batches
            .iter()
            .take(MAX_BATCHES - 1)
            .take_while(fits)
            .count();
        self.batches.truncate(kept);
    }

    /// Removes the batches of a channel: most channels are idle most of the time.
    pub(crate) fn remove_channel(&mut self, channel: &Channel) {
        let address = address(channel);
        self.batches.retain(|(key, _)| key.channel != address);
    }

    /// Removes all batches.
    pub(crate) fn clear(&mut self) {
        self.batches = Vec::new();
    }
}

fn address(channel: &Channel) -> usize {
    ptr::from_ref(channel).addr()
}

fn encode(cursor: MessageId, encoder: &dyn Encoder, channel: &Channel) -> Option<EncodedBatch> {
    let (messages, reset) = match channel.read(cursor, usize::MAX, BATCH_BYTES) {
        HistoryRead::CaughtUp => return None,
        HistoryRead::Reset(reset) => (Vec::new(), Some(reset)),
        HistoryRead::Messages(messages) => (messages, None),
    };
    let bytes = match reset {
        Some(reset) => encoder.reset(reset),
        None => encoder.messages(&messages),
    };
    let sent = Sent {
        messages: messages.len() as u64,
        bytes: bytes.len() as u64,
        resets: reset.is_some().into(),
    };
    let last = messages.last();
    let cursor = last.map_or_else(|| reset.map(Reset::cursor), |last| Some(last.id))?;
    Some(EncodedBatch {
        is_end: last.is_some_and(Message::is_end),
        ..EncodedBatch::new(bytes, cursor, sent)
    })
}
