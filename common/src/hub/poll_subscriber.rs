//! A reader that gets one answer to each request, and the next when it asks again.

use super::{
    Channel, DisconnectReason, EncodedBatch, PollTemplate,
    encode_cache::EncodeCache,
    socket_writer::SocketWriter,
    timer_queue::{Tick, ticks},
};
use crate::{history::Resume, message::MessageId, metrics::Sent, net::Reattached};
use bytes::Bytes;
use prometheus_client::metrics::gauge::Gauge;
use std::rc::Rc;

/// By how much, in ticks, a time that is kept here may be late.
const MARGIN: Tick = 2;

pub(super) struct PollSubscriber {
    pub(super) writer: SocketWriter,
    pub(super) template: Rc<dyn PollTemplate>,
    /// Its request is not answered yet.
    waits: bool,
    /// The id of the last message it got.
    pub(super) cursor: MessageId,
    /// How long its connection is kept between two requests.
    keep_alive: Tick,
    /// When its wait is over; between two requests, when the connection is given up.
    until: Tick,
    /// When its token expires, on the wall clock.
    expires: Tick,
    /// What it said while it waited for the answer to something else.
    early: Bytes,
}

/// What a poller said.
pub(super) enum Said {
    /// Nothing that could be answered now.
    Nothing,
    /// The next request, this long.
    Request(usize),
    /// Something that it should have said later.
    Early,
}

impl PollSubscriber {
    pub(super) fn new(
        writer: SocketWriter,
        template: Rc<dyn PollTemplate>,
        cursor: MessageId,
        [keep_alive, expires]: [Tick; 2],
        early: Bytes,
    ) -> Self {
        Self {
            writer,
            template,
            waits: false,
            cursor,
            keep_alive,
            until: 0,
            expires,
            early,
        }
    }

    /// Its request is not answered yet.
    pub(super) fn waits(&self) -> bool {
        self.waits
    }

    /// How much later than `now` it is to be looked at; none if that is now.
    pub(super) fn left(&self, now: Tick) -> Option<Tick> {
        (self.until >= now).then(|| (self.until - now).min(ticks(self.template.wait())))
    }

    /// Begins to wait: until then at most, or for as long as its token is good.
    pub(super) fn wait(&mut self, cursor: MessageId, now: Tick, wall: Tick) {
        let wait = ticks(self.template.wait()).min(self.expires.saturating_sub(wall));
        (self.waits, self.cursor, self.until) = (true, cursor, now.saturating_add(wait));
    }

    /// Takes the next request if it is the same again; false if actix has to look at it.
    pub(super) fn again(
        &mut self,
        said: &[u8],
        feed: &Channel,
        [now, wall]: [Tick; 2],
        subscribers: &Gauge,
    ) -> bool {
        let start = self.template.matches(said).map(|after| feed.resume(after));
        match start {
            // When the token is about to expire actix looks at it, to the millisecond.
            Some(Resume {
                cursor,
                reset: None,
            }) if self.expires.saturating_sub(wall) > MARGIN => {
                self.wait(cursor, now, wall);
                subscribers.inc();
                true
            }
            _ => false,
        }
    }

    /// Answers its request if there is something past its cursor; `last` as for [`PollTemplate::answer`].
    pub(super) fn pull(
        &mut self,
        feed: &Channel,
        encode_cache: &mut EncodeCache,
        last: bool,
        now: Tick,
        subscribers: &Gauge,
    ) -> Result<Sent, DisconnectReason> {
        self.writer.flush(now)?;
        if !self.waits {
            return Ok(Sent::default());
        }
        let answer = encode_cache.answer(self.cursor, &*self.template, feed, last);
        answer.map_or(Ok(Sent::default()), |answer| {
            self.answer(answer, last, now, subscribers)
        })
    }

    /// Answers its request. It is no reader any more when the peer has the answer.
    pub(super) fn answer(
        &mut self,
        answer: &EncodedBatch,
        last: bool,
        now: Tick,
        subscribers: &Gauge,
    ) -> Result<Sent, DisconnectReason> {
        let EncodedBatch {
            bytes,
            cursor,
            sent,
            ..
        } = answer;
        (self.waits, self.cursor, self.until) =
            (false, *cursor, now.saturating_add(self.keep_alive));
        subscribers.dec();
        if last {
            self.early.clear();
            self.writer.leave(bytes, now)?;
        } else {
            self.writer.send(bytes, now)?;
        }
        self.writer.keeps_at_most(answer.may_wait())?;
        if !self.early.is_empty() {
            self.writer.ask_again();
        }
        Ok(*sent)
    }

    /// Takes what the peer says into `scratch`.
    pub(super) fn hear(&mut self, scratch: &mut [u8]) -> Result<Said, DisconnectReason> {
        loop {
            // A peer that does not take its answers is not read, nor one that has said something too early.
            if self.writer.is_blocked() || (self.waits && !self.early.is_empty()) {
                return self
                    .writer
                    .watch()
                    .map_or(Ok(Said::Nothing), |_| Err(self.writer.lost()));
            }
            if !self.early.is_empty() {
                return Ok(Said::Early);
            }
            let Some(length) = self.writer.hear(scratch)? else {
                break;
            };
            match self.waits {
                // It is listened to only so that its end is noticed.
                _ if self.writer.is_leaving() => {
                    self.writer.ask_again();
                    break;
                }
                true => self.early = Bytes::copy_from_slice(&scratch[..length]),
                false => return Ok(Said::Request(length)),
            }
        }
        Ok(Said::Nothing)
    }

    /// The connection for actix, which reads first what this one said early, then `said`.
    pub(super) fn reattach(self, said: Bytes) -> Reattached {
        let read = if self.early.is_empty() {
            said
        } else {
            self.early
        };
        self.writer.reattach(read)
    }
}
