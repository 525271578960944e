//! A reader that gets one answer to each request, and the next when it asks again.

use super::{
    Chunk, Exchange, Feed, Gone,
    chunks::Chunks,
    line::Line,
    wheel::{Tick, ticks},
};
use crate::{log::Start, message::Id, metrics::Sent, server::Returned};
use bytes::Bytes;
use prometheus_client::metrics::gauge::Gauge;
use std::rc::Rc;

/// By how much, in ticks, a time that is kept here may be late.
const MARGIN: Tick = 2;

pub(super) struct Poller {
    pub(super) line: Line,
    pub(super) exchange: Rc<dyn Exchange>,
    /// Its request is not answered yet.
    waits: bool,
    /// The id of the last message it got.
    pub(super) position: Id,
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

impl Poller {
    pub(super) fn new(
        line: Line,
        exchange: Rc<dyn Exchange>,
        position: Id,
        [keep_alive, expires]: [Tick; 2],
        early: Bytes,
    ) -> Self {
        Self { line, exchange, waits: false, position, keep_alive, until: 0, expires, early }
    }

    /// Its request is not answered yet.
    pub(super) fn waits(&self) -> bool {
        self.waits
    }

    /// How much later than `now` it is to be looked at; none if that is now.
    pub(super) fn left(&self, now: Tick) -> Option<Tick> {
        (self.until >= now).then(|| (self.until - now).min(ticks(self.exchange.wait())))
    }

    /// Begins to wait: until then at most, or for as long as its token is good.
    pub(super) fn wait(&mut self, position: Id, now: Tick, wall: Tick) {
        let wait = ticks(self.exchange.wait()).min(self.expires.saturating_sub(wall));
        (self.waits, self.position, self.until) = (true, position, now.saturating_add(wait));
    }

    /// Takes the next request if it is the same again; false if actix has to look at it.
    pub(super) fn again(&mut self, said: &[u8], feed: &Feed, [now, wall]: [Tick; 2], readers: &Gauge) -> bool {
        let start = self.exchange.again(said).map(|after| feed.start(after));
        match start {
            // When the token is about to expire actix looks at it, to the millisecond.
            Some(Start { position, reset: None }) if self.expires.saturating_sub(wall) > MARGIN => {
                self.wait(position, now, wall);
                readers.inc();
                true
            }
            _ => false,
        }
    }

    /// Answers its request if there is something past its position; `last` as for [`Exchange::answer`].
    pub(super) fn pull(
        &mut self,
        feed: &Feed,
        chunks: &mut Chunks,
        last: bool,
        now: Tick,
        readers: &Gauge,
    ) -> Result<Sent, Gone> {
        self.line.flush(now)?;
        if !self.waits {
            return Ok(Sent::default());
        }
        let answer = chunks.answer(self.position, &*self.exchange, feed, last);
        answer.map_or(Ok(Sent::default()), |answer| self.answer(answer, last, now, readers))
    }

    /// Answers its request. It is no reader any more when the peer has the answer.
    pub(super) fn answer(&mut self, answer: &Chunk, last: bool, now: Tick, readers: &Gauge) -> Result<Sent, Gone> {
        let Chunk { bytes, position, sent, .. } = answer;
        (self.waits, self.position, self.until) = (false, *position, now.saturating_add(self.keep_alive));
        readers.dec();
        if last {
            self.early.clear();
            self.line.leave(bytes, now)?;
        } else {
            self.line.send(bytes, now)?;
        }
        self.line.keeps_at_most(answer.may_wait())?;
        if !self.early.is_empty() {
            self.line.ask_again();
        }
        Ok(*sent)
    }

    /// Takes what the peer says into `scratch`.
    pub(super) fn hear(&mut self, scratch: &mut [u8]) -> Result<Said, Gone> {
        loop {
            // A peer that does not take its answers is not read, nor one that has said something too early.
            if self.line.is_blocked() || (self.waits && !self.early.is_empty()) {
                return self.line.watch().map_or(Ok(Said::Nothing), |_| Err(self.line.lost()));
            }
            if !self.early.is_empty() {
                return Ok(Said::Early);
            }
            let Some(length) = self.line.hear(scratch)? else { break };
            match self.waits {
                // It is listened to only so that its end is noticed.
                _ if self.line.is_leaving() => {
                    self.line.ask_again();
                    break;
                }
                true => self.early = Bytes::copy_from_slice(&scratch[..length]),
                false => return Ok(Said::Request(length)),
            }
        }
        Ok(Said::Nothing)
    }

    /// The connection for actix, which reads first what this one said early, then `said`.
    pub(super) fn give_back(self, said: Bytes) -> Returned {
        let read = if self.early.is_empty() { said } else { self.early };
        self.line.give_back(read)
    }
}
