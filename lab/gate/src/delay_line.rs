//! The bytes in flight of one direction of a connection. Delivers each segment when due,
//! in order.

use super::{gate_thread::GateThread, task_timer::TaskTimer};
use bytes::{Buf, BytesMut};
use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Instant,
};
use tokio::io::AsyncWrite;

/// Buffer capacity that stays allocated while nothing is in flight, in bytes.
const IDLE_CAPACITY: usize = 4096;

#[derive(Default)]
pub(super) struct DelayLine {
    bytes: BytesMut,
    segments: VecDeque<DelayedSegment>,
    /// When the last segment is due. Later ones are not due earlier, which keeps their order.
    last: Option<Instant>,
    alarm: TaskTimer,
    /// Whether the end of the stream was delivered.
    ended: bool,
}

struct DelayedSegment {
    due: Instant,
    /// `None` for the end of the stream.
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

    /// Ends the stream after all bytes pushed so far.
    pub(super) fn push_end(&mut self, due: Instant) {
        self.append(None, due);
    }

    /// Discards everything in flight: the receiver is closed.
    pub(super) fn give_up(&mut self) {
        *self = Self {
            ended: true,
            ..Self::default()
        };
    }

    /// Returns whether nothing is in flight.
    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// Returns the number of bytes in flight.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    fn append(&mut self, length: Option<usize>, due: Instant) {
        let due = self.last.map_or(due, |last| last.max(due));
        self.last = Some(due);
        self.segments.push_back(DelayedSegment {
            due,
            length,
            tried: false,
        });
    }

    /// Writes what is due, as far as `to` accepts it, and arms the timer for the next segment.
    pub(super) fn deliver(
        &mut self,
        context: &mut Context<'_>,
        thread: &GateThread,
        mut to: Pin<&mut impl AsyncWrite>,
    ) -> io::Result<()> {
        while let Some(segment) = self.segments.front_mut() {
            let now = Instant::now();
            if segment.due > now {
                self.alarm.set(segment.due, now, context, &thread.timers);
                return Ok(());
            }
            if segment.length.is_some() && !std::mem::replace(&mut segment.tried, true) {
                thread.cost.borrow_mut().delivered(now - segment.due);
            }
            match Self::write(context, &mut self.bytes, segment, to.as_mut()) {
                Poll::Pending => return Ok(()),
                Poll::Ready(written) => thread.cost.borrow_mut().bytes += written? as u64,
            }
            if segment.length.is_none_or(|left| left == 0) {
                self.ended = segment.length.is_none();
                self.segments.pop_front();
            }
        }
        if self.bytes.capacity() > IDLE_CAPACITY {
            self.bytes = BytesMut::new();
        }
        Ok(())
    }

    fn write(
        context: &mut Context<'_>,
        bytes: &mut BytesMut,
        segment: &mut DelayedSegment,
        to: Pin<&mut impl AsyncWrite>,
    ) -> Poll<io::Result<usize>> {
        let Some(left) = &mut segment.length else {
            return to.poll_shutdown(context).map_ok(|()| 0);
        };
        let written = ready!(to.poll_write(context, &bytes[..*left]))?;
        bytes.advance(written);
        *left -= written;
        Poll::Ready(Ok(written))
    }
}
