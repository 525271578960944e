//! What a reader gets at its cursor, encoded once for all readers of a walk that stand there.

use super::{Channel, Encoder, PollTemplate};
use crate::{
    budget::{BudgetExhausted, MemoryBudget},
    history::HistoryRead,
    message::MessageId,
    metrics::Sent,
};
use bytes::Bytes;
use std::{ptr, sync::Arc};

/// How much is encoded at a time: about what a socket's send buffer takes. So much of it may wait for a socket without
/// being counted, for each connection.
pub(super) const CHUNK: usize = 16 * 1024;
/// How many positions are remembered: nearly all readers of a walk stand at one, those that return stand anywhere.
const REMEMBERED: usize = 16;
/// How many bytes are remembered, beside the encoding used last.
const REMEMBERED_BYTES: usize = 256 * 1024;

/// Bytes for a reader, and where it stands when it has them.
pub struct EncodedBatch {
    /// The bytes.
    pub bytes: Bytes,
    /// The reader's cursor behind them.
    pub cursor: MessageId,
    /// What counts of that.
    pub sent: Sent,
    /// Nobody may keep a large part of it.
    in_passing: bool,
}

impl EncodedBatch {
    /// What a reader gets that stands at `cursor` afterwards.
    pub fn new(bytes: Bytes, cursor: MessageId, sent: Sent) -> Self {
        Self {
            bytes,
            cursor,
            sent,
            in_passing: false,
        }
    }

    /// How many bytes of it a socket may leave for later.
    pub(super) fn may_wait(&self) -> usize {
        if self.in_passing { CHUNK } else { usize::MAX }
    }
}

/// Which encoding: the feed and the kind by what is unique to them while they live.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    feed: usize,
    kind: usize,
    cursor: MessageId,
}

/// The chunks that one worker thread encoded last.
pub(super) struct EncodeCache {
    encode_cache: Vec<(Key, EncodedBatch)>,
    budget: MemoryBudget,
}

impl EncodeCache {
    /// What is large counts against this budget as long as a socket has not taken it.
    pub(super) fn new(budget: MemoryBudget) -> Self {
        Self {
            encode_cache: Vec::new(),
            budget,
        }
    }

    /// The chunk for a stream at this cursor; none if it is up to date.
    pub(super) fn at(
        &mut self,
        cursor: MessageId,
        encoder: &Arc<dyn Encoder>,
        feed: &Channel,
    ) -> Option<&EncodedBatch> {
        let key = Key {
            feed: address(feed),
            kind: Arc::as_ptr(encoder).addr(),
            cursor,
        };
        feed.has_news(cursor)
            .then(|| self.find(key, || encode(cursor, &**encoder, feed)))?
    }

    /// The answer for a poller at this cursor; none if it is up to date.
    pub(super) fn answer(
        &mut self,
        cursor: MessageId,
        template: &dyn PollTemplate,
        feed: &Channel,
        last: bool,
    ) -> Option<&EncodedBatch> {
        let key = Key {
            feed: address(feed),
            kind: template.encoding(),
            cursor,
        };
        feed.has_news(cursor)
            .then(|| self.find(key, || Some(template.response(feed, cursor, last))))?
    }

    fn find(
        &mut self,
        key: Key,
        encode: impl FnOnce() -> Option<EncodedBatch>,
    ) -> Option<&EncodedBatch> {
        match self.encode_cache.iter().position(|(same, _)| *same == key) {
            // The one used last comes first, and so stays.
            Some(at) => self.encode_cache[..=at].rotate_right(1),
            None => {
                let chunk = self.charged(encode()?);
                self.make_room(chunk.bytes.len());
                self.encode_cache.insert(0, (key, chunk));
            }
        }
        self.encode_cache.first().map(|(_, chunk)| chunk)
    }

    /// Counts what is large. Where there is no room for it the reader gets it all the same, as far as its socket takes it.
    fn charged(&self, chunk: EncodedBatch) -> EncodedBatch {
        if chunk.bytes.len() <= CHUNK {
            return chunk;
        }
        match self.budget.charge(&chunk.bytes) {
            Ok(bytes) => EncodedBatch { bytes, ..chunk },
            Err(BudgetExhausted) => EncodedBatch {
                in_passing: true,
                ..chunk
            },
        }
    }

