//! A subscriber that gets one response to each long poll. Its connection stays in its shard while
//! it repeats the same request.

mod requests;

use super::{
    departure::Departure,
    shard_state::{ShardContext, Timer},
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
use std::{rc::Rc, time::Duration};

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
