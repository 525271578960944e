//! The bytes of one direction of a connection that are on their way: each chunk is delivered when it is due, in order.

use super::{alarm::Alarm, thread::Thread};
use bytes::{Buf, BytesMut};
use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Instant,
};
use tokio::io::AsyncWrite;

/// What stays allocated when nothing is on its way.
const KEPT: usize = 4096;

#[derive(Default)]
pub(super) struct DelayLine {
    bytes: BytesMut,
    chunks: VecDeque<Chunk>,
    /// When the last chunk is due: none later may be due earlier.
    last: Option<Instant>,
    alarm: Alarm,
    /// The end of the stream was delivered.
    ended: bool,
}

struct Chunk {
    due: Instant,
    /// None: the end of the stream.
    length: Option<usize>,
    tried: bool,
}

impl DelayLine {
    pub(super) fn push(&mut self, bytes: &[u8], due: Instant) {
        if !bytes.is_empty() {
            self.bytes.extend_from_slice(bytes);
            self.append(Some(bytes.len()), due);
        }
    }

    /// Ends the stream behind everything that was pushed.
    pub(super) fn push_end(&mut self, due: Instant) {
        self.append(None, due);
    }

    /// Forgets all that is on its way: nobody takes it any more.
    pub(super) fn give_up(&mut self) {
        *self = Self {
            ended: true,
            ..Self::default()
        };
    }

    /// Whether nothing is on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// How many bytes are on their way.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    fn append(&mut self, length: Option<usize>, due: Instant) {
        let due = self.last.map_or(due, |last| last.max(due));
        self.last = Some(due);
        self.chunks.push_back(Chunk {
            due,
            length,
            tried: false,
        });
    }

    /// Delivers what is due, as far as it is taken, and sees to it that the task is woken for the rest.
    pub(super) fn deliver(
        &mut self,
        context: &mut Context<'_>,
        thread: &Thread,
        mut to: Pin<&mut impl AsyncWrite>,
    ) -> io::Result<()> {
        while let Some(chunk) = self.chunks.front_mut() {
            let now = Instant::now();
            if chunk.due > now {
                self.alarm.set(chunk.due, now, context, &thread.clock);
                return Ok(());
            }
            if chunk.length.is_some() && !std::mem::replace(&mut chunk.tried, true) {
                thread.cost.borrow_mut().delivered(now - chunk.due);
            }
            match Self::write(context, &mut self.bytes, chunk, to.as_mut()) {
                Poll::Pending => return Ok(()),
                Poll::Ready(written) => thread.cost.borrow_mut().bytes += written? as u64,
            }
            if chunk.length.is_none_or(|left| left == 0) {
                self.ended = chunk.length.is_none();
                self.chunks.pop_front();
            }
        }
        if self.bytes.capacity() > KEPT {
            self.bytes = BytesMut::new();
        }
        Ok(())
    }

    fn write(
        context: &mut Context<'_>,
        bytes: &mut BytesMut,
        chunk: &mut Chunk,
        to: Pin<&mut impl AsyncWrite>,
    ) -> Poll<io::Result<usize>> {
        let Some(left) = &mut chunk.length else {
            return to.poll_shutdown(context).map_ok(|()| 0);
        };
        let written = ready!(to.poll_write(context, &bytes[..*left]))?;
        bytes.advance(written);
        *left -= written;
        Poll::Ready(Ok(written))
    }
}
