//! A subscriber that gets one response to each long poll. Its connection stays in its shard while
//! it repeats the same request.

use super::{
    shard_state::{ShardContext, Timer},
    subscriber_kind::Departure,
};
use crate::{
    message::MessageId,
    metrics::Sent,
    timers::{WallTick, ticks},
    transport::{EncodedBatch, PollTemplate},
};
use bytes::Bytes;
use net::{DisconnectReason, SocketWriter, Tick};
use prometheus_client::metrics::gauge::Gauge;
use std::{mem, rc::Rc, time::Duration};

/// Timer slack: a deadline may fire this many ticks late.
const TIMER_SLACK: Tick = 2;
/// How often a waiting poll is checked.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);

pub(crate) struct PollSubscriber {
    pub(super) writer: SocketWriter,
    template: Rc<dyn PollTemplate>,
    /// A request waits for its response.
    pub(super) is_waiting: bool,
    /// The id of the last message it has.
    pub(super) cursor: MessageId,
    /// When the wait ends, or the connection if no request is waiting.
    deadline: Tick,
    /// When its token expires, on the wall clock.
    expires: WallTick,
    /// Bytes that it sent while a request was waiting.
    read_ahead: Box<[u8]>,
}

impl PollSubscriber {
    /// Creates a subscriber whose first request waits.
    pub(crate) fn new(
        writer: SocketWriter,
        template: Rc<dyn PollTemplate>,
        cursor: MessageId,
        expires: WallTick,
        read_ahead: &[u8],
    ) -> Self {
        Self {
            writer,
            template,
            is_waiting: true,
            cursor,
            deadline: 0,
            expires,
            read_ahead: read_ahead.into(),
        }
    }

    /// Begins the first wait, and sends what actix has not written.
    pub(super) fn begin(
        &mut self,
        unwritten: &Bytes,
        context: &mut ShardContext<'_>,
    ) -> Result<(), DisconnectReason> {
        self.wait(self.cursor, context);
        self.arm_check(context);
        self.writer.send(unwritten, context.now())
    }

    /// Begins a wait, which ends with its token at the latest.
    fn wait(&mut self, cursor: MessageId, context: &ShardContext<'_>) {
        let until_expiry = context.until_expiry(self.expires);
        let wait = ticks(self.template.wait()).min(until_expiry);
        self.is_waiting = true;
        self.cursor = cursor;
        self.deadline = context.now().saturating_add(wait);
    }

    /// Responds to its request if there is something after its cursor.
    pub(super) fn pull(&mut self, context: &mut ShardContext<'_>) -> Result<(), DisconnectReason> {
        let now = context.now();
        self.writer.flush(now)?;
        if !self.is_waiting {
            return Ok(());
        }
        let last = context.is_draining();
        let Some(channel) = context.source.one() else {
            return Ok(());
        };
        let shard = &mut *context.shard;
        let cache = &mut shard.encode_cache;
        let response = cache.poll_response(self.cursor, &*self.template, channel, last);
        if let Some(response) = response {
            let deadline = now.saturating_add(shard.keep_alive);
            self.begin_pause(deadline, &shard.metrics.subscribers);
            shard.sent += self.send(response, last, now)?;
        }
        Ok(())
    }

    /// Ends the wait: responds with what there is, which may be nothing.
    ///
    /// Between two requests its connection is closed, or reattached when the service drains: actix
    /// then closes it.
    pub(super) fn end(&mut self, context: &mut ShardContext<'_>) -> Result<(), Departure> {
        let (now, last) = (context.now(), context.is_draining());
        if self.is_waiting
            && let Some(channel) = context.source.one()
        {
            let response = self.template.response(channel, self.cursor, last);
            let deadline = now.saturating_add(context.shard.keep_alive);
            self.begin_pause(deadline, &context.shard.metrics.subscribers);
            context.shard.sent += self.send(&response, last, now)?;
        } else if self.writer.is_ready() && last {
            return Err(self.reattach());
        } else if self.writer.is_ready() {
            return Err(DisconnectReason::Ended.into());
        }
        Ok(())
    }

