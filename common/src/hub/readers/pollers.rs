//! Requests that wait here, whose sockets are ours until they want something else.

use super::{Group, Key, Kind, Readers, Timer};
use crate::{
    hub::{
        Feed, Gone, Waiting,
        line::Line,
        poller::{Poller, Said},
        wheel::{Tick, ticks},
    },
    metrics::Sent,
};
use bytes::Bytes;
use prometheus_client::metrics::gauge::Gauge;

/// How many requests of one connection are answered before the others have their turn again.
const TURN: usize = 4;

/// What a poller needs of its worker.
struct Around<'a> {
    feed: &'a Feed,
    scratch: &'a mut [u8],
    now: Tick,
    last: bool,
    readers: &'a Gauge,
}

impl Readers {
    /// Takes a request in that waits.
    pub(in crate::hub) fn park(&mut self, waiting: Waiting) {
        let Waiting { taken, feed, exchange, position, until } = waiting;
        self.wheel.tick();
        let now = self.wheel.now();
        let line = Line::new(taken.io, taken.connection, self.bell.waker(self.next_slot()), now);
        let wall = self.wheel.wall();
        let expires = wall.saturating_add(until.map_or(Tick::MAX, ticks));
        let mut poller = Poller::new(line, exchange, position, [self.keep_alive, expires], taken.early);
        poller.wait(position, now, wall);
        let left = poller.left(now).unwrap_or(0);
        let key = self.insert(Kind::Poller(poller), &feed);
        self.look_in(left, key);
        if self.draining.is_some() {
            self.set_timer(0, key, Timer::Goodbye);
        }
        self.with_poller(key, |poller, Around { now, .. }| poller.line.send(&taken.before, *now));
        // After it was put there: what is delivered from now on serves it.
        self.ready_poller(key);
    }

    /// Gives a poller what there is, and takes its next request.
    pub(super) fn ready_poller(&mut self, key: Key) {
        for _ in 0..TURN {
            self.serve(key.slot);
            match self.with_poller(key, |poller, around| poller.hear(around.scratch)) {
                Some(Said::Request(length)) => self.take_request(key, length),
                Some(Said::Early) => self.give_poller_back(key, Bytes::new()),
                Some(Said::Nothing) | None => return self.count(),
            }
        }
        self.count();
        self.with_poller(key, |poller, _| {
            poller.line.ask_again();
            Ok(())
        });
    }

    /// Answers a request with whatever there is. Between two requests the connection ends instead, or goes back to actix,
    /// which ends it when the service does.
    pub(super) fn answer_poller(&mut self, key: Key) {
        let busy = self.with_poller(key, |poller, Around { feed, now, last, readers, .. }| {
            if !poller.waits() {
                return Ok((!poller.line.is_free()).then(Sent::default));
            }
            let answer = poller.exchange.answer(feed, poller.position, *last);
            poller.answer(&answer, *last, *now, readers).map(Some)
        });
        match busy {
            Some(Some(sent)) => self.sent += sent,
            Some(None) if self.draining.is_some() => self.give_poller_back(key, Bytes::new()),
            Some(None) => drop(self.remove(key.slot)),
            None => {}
        }
        self.count();
    }

    fn take_request(&mut self, key: Key, length: usize) {
        let wall = self.wheel.wall();
        let again = self.with_poller(key, |poller, Around { feed, scratch, now, last, readers }| {
            Ok(!*last && poller.again(&scratch[..length], feed, [*now, wall], readers))
        });
        if again == Some(false) {
            self.give_poller_back(key, Bytes::copy_from_slice(&self.scratch[..length]));
        }
    }

    fn give_poller_back(&mut self, key: Key, said: Bytes) {
        let Some(Kind::Poller(poller)) = self.remove(key.slot).map(|removed| removed.kind) else { return };
        self.give_back(poller.give_back(said));
    }

    fn with_poller<T>(
        &mut self,
        key: Key,
        act: impl FnOnce(&mut Poller, &mut Around<'_>) -> Result<T, Gone>,
    ) -> Option<T> {
        let reader = self.readers.get_mut(key.slot as usize).filter(|reader| reader.serial == key.serial)?;
        let Group { feed, .. } = &self.groups[reader.group];
        let Kind::Poller(poller) = &mut reader.kind else { return None };
        let (scratch, now) = (&mut self.scratch[..], self.wheel.now());
        let around = &mut Around { feed, scratch, now, last: self.draining.is_some(), readers: &self.metrics.readers };
        let result = act(poller, around);
        self.settle(key.slot, result)
    }
}
