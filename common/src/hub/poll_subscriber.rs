//! A subscriber that gets one response to each long poll. Its connection stays in the hub while it
//! repeats the same request.

use super::{
    ChannelLease, EncodedBatch, PollTemplate, subscribers::ShardContext, timer_queue::ticks,
};
use crate::{
    message::MessageId,
    metrics::{DisconnectReason, Sent},
    net::{Detached, Reattached, SocketWriter, Tick},
};
use bytes::Bytes;
use prometheus_client::metrics::gauge::Gauge;
use std::{rc::Rc, time::Duration};

/// Timer slack: a deadline may fire this many ticks late.
const TIMER_SLACK: Tick = 2;

/// A poll that waits for messages, whose socket was detached for the hub.
pub struct ParkedPoll {
    /// The socket.
    pub detached: Detached,
    /// The channel.
    pub channel: ChannelLease,
    /// The response, and the request that may follow.
    pub template: Rc<dyn PollTemplate>,
    /// The id of the last message it has.
    pub cursor: MessageId,
    /// The time until its token expires, if it does.
    pub expires_in: Option<Duration>,
}

pub(super) struct PollSubscriber {
    pub(super) writer: SocketWriter,
    template: Rc<dyn PollTemplate>,
    /// A request waits for its response.
    is_waiting: bool,
    /// The id of the last message it has.
    cursor: MessageId,
    /// How long its connection is kept between two requests.
    keep_alive: Tick,
    /// When the wait ends, or the connection if no request is waiting.
    deadline: Tick,
    /// When its token expires, on the wall clock.
    expires: Tick,
    /// Bytes that it sent while a request was waiting.
    read_ahead: Bytes,
}

/// What a poll subscriber has sent.
pub(super) enum PollInput {
    /// Nothing that can be processed now.
    None,
    /// A request of this length, in the buffer.
    Request(usize),
    /// The read-ahead.
    ReadAhead,
}

impl PollSubscriber {
    pub(super) fn new(
        writer: SocketWriter,
        template: Rc<dyn PollTemplate>,
        cursor: MessageId,
        keep_alive: Tick,
        expires: Tick,
        read_ahead: Bytes,
    ) -> Self {
        Self {
            writer,
            template,
            is_waiting: false,
            cursor,
            keep_alive,
            deadline: 0,
            expires,
            read_ahead,
        }
    }

    /// Returns the id of the last message it has.
    pub(super) fn cursor(&self) -> MessageId {
        self.cursor
    }

    /// Returns whether a request waits for its response.
    pub(super) fn is_waiting(&self) -> bool {
        self.is_waiting
    }

    /// Returns the time until it has to be checked. Returns `None` if its deadline has passed.
    pub(super) fn time_left(&self, now: Tick) -> Option<Tick> {
        let left = self.deadline.checked_sub(now)?;
        Some(left.min(ticks(self.template.wait())))
    }

    /// Begins a wait, which ends with its token at the latest.
    pub(super) fn wait(&mut self, cursor: MessageId, now: Tick, wall_now: Tick) {
        let until_expiry = self.expires.saturating_sub(wall_now);
        let wait = ticks(self.template.wait()).min(until_expiry);
        self.is_waiting = true;
        self.cursor = cursor;
        self.deadline = now.saturating_add(wait);
    }

    /// Begins the next wait if the first `length` bytes of the buffer are the same request. Returns
    /// false if actix has to process them.
    pub(super) fn accept(&mut self, length: usize, context: &ShardContext<'_>) -> bool {
        if context.is_draining {
            return false;
        }
        let Some(cursor) = self.template.matches(&context.buffer[..length]) else {
            return false;
        };
        let resume = context.channel.resume(cursor);
        // A token that is about to expire is checked by actix, to the millisecond.
        let until_expiry = self.expires.saturating_sub(context.wall_now);
        if resume.reset.is_some() || until_expiry <= TIMER_SLACK {
            return false;
        }
        self.wait(resume.cursor, context.now, context.wall_now);
        context.subscribers.inc();
        true
    }

    /// Responds to its request if there is something after its cursor.
    pub(super) fn pull(
        &mut self,
        context: &mut ShardContext<'_>,
    ) -> Result<Sent, DisconnectReason> {
        self.writer.flush(context.now)?;
        if !self.is_waiting {
            return Ok(Sent::default());
        }
        let last = context.is_draining;
        let response =
            context
                .encode_cache
                .poll_response(self.cursor, &*self.template, context.channel, last);
        match response {
            Some(response) => self.respond(response, last, context.now, context.subscribers),
            None => Ok(Sent::default()),
        }
    }

    /// Responds to its request with what there is, which may be nothing.
    pub(super) fn respond_now(
        &mut self,
        context: &ShardContext<'_>,
    ) -> Result<Sent, DisconnectReason> {
        let last = context.is_draining;
        let response = self.template.response(context.channel, self.cursor, last);
        self.respond(&response, last, context.now, context.subscribers)
    }

    /// Responds to its request. It does not count as a subscriber until the next one.
    fn respond(
        &mut self,
        response: &EncodedBatch,
        last: bool,
        now: Tick,
        subscribers: &Gauge,
    ) -> Result<Sent, DisconnectReason> {
        self.is_waiting = false;
        self.cursor = response.cursor;
        self.deadline = now.saturating_add(self.keep_alive);
        subscribers.dec();
        if last {
            self.read_ahead.clear();
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

    /// Reads from the socket into `buffer`.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<PollInput, DisconnectReason> {
        loop {
            if self.is_read_paused() {
                return match self.writer.peer_end() {
                    Some(_) => Err(self.writer.lost_reason()),
                    None => Ok(PollInput::None),
                };
            }
            if !self.read_ahead.is_empty() {
                return Ok(PollInput::ReadAhead);
            }
            let Some(length) = self.writer.read(buffer)? else {
                return Ok(PollInput::None);
            };
            if self.writer.is_closing() {
                // Read only to observe the end of the connection.
                self.writer.request_turn();
                return Ok(PollInput::None);
            }
            if !self.is_waiting {
                return Ok(PollInput::Request(length));
            }
            self.read_ahead = Bytes::copy_from_slice(&buffer[..length]);
        }
    }

    /// Returns whether the socket is not read: while bytes are unsent, and after a read-ahead.
    fn is_read_paused(&self) -> bool {
        self.writer.is_blocked() || self.is_waiting && !self.read_ahead.is_empty()
    }

    /// Returns the connection for actix, which first processes the read-ahead or else `read`.
    pub(super) fn into_reattached(self, read: Bytes) -> Reattached {
        let read = if self.read_ahead.is_empty() {
            read
        } else {
            self.read_ahead
        };
        self.writer.into_reattached(read)
    }
}
