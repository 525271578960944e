//! The body of a response with many messages, or large ones, in pieces that are read from the log when the peer has taken
//! those before. What a peer does not take costs no memory, and keeps nothing alive that the log lets go of.

use super::{Batch, close};
use crate::{history::HistoryRead, hub::ChannelLease, message::MessageId, metrics::Sent};
use bytes::{BufMut, Bytes, BytesMut};
use futures_core::Stream;
use std::{
    io, mem,
    pin::Pin,
    task::{Context, Poll},
};

/// About how many bytes a piece has at most.
pub(super) const PIECE: usize = 8 * 1024;
/// With what stands around messages.
const ROOM: usize = PIECE + 512;
/// About how many bytes the response has at most; the rest comes with the next request.
const MAX_BYTES: usize = 1024 * 1024;

/// See the module.
pub(super) struct Pieces<F: FnOnce(Sent)> {
    feed: ChannelLease,
    /// The id of the last message that was given whole.
    position: MessageId,
    /// How many bytes of the next message were given.
    within: usize,
    /// What the next piece begins with.
    begun: BytesMut,
    /// How many more messages may come.
    limit: u64,
    given: Sent,
    sent: Option<F>,
}

impl<F: FnOnce(Sent)> Pieces<F> {
    /// The response that `batch` begins; its messages are read again.
    pub(super) fn new(feed: ChannelLease, batch: &Batch, limit: u64, sent: F) -> Self {
        let position = batch
            .messages
            .first()
            .map_or(batch.cursor, |first| first.id.previous());
        let mut begun = BytesMut::with_capacity(ROOM);
        batch.open(&mut begun);
        let given = Sent {
            resets: batch.reset.is_some().into(),
            ..Sent::default()
        };
        Self {
            feed,
            position,
            within: 0,
            begun,
            limit,
            given,
            sent: Some(sent),
        }
    }

    /// The next piece; an error if the log let go of a message of which the peer has a part.
    fn piece(&mut self) -> Option<io::Result<Bytes>> {
        self.sent.as_ref()?;
        if self.within > 0 {
            return Some(
                self.part()
                    .ok_or_else(|| io::ErrorKind::ConnectionAborted.into()),
            );
        }
        self.begun.reserve(ROOM - self.begun.len());
        let wanted = if self.given.bytes < MAX_BYTES as u64 {
            self.limit
        } else {
            0
        };
        match self.feed.read(self.position, wanted as usize, PIECE) {
            HistoryRead::Messages(batch) if batch[0].json().len() > PIECE => self.part().map(Ok),
            HistoryRead::Messages(batch) => {
                for message in batch {
                    self.separate();
                    self.begun.put_slice(message.json());
                    self.ended(message.id);
                }
                Some(Ok(self.take()))
            }
            // A reader that lost messages is told with its next request.
            HistoryRead::CaughtUp | HistoryRead::Reset(_) => Some(Ok(self.end())),
        }
    }

    /// The next part of a large message.
    fn part(&mut self) -> Option<Bytes> {
        let HistoryRead::Messages(batch) = self.feed.read(self.position, 1, 1) else {
            return None;
        };
        let json = batch[0].json();
        self.begun.reserve(ROOM - self.begun.len());
        if self.within == 0 {
            self.separate();
        }
        let end = json.len().min(self.within + PIECE - self.begun.len());
        self.begun.put_slice(&json[self.within..end]);
        self.within = end;
        if end == json.len() {
            self.within = 0;
            self.ended(batch[0].id);
        }
        Some(self.take())
    }

    fn separate(&mut self) {
        if self.given.messages > 0 {
            self.begun.put_u8(b',');
        }
    }

    fn ended(&mut self, id: MessageId) {
        (self.position, self.limit) = (id, self.limit - 1);
        self.given.messages += 1;
    }

    fn end(&mut self) -> Bytes {
        close(self.position, &mut self.begun);
        let last = self.take();
        self.tell();
        last
    }

    fn take(&mut self) -> Bytes {
        self.given.bytes += self.begun.len() as u64;
        // A peer that takes nothing keeps no buffer either.
        mem::take(&mut self.begun).freeze()
    }

    fn tell(&mut self) {
        if let Some(sent) = self.sent.take() {
            sent(self.given);
        }
    }
}

impl<F: FnOnce(Sent) + Unpin> Stream for Pieces<F> {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.piece())
    }
}

/// A peer that leaves in between was given what it was given.
impl<F: FnOnce(Sent)> Drop for Pieces<F> {
    fn drop(&mut self) {
        self.tell();
    }
}

#[cfg(test)]
mod tests;