    /// Begins the time between two requests, in which it does not count as a subscriber.
    fn begin_pause(&mut self, deadline: Tick, subscribers: &Gauge) {
        self.is_waiting = false;
        self.deadline = deadline;
        subscribers.dec();
    }

    fn send(
        &mut self,
        response: &EncodedBatch,
        last: bool,
        now: Tick,
    ) -> Result<Sent, DisconnectReason> {
        self.cursor = response.cursor;
        if last {
            self.read_ahead = Box::default();
            self.writer.close(&response.bytes, now)?;
        } else {
            self.writer.send(&response.bytes, now)?;
        }
        self.writer.check_unsent(response.max_unsent())?;
        if !self.read_ahead.is_empty() {
            self.writer.request_turn();
        }
        Ok(response.sent)
    }

    /// Begins the next wait if its client repeats its request. Returns false if there is none yet.
    pub(super) fn take_request(
        &mut self,
        context: &mut ShardContext<'_>,
    ) -> Result<bool, Departure> {
        let Some(length) = self.read(&mut context.shard.buffer)? else {
            return Ok(false);
        };
        let request = &context.shard.buffer[..length];
        let Some(cursor) = self.recognise(request, context) else {
            return Err(Departure::Reattach(Bytes::copy_from_slice(request)));
        };
        self.wait(cursor, context);
        context.shard.metrics.subscribers.inc();
        Ok(true)
    }

    /// Reads a request into `buffer`. Returns `None` if there is nothing that can be processed now.
    fn read(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, Departure> {
        loop {
            if self.is_read_paused() {
                return match self.writer.peer_end() {
                    Some(_) => Err(self.writer.lost_reason().into()),
                    None => Ok(None),
                };
            }
            if !self.read_ahead.is_empty() {
                return Err(self.reattach());
            }
            let Some(length) = self.writer.read(buffer)? else {
                return Ok(None);
            };
            if self.writer.is_closing() {
                // Read only to observe the end of the connection.
                self.writer.request_turn();
                return Ok(None);
            }
            if !self.is_waiting {
                return Ok(Some(length));
            }
            self.read_ahead = buffer[..length].into();
        }
    }

    fn reattach(&mut self) -> Departure {
        Departure::Reattach(mem::take(&mut self.read_ahead).into())
    }

    /// Returns whether the socket is not read: while bytes are unsent, and after a read-ahead.
    fn is_read_paused(&self) -> bool {
        self.writer.is_blocked() || self.is_waiting && !self.read_ahead.is_empty()
    }

    /// Returns the cursor of the same request. Returns `None` if actix has to process it.
    fn recognise(&self, request: &[u8], context: &ShardContext<'_>) -> Option<MessageId> {
        let until_expiry = context.until_expiry(self.expires);
        // A token that is about to expire is checked by actix, to the millisecond.
        if context.is_draining() || until_expiry <= TIMER_SLACK {
            return None;
        }
        let channel = context.source.one()?;
        let resume = channel.resume(self.template.matches(request)?);
        let waits = resume.reset.is_none() && !channel.ends_at(resume.cursor);
        waits.then_some(resume.cursor)
    }

    /// Ends a wait, or the connection, whose deadline has passed.
    pub(super) fn check(&mut self, context: &mut ShardContext<'_>) -> Result<(), Departure> {
        if self.deadline < context.now() {
            self.end(context)?;
        }
        self.arm_check(context);
        Ok(())
    }

    /// Arms the timer of the deadline, in steps of 5 s.
    ///
    /// Timers cannot be cancelled: armed for the whole wait, it would outlive each of the many
    /// polls that get a response at once.
    fn arm_check(&self, context: &mut ShardContext<'_>) {
        // The next request may wait for less than this pause lasts.
        let step = ticks(self.template.wait().min(CHECK_INTERVAL));
        let left = self.deadline.checked_sub(context.now()).unwrap_or(step);
        context.arm(left.min(step), Timer::PollCheck);
    }
}
