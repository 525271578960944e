//! The body of a large response, as a stream of pieces.
//!
//! A piece is read from the history when the peer has taken the ones before, so a slow peer costs
//! no memory and does not keep messages alive that the history drops.

use super::{
    Page,
    batch::{Batch, write_end},
};
use bytes::{BufMut, Bytes, BytesMut};
use common::{channels::ChannelLease, history::HistoryRead, message::MessageId, metrics::Sent};
use futures_util::Stream;
use std::{
    io, mem,
    pin::Pin,
    task::{Context, Poll},
};

/// The approximate size of a piece, in bytes.
pub(super) const PIECE_BYTES: usize = 8 * 1024;
/// The capacity for a piece with the JSON around its messages.
const CAPACITY: usize = PIECE_BYTES + 512;
/// The approximate size limit of the response, in bytes. The next request gets the rest.
pub(super) const MAX_BYTES: usize = 1024 * 1024;

/// A response body that reads a channel's messages piece by piece.
pub(super) struct Pieces<F: FnOnce(Sent)> {
    channel: ChannelLease,
    /// The id of the last message that was sent in full.
    cursor: MessageId,
    /// How many bytes of the next message were sent.
    part_sent: usize,
    /// The next piece, as far as it is written.
    buffer: BytesMut,
    /// How many more messages may be sent.
    limit: u64,
    page: Page,
    sent: Sent,
    /// Called once, at the end.
    on_sent: Option<F>,
}

impl<F: FnOnce(Sent)> Pieces<F> {
    /// Creates the body of a response that begins with `batch`, whose messages are read again. If
    /// the messages of the page are chosen before, it is all of the response.
    pub(super) fn new(channel: ChannelLease, batch: &Batch, on_sent: F) -> Self {
        let first = batch.messages.first();
        let cursor = first.map_or(batch.cursor, |first| first.id.previous());
        let mut buffer = BytesMut::with_capacity(CAPACITY);
        batch.write_start(&mut buffer);
        let limit = if batch.page.is_chosen() {
            batch.messages.len() as u64
        } else {
            batch.page.limit
        };
        let sent = Sent {
            resets: batch.reset.is_some().into(),
            ..Sent::default()
        };
        Self {
            channel,
            cursor,
            part_sent: 0,
            buffer,
            limit,
            page: batch.page,
            sent,
            on_sent: Some(on_sent),
        }
    }

    /// Returns the next piece, or `None` at the end. It is an error if the history dropped a
    /// message that was sent in part, or that the headers count.
    fn next_piece(&mut self) -> Option<io::Result<Bytes>> {
        self.on_sent.as_ref()?;
        if self.part_sent > 0 {
            let part = self.next_part();
            return Some(part.ok_or_else(|| io::ErrorKind::ConnectionAborted.into()));
        }
        self.buffer.reserve(CAPACITY - self.buffer.len());
        let limit = if self.sent.bytes < MAX_BYTES as u64 {
            self.limit
        } else {
            0
        };
        let envelope = self.page.envelope;
        match self.channel.read(self.cursor, limit as usize, PIECE_BYTES) {
            HistoryRead::Messages(batch)
                if envelope
                    .element(&batch[0])
                    .is_some_and(|element| element.len() > PIECE_BYTES) =>
            {
                self.next_part().map(Ok)
            }
            HistoryRead::Messages(batch) => {
                for message in batch {
                    if let Some(element) = envelope.element(&message) {
                        self.write_separator();
                        self.buffer.put_slice(element);
                    }
                    self.finish_message(message.id);
                }
                Some(Ok(self.take_buffer()))
            }
            _ if limit > 0 && self.page.is_chosen() => {
                Some(Err(io::ErrorKind::ConnectionAborted.into()))
            }
            // Lost messages are reported in the response to the next request.
            HistoryRead::CaughtUp | HistoryRead::Reset(_) => Some(Ok(self.last_piece())),
        }
    }

    /// Returns the next part of a large message, or `None` if the history dropped it.
    fn next_part(&mut self) -> Option<Bytes> {
        let HistoryRead::Messages(batch) = self.channel.read(self.cursor, 1, 1) else {
            return None;
        };
        let json = self.page.envelope.element(&batch[0])?;
        self.buffer.reserve(CAPACITY - self.buffer.len());
        if self.part_sent == 0 {
            self.write_separator();
        }
        let end = json
            .len()
            .min(self.part_sent + PIECE_BYTES - self.buffer.len());
        self.buffer.put_slice(&json[self.part_sent..end]);
        self.part_sent = end;
        if end == json.len() {
            self.part_sent = 0;
            self.finish_message(batch[0].id);
        }
        Some(self.take_buffer())
    }

    fn write_separator(&mut self) {
        if self.sent.messages > 0 {
            self.buffer.put_u8(b',');
        }
    }

    fn finish_message(&mut self, id: MessageId) {
        self.cursor = id;
        self.limit -= 1;
        self.sent.messages += 1;
    }

    fn last_piece(&mut self) -> Bytes {
        let is_end = self.channel.ends_at(self.cursor);
        write_end(&self.cursor, is_end, self.page.envelope, &mut self.buffer);
        let last = self.take_buffer();
        self.report();
        last
    }

    fn take_buffer(&mut self) -> Bytes {
        self.sent.bytes += self.buffer.len() as u64;
        // Leaves no allocation while the peer takes nothing.
        mem::take(&mut self.buffer).freeze()
    }

    fn report(&mut self) {
        if let Some(on_sent) = self.on_sent.take() {
            on_sent(self.sent);
        }
    }
}

impl<F: FnOnce(Sent) + Unpin> Stream for Pieces<F> {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.next_piece())
    }
}

/// Reports what was sent to a peer that disconnects before the end.
impl<F: FnOnce(Sent)> Drop for Pieces<F> {
    fn drop(&mut self) {
        self.report();
    }
}

#[cfg(test)]
mod tests;