    fn make_room(&mut self, bytes: usize) {
        let mut all = bytes;
        let fits = self
            .encode_cache
            .iter()
            .take(REMEMBERED - 1)
            .take_while(|(_, chunk)| {
                all += chunk.bytes.len();
                all <= REMEMBERED_BYTES
            });
        let fits = fits.count();
        self.encode_cache.truncate(fits);
    }

    /// Gives back the memory that a feed's encodings take: most channels are silent most of the time.
    pub(super) fn forget(&mut self, feed: &Channel) {
        self.encode_cache
            .retain(|(key, _)| key.feed != address(feed));
    }

    /// Gives all of it back.
    pub(super) fn forget_all(&mut self) {
        self.encode_cache = Vec::new();
    }
}

fn address(feed: &Channel) -> usize {
    ptr::from_ref(feed).addr()
}

fn encode(cursor: MessageId, encoder: &dyn Encoder, feed: &Channel) -> Option<EncodedBatch> {
    match feed.read(cursor, usize::MAX, CHUNK) {
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
        HistoryRead::Messages(batch) => {
            let (bytes, cursor) = (
                encoder.messages(&batch),
                batch.last().map_or(cursor, |last| last.id),
            );
            let sent = Sent {
                messages: batch.len() as u64,
                bytes: bytes.len() as u64,
                resets: 0,
            };
            Some(EncodedBatch::new(bytes, cursor, sent))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        history::{History, Reset, Retention},
        hub::Disconnect,
        message::{ChannelName, Message},
    };
    use proptest::prelude::*;
    use std::{
        collections::HashSet,
        sync::atomic::{AtomicUsize, Ordering},
    };

    /// Writes the offsets of messages, and counts how often.
    #[derive(Default)]
    struct Offsets(AtomicUsize);

    impl Encoder for Offsets {
        fn messages(&self, batch: &[Message]) -> Bytes {
            self.0.fetch_add(1, Ordering::Relaxed);
            batch
                .iter()
                .map(|message| message.id.offset as u8)
                .collect()
        }

        fn reset(&self, _: Reset) -> Bytes {
            Bytes::from_static(b"reset")
        }

        fn heartbeat(&self) -> Bytes {
            Bytes::new()
        }

        fn disconnect(&self, _: Disconnect) -> Bytes {
            Bytes::new()
        }
    }

    fn encode_cache() -> EncodeCache {
        EncodeCache::new(MemoryBudget::new(1 << 20))
    }

    fn at(offset: u64) -> MessageId {
        MessageId { epoch: 7, offset }
    }

    fn feed(messages: u64, held: usize) -> Channel {
        let feed = Channel::new(
            ChannelName::main(),
            History::new(
                at(0),
                Retention {
                    messages: held,
                    bytes: 1 << 20,
                    age: 1 << 40,
                },
            ),
            true,
            None,
        );
        for offset in 1..=messages {
            let _ = feed
                .append(Message::new(at(offset), &ChannelName::main(), "1", 0))
                .expect("the next one");
        }
        feed
    }

    proptest! {
        #[test]
        fn each_position_is_encoded_once_in_a_walk(offsets in prop::collection::vec(0..=6_u64, 0..100)) {
            let (feed, counting) = (feed(6, 10), Arc::new(Offsets::default()));
            let encoder: Arc<dyn Encoder> = counting.clone();
            let mut encode_cache = encode_cache();
            for offset in &offsets {
                let chunk = encode_cache.at(at(*offset), &encoder, &feed);
                let expected: Vec<_> = (*offset as u8 + 1..=6).collect();
                prop_assert_eq!(chunk.map_or(&b""[..], |chunk| &chunk.bytes), &expected);
            }
            let behind: HashSet<_> = offsets.into_iter().filter(|offset| *offset < 6).collect();
            prop_assert_eq!(counting.0.load(Ordering::Relaxed), behind.len());
        }
    }

    #[test]
    fn two_wires_at_one_position_have_a_chunk_each() {
        let (feed, mut encode_cache) = (feed(1, 1), encode_cache());
        let counting = [Arc::new(Offsets::default()), Arc::new(Offsets::default())];
        for encoder in counting.iter().chain(&counting) {
            let encoder: Arc<dyn Encoder> = encoder.clone();
            assert!(encode_cache.at(at(0), &encoder, &feed).is_some());
        }
        assert_eq!(
            counting.map(|encoder| encoder.0.load(Ordering::Relaxed)),
            [1, 1]
        );
    }

    #[test]
    fn a_lost_position_goes_on_behind_a_reset() {
        let (feed, mut encode_cache) = (feed(6, 2), encode_cache());
        let encoder: Arc<dyn Encoder> = Arc::new(Offsets::default());
        let reset = encode_cache.at(at(1), &encoder, &feed).expect("a reset");
        assert_eq!(
            (&reset.bytes[..], reset.cursor, reset.sent.resets),
            (&b"reset"[..], at(4), 1)
        );
        assert_eq!(
            encode_cache
                .at(at(4), &encoder, &feed)
                .expect("the rest")
                .bytes,
            &[5, 6][..]
        );
    }

    /// A feed with so many messages of 20 kB, each of which is an encoding of its own.
    fn large(messages: u64) -> Channel {
        let feed = feed(0, 1000);
        let text = format!("\"{}\"", "x".repeat(20_000));
        (1..=messages).for_each(|at_| {
            assert!(
                feed.append(Message::new(at(at_), &ChannelName::main(), &text, 0))
                    .is_ok()
            )
        });
        feed
    }

    /// Writes messages as they are.
    struct Plain;

    impl Encoder for Plain {
        fn messages(&self, batch: &[Message]) -> Bytes {
            batch
                .iter()
                .flat_map(|message| message.json().to_vec())
                .collect()
        }

        fn reset(&self, _: Reset) -> Bytes {
            Bytes::new()
        }

        fn heartbeat(&self) -> Bytes {
            Bytes::new()
        }

        fn disconnect(&self, _: Disconnect) -> Bytes {
            Bytes::new()
        }
    }

    #[test]
    fn what_is_remembered_of_many_feeds_is_bounded_in_bytes_and_forgotten_by_feed() {
        let (budget, encoder): (_, Arc<dyn Encoder>) =
            (MemoryBudget::new(1 << 30), Arc::new(Plain));
        let mut encode_cache = EncodeCache::new(budget.clone());
        let feeds: Vec<_> = (0..10).map(|_| large(8)).collect();
        for feed in &feeds {
            for offset in 0..8 {
                assert!(encode_cache.at(at(offset), &encoder, feed).is_some());
            }
        }
        let held = budget.held();
        assert!(
            (REMEMBERED_BYTES / 2..=REMEMBERED_BYTES).contains(&held),
            "{held}"
        );
        feeds.iter().for_each(|feed| encode_cache.forget(feed));
        assert_eq!(budget.held(), 0);
    }

    #[test]
    fn what_a_socket_has_not_taken_counts_and_beyond_the_budget_it_may_not_wait() {
        let (budget, encoder): (_, Arc<dyn Encoder>) =
            (MemoryBudget::new(100_000), Arc::new(Plain));
        let (mut encode_cache, feed) = (EncodeCache::new(budget.clone()), large(4));
        let waits: Vec<_> = (0..4)
            .map(|offset| {
                encode_cache
                    .at(at(offset), &encoder, &feed)
                    .unwrap()
                    .bytes
                    .clone()
            })
            .collect();
        encode_cache.forget(&feed);
        assert!(
            (40_000..50_000).contains(&budget.held()),
            "{}",
            budget.held()
        );
        let last = encode_cache
            .at(at(3), &encoder, &feed)
            .expect("its reader gets it all the same");
        assert_eq!((last.may_wait(), &last.bytes), (CHUNK, &waits[3]));
        drop(waits);
        encode_cache.forget(&feed);
        assert_eq!(
            encode_cache
                .at(at(3), &encoder, &feed)
                .expect("a chunk")
                .may_wait(),
            usize::MAX
        );
    }
}
