//! What a reader gets at its position, encoded once for all readers of a walk that stand there.

use super::{Feed, Wire};
use crate::log::Read;
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
    pub(super) next: u64,
    /// How many messages that is; none for a reset.
    pub(super) messages: u64,
}

/// The chunks of one feed during one walk.
#[derive(Default)]
pub(super) struct Chunks(Vec<(usize, u64, Chunk)>);

impl Chunks {
    /// The chunk for a reader at `next`; none if it is up to date.
    pub(super) fn at(&mut self, next: u64, wire: &Arc<dyn Wire>, feed: &Feed) -> Option<Chunk> {
        if !feed.has(next) {
            return None;
        }
        let kind = Arc::as_ptr(wire).addr();
        if let Some(at) = self.0.iter().position(|(k, n, _)| (*k, *n) == (kind, next)) {
            // The one used last comes first, and so stays.
            self.0[..=at].rotate_right(1);
            return Some(self.0[0].2.clone());
        }
        let chunk = encode(next, &**wire, feed)?;
        self.0.truncate(REMEMBERED - 1);
        self.0.insert(0, (kind, next, chunk.clone()));
        Some(chunk)
    }

    /// Gives the memory back: most channels are silent most of the time.
    pub(super) fn forget(&mut self) {
        self.0 = Vec::new();
    }
}

fn encode(next: u64, wire: &dyn Wire, feed: &Feed) -> Option<Chunk> {
    match feed.read(next, usize::MAX, CHUNK) {
        Read::CaughtUp => None,
        Read::Lost(reset) => Some(Chunk { bytes: wire.reset(reset), next: reset.oldest.offset, messages: 0 }),
        Read::Messages(batch) => {
            let messages = batch.len() as u64;
            Some(Chunk { bytes: wire.messages(&batch), next: next + messages, messages })
        }
    }
}
