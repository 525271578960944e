//! What a subscriber gets after its cursor, encoded once for all subscribers with that cursor.

use super::Channel;
use crate::{
    budget::{BudgetExhausted, MemoryBudget},
    history::{HistoryRead, Reset},
    message::{Cursor, Message, MessageId},
    metrics::Sent,
};
use bytes::Bytes;
use std::{ptr, sync::Arc, time::Duration};

#[cfg(test)]
mod tests;

/// How much is encoded at a time, in bytes: about one send buffer of a socket. As much may be
/// unsent on each connection without a share of the memory budget.
pub(super) const BATCH_BYTES: usize = 16 * 1024;
/// How many batches are cached. Nearly all subscribers of a fan-out have the same cursor, but those
/// that resume have any.
const MAX_BATCHES: usize = 16;
/// How many bytes are cached, beside the batch that was used last.
const MAX_BYTES: usize = 256 * 1024;

/// The frames of one transport.
///
/// A service shares one encoder among all streams of a kind: what it encodes for one subscriber is
/// sent to all others with the same cursor.
pub trait Encoder: Send + Sync + 'static {
    /// Encodes messages, at least one.
    fn messages(&self, batch: &[Message]) -> Bytes;

    /// Encodes a [`Reset`].
    fn reset(&self, reset: Reset) -> Bytes;

    /// Encodes a heartbeat, which tells proxies and the client that the stream is alive.
    fn heartbeat(&self) -> Bytes;

    /// Returns how often heartbeats are sent, also on a busy stream, if not as the service is
    /// configured.
    fn heartbeat_every(&self) -> Option<Duration> {
        None
    }

    /// Returns whether the client must reply to heartbeats. Such heartbeats are sent on a busy
    /// stream, too, and a client that sends nothing is disconnected as silent.
    fn expects_replies(&self) -> bool {
        false
    }

    /// Encodes the last bytes of a stream.
    fn disconnect(&self, disconnect: Disconnect) -> Bytes;
}

/// A long poll that waits for messages, and how its transport responds. Shared by all connections
/// that send the same request.
pub trait PollTemplate {
    /// Encodes the response with everything after `cursor`, which may be nothing. After the `last`
    /// response the connection is closed.
    fn response(&self, channel: &Channel, cursor: MessageId, last: bool) -> EncodedBatch;

    /// Returns a number that templates with equal responses share: they share encoded batches.
    fn encoding(&self) -> usize;

    /// Returns how long the request waits before it gets an empty response.
    fn wait(&self) -> Duration;

    /// Returns the new cursor if `request` is this request except for its cursor, and nothing else.
    fn matches(&self, request: &[u8]) -> Option<Cursor>;
}

/// Why the service ends a stream, for the client to know when to reconnect.
///
/// Written to the subscriber; metrics and log lines record a `DisconnectReason` for every end, also
/// for those of the client or the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disconnect {
    /// The service drains. Reconnect after this time, which differs between subscribers.
    Draining(Duration),
    /// The token has expired. Reconnecting needs a new one.
    TokenExpired,
}

/// Bytes for all subscribers with one cursor.
pub struct EncodedBatch {
    /// The bytes.
    pub bytes: Bytes,
    /// The subscriber's cursor after them.
    pub cursor: MessageId,
    /// What they add to the metrics.
    pub sent: Sent,
    /// The memory budget has no share for them.
    exceeds_budget: bool,
}

impl EncodedBatch {
    /// Creates a batch after which a subscriber has this cursor.
    pub fn new(bytes: Bytes, cursor: MessageId, sent: Sent) -> Self {
        Self {
            bytes,
            cursor,
            sent,
            exceeds_budget: false,
        }
    }

    /// Returns how many of the bytes a socket may leave unsent.
    pub(super) fn max_unsent(&self) -> usize {
        if self.exceeds_budget {
            BATCH_BYTES
        } else {
            usize::MAX
        }
    }
}

/// What a batch was encoded from: channel and encoding by numbers that are unique while they live.
#[derive(Clone, Copy, PartialEq, Eq)]
struct BatchKey {
    channel: usize,
    encoding: usize,
    cursor: MessageId,
}

/// The batches that one shard encoded last.
pub(super) struct EncodeCache {
    /// The most recently used batch first.
    batches: Vec<(BatchKey, EncodedBatch)>,
    budget: MemoryBudget,
}

impl EncodeCache {
    /// Creates a cache whose large batches take a share of `budget` while a socket has not sent
    /// them.
    pub(super) fn new(budget: MemoryBudget) -> Self {
        Self {
            batches: Vec::new(),
            budget,
        }
    }

    /// Returns the batch for a stream with this cursor. Returns `None` if it is up to date.
    pub(super) fn stream_batch(
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
    pub(super) fn poll_response(
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
        match self.batches.iter().position(|(other, _)| *other == key) {
            Some(index) => self.batches[..=index].rotate_right(1),
            None => {
                let batch = self.charge(encode()?);
                self.evict(batch.bytes.len());
                self.batches.insert(0, (key, batch));
            }
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
    pub(super) fn remove_channel(&mut self, channel: &Channel) {
        let address = address(channel);
        self.batches.retain(|(key, _)| key.channel != address);
    }

    /// Removes all batches.
    pub(super) fn clear(&mut self) {
        self.batches = Vec::new();
    }
}

fn address(channel: &Channel) -> usize {
    ptr::from_ref(channel).addr()
}

fn encode(cursor: MessageId, encoder: &dyn Encoder, channel: &Channel) -> Option<EncodedBatch> {
    match channel.read(cursor, usize::MAX, BATCH_BYTES) {
        HistoryRead::CaughtUp => None,
        HistoryRead::Reset(reset) => {
            let bytes = encoder.reset(reset);
            let sent = Sent {
                messages: 0,
                bytes: bytes.len() as u64,
                resets: 1,
            };
            Some(EncodedBatch::new(bytes, reset.cursor(), sent))
        }
        HistoryRead::Messages(messages) => {
            let bytes = encoder.messages(&messages);
            let cursor = messages.last().map_or(cursor, |last| last.id);
            let sent = Sent {
                messages: messages.len() as u64,
                bytes: bytes.len() as u64,
                resets: 0,
            };
            Some(EncodedBatch::new(bytes, cursor, sent))
        }
    }
}
