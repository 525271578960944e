//! A subscriber of several channels: its places in their groups, and its batches.

use crate::{
    budget::BudgetShare,
    channel_set::{ChannelSet, SetEvent},
    metrics::Sent,
    transport::SetEncoder,
};
use bytes::{Bytes, BytesMut};

/// How much is encoded at a time, in bytes. As much may be unsent without a share of the memory
/// budget: less than for one channel, since the set takes memory too.
const BATCH_BYTES: usize = 8 * 1024;

/// A place in the group of a channel.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) group: u32,
    pub(crate) index: u32,
}

pub(crate) struct SetSubscription {
    pub(crate) set: ChannelSet,
    /// The subscriber's place in the group of each channel of the set.
    pub(crate) places: Vec<Place>,
    /// Holds a large batch that the kernel has not accepted.
    share: BudgetShare,
}

/// What is sent to one subscriber.
pub(super) struct SetBatch {
    pub(super) bytes: Bytes,
    pub(super) sent: Sent,
    /// How many of the bytes the socket may leave unsent.
    pub(super) max_unsent: usize,
}

impl SetSubscription {
    pub(crate) fn new(set: ChannelSet, share: BudgetShare) -> Self {
        Self {
            set,
            places: Vec::new(),
            share,
        }
    }

    /// Records a new index in a group.
    pub(crate) fn move_to(&mut self, place: Place) {
        let moved = self.places.iter_mut();
        for other in moved.filter(|other| other.group == place.group) {
            other.index = place.index;
        }
    }

    /// Encodes what comes after the cursors, and moves them. Call it once the last batch was sent.
    ///
    /// Returns `None` if there is nothing.
    pub(super) fn next_batch(&mut self, encoder: &dyn SetEncoder) -> Option<SetBatch> {
        self.share.clear();
        if !self.set.has_news() {
            return None;
        }
        let (bytes, sent) = encode(&mut self.set, encoder)?;
        let has_share = bytes.len() <= BATCH_BYTES || self.share.grow_to(bytes.len()).is_ok();
        Some(SetBatch {
            bytes,
            sent,
            max_unsent: if has_share { usize::MAX } else { BATCH_BYTES },
        })
    }
}

fn encode(set: &mut ChannelSet, encoder: &dyn SetEncoder) -> Option<(Bytes, Sent)> {
    let mut sent = Sent::default();
    let mut out = BytesMut::new();
    let mut largest = 0;
    let mut merge = set.merge();
    while let Some(next) = merge.peek() {
        // What an event adds to its message is about the same for all.
        if !out.is_empty() && out.len() + next.message_bytes() + largest > BATCH_BYTES {
            break;
        }
        let before = out.len() + next.message_bytes();
        match merge.take()? {
            SetEvent::Message(message) => {
                encoder.write_message(&message, &merge.cursor(), &mut out);
                sent.messages += 1;
            }
            SetEvent::Reset(channel, reset) => {
                encoder.write_reset(&channel, reset, &merge.cursor(), &mut out);
                sent.resets += 1;
            }
        }
        largest = largest.max(out.len().saturating_sub(before));
    }
    if sent.messages + sent.resets == 0 {
        return None;
    }
    // Without an envelope an end may have nothing to send. A frame of nothing would end a body.
    let bytes = if out.is_empty() {
        Bytes::new()
    } else {
        encoder.frame(out)
    };
    sent.bytes = bytes.len() as u64;
    Some((bytes, sent))
}
