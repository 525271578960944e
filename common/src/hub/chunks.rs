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
