//! What a reader gets at its position, encoded once for all readers of a walk that stand there.

use super::{Exchange, Feed, Wire};
use crate::{log::Read, message::Id, metrics::Sent};
use bytes::Bytes;
use std::sync::Arc;

/// How much is encoded at a time: about what a socket's send buffer takes.
const CHUNK: usize = 16 * 1024;
/// How many positions are remembered: nearly all readers stand at one, those that return stand anywhere.
const REMEMBERED: usize = 8;

/// Bytes for a reader, and where it stands when it has them.
pub struct Chunk {
    /// The bytes.
    pub bytes: Bytes,
    /// The reader's position behind them.
    pub position: Id,
    /// What counts of that.
    pub sent: Sent,
}

/// The chunks of one feed during one walk.
#[derive(Default)]
pub(super) struct Chunks(Vec<(usize, Id, Chunk)>);

impl Chunks {
    /// The chunk for a stream at this position; none if it is up to date.
    pub(super) fn at(&mut self, position: Id, wire: &Arc<dyn Wire>, feed: &Feed) -> Option<&Chunk> {
        let kind = Arc::as_ptr(wire).addr();
        feed.has_news(position).then(|| self.find(kind, position, || encode(position, &**wire, feed)))?
    }

    /// The answer for a poller at this position; none if it is up to date.
    pub(super) fn answer(&mut self, position: Id, exchange: &dyn Exchange, feed: &Feed, last: bool) -> Option<&Chunk> {
        let answer = || Some(exchange.answer(feed, position, last));
        feed.has_news(position).then(|| self.find(exchange.kind(), position, answer))?
    }

    fn find(&mut self, kind: usize, position: Id, encode: impl FnOnce() -> Option<Chunk>) -> Option<&Chunk> {
        match self.0.iter().position(|(k, p, _)| (*k, *p) == (kind, position)) {
            // The one used last comes first, and so stays.
            Some(at) => self.0[..=at].rotate_right(1),
            None => {
                let chunk = encode()?;
                self.0.truncate(REMEMBERED - 1);
                self.0.insert(0, (kind, position, chunk));
            }
        }
        self.0.first().map(|(_, _, chunk)| chunk)
    }

    /// Gives the memory back: most channels are silent most of the time.
    pub(super) fn forget(&mut self) {
        self.0 = Vec::new();
    }
}

fn encode(position: Id, wire: &dyn Wire, feed: &Feed) -> Option<Chunk> {
    match feed.read(position, usize::MAX, CHUNK) {
        Read::CaughtUp => None,
        Read::Lost(reset) => {
            let bytes = wire.reset(reset);
            let sent = Sent { messages: 0, bytes: bytes.len() as u64, resets: 1 };
            Some(Chunk { bytes, position: reset.position(), sent })
        }
        Read::Messages(batch) => {
            let (bytes, position) = (wire.messages(&batch), batch.last().map_or(position, |last| last.id));
            let sent = Sent { messages: batch.len() as u64, bytes: bytes.len() as u64, resets: 0 };
            Some(Chunk { bytes, position, sent })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hub::Goodbye,
        log::{Log, Reset, Retention},
        message::{Channel, Message},
    };
    use proptest::prelude::*;
    use std::{
        collections::HashSet,
        sync::atomic::{AtomicUsize, Ordering},
    };

    /// Writes the offsets of messages, and counts how often.
    #[derive(Default)]
    struct Offsets(AtomicUsize);

    impl Wire for Offsets {
        fn messages(&self, batch: &[Message]) -> Bytes {
            self.0.fetch_add(1, Ordering::Relaxed);
            batch.iter().map(|message| message.id.offset as u8).collect()
        }

        fn reset(&self, _: Reset) -> Bytes {
            Bytes::from_static(b"reset")
        }

        fn heartbeat(&self) -> Bytes {
            Bytes::new()
        }

        fn goodbye(&self, _: Goodbye) -> Bytes {
            Bytes::new()
        }
    }

    fn at(offset: u64) -> Id {
        Id { epoch: 7, offset }
    }

    fn feed(messages: u64, held: usize) -> Feed {
        let feed =
            Feed::new(Channel::main(), Log::new(at(0), Retention { messages: held, bytes: 1 << 20, age: 1 << 40 }));
        for offset in 1..=messages {
            feed.append(Message::new(at(offset), &Channel::main(), "1", 0)).expect("the next one");
        }
        feed
    }

    proptest! {
        #[test]
        fn each_position_is_encoded_once_in_a_walk(offsets in prop::collection::vec(0..=6_u64, 0..100)) {
            let (feed, counting) = (feed(6, 10), Arc::new(Offsets::default()));
            let wire: Arc<dyn Wire> = counting.clone();
            let mut chunks = Chunks::default();
            for offset in &offsets {
                let chunk = chunks.at(at(*offset), &wire, &feed);
                let expected: Vec<_> = (*offset as u8 + 1..=6).collect();
                prop_assert_eq!(chunk.map_or(&b""[..], |chunk| &chunk.bytes), &expected);
            }
            let behind: HashSet<_> = offsets.into_iter().filter(|offset| *offset < 6).collect();
            prop_assert_eq!(counting.0.load(Ordering::Relaxed), behind.len());
        }
    }

    #[test]
    fn two_wires_at_one_position_have_a_chunk_each() {
        let (feed, mut chunks) = (feed(1, 1), Chunks::default());
        let counting = [Arc::new(Offsets::default()), Arc::new(Offsets::default())];
        for wire in counting.iter().chain(&counting) {
            let wire: Arc<dyn Wire> = wire.clone();
            assert!(chunks.at(at(0), &wire, &feed).is_some());
        }
        assert_eq!(counting.map(|wire| wire.0.load(Ordering::Relaxed)), [1, 1]);
    }

    #[test]
    fn a_lost_position_goes_on_behind_a_reset() {
        let (feed, mut chunks) = (feed(6, 2), Chunks::default());
        let wire: Arc<dyn Wire> = Arc::new(Offsets::default());
        let reset = chunks.at(at(1), &wire, &feed).expect("a reset");
        assert_eq!((&reset.bytes[..], reset.position, reset.sent.resets), (&b"reset"[..], at(4), 1));
        assert_eq!(chunks.at(at(4), &wire, &feed).expect("the rest").bytes, &[5, 6][..]);
    }
}
