//! What a reader gets at its position, encoded once for all readers of a walk that stand there.

use super::{Feed, Wire};
use crate::{log::Read, message::Id};
use bytes::Bytes;
use std::sync::Arc;

/// How much is encoded at a time: about what a socket's send buffer takes.
const CHUNK: usize = 16 * 1024;
/// How many positions are remembered: nearly all readers stand at one, those that return stand anywhere.
const REMEMBERED: usize = 8;

/// Bytes for a reader, and where it stands when it has them.
#[derive(Clone)]
pub(super) struct Chunk {
    pub(super) bytes: Bytes,
    pub(super) position: Id,
    /// How many messages that is; none for a reset.
    pub(super) messages: u64,
}

/// The chunks of one feed during one walk.
#[derive(Default)]
pub(super) struct Chunks(Vec<(usize, Id, Chunk)>);

impl Chunks {
    /// The chunk for a reader at this position; none if it is up to date.
    pub(super) fn at(&mut self, position: Id, wire: &Arc<dyn Wire>, feed: &Feed) -> Option<Chunk> {
        if !feed.has_news(position) {
            return None;
        }
        let kind = Arc::as_ptr(wire).addr();
        if let Some(at) = self.0.iter().position(|(k, p, _)| (*k, *p) == (kind, position)) {
            // The one used last comes first, and so stays.
            self.0[..=at].rotate_right(1);
            return Some(self.0[0].2.clone());
        }
        let chunk = encode(position, &**wire, feed)?;
        self.0.truncate(REMEMBERED - 1);
        self.0.insert(0, (kind, position, chunk.clone()));
        Some(chunk)
    }

    /// Gives the memory back: most channels are silent most of the time.
    pub(super) fn forget(&mut self) {
        self.0 = Vec::new();
    }
}

fn encode(position: Id, wire: &dyn Wire, feed: &Feed) -> Option<Chunk> {
    match feed.read(position, usize::MAX, CHUNK) {
        Read::CaughtUp => None,
        Read::Lost(reset) => Some(Chunk { bytes: wire.reset(reset), position: reset.position(), messages: 0 }),
        Read::Messages(batch) => {
            let position = batch.last().map_or(position, |last| last.id);
            Some(Chunk { bytes: wire.messages(&batch), position, messages: batch.len() as u64 })
        }
    }
}
