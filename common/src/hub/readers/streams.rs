//! What the readers' own sockets need: a beginning, a look when they are ready, and consequences.

use super::{Key, Kind, Readers, Timer};
use crate::hub::{
    Answer, Gone, Incoming, Newcomer,
    line::Line,
    stream::Stream,
    wheel::{Tick, ticks},
};
use bytes::Bytes;
use std::{mem, time::Duration};

/// How long the last bytes of a stream may take, and a pause of a peer that still speaks.
pub(super) const LINGER: Duration = Duration::from_secs(1);

impl Readers {
    /// Takes a stream in: writes what it begins with and all that is past its position.
    pub(in crate::hub) fn adopt(&mut self, newcomer: Newcomer) -> Option<(Key, Answer)> {
        let Newcomer { taken, feed, wire, start, mut opening, incoming, until } = newcomer;
        self.wheel.tick();
        let now = self.wheel.now();
        if let Some(reset) = start.reset {
            self.metrics.resets.inc();
            opening.extend_from_slice(&wire.reset(reset));
        }
        let slot = self.next_slot();
        let beat = wire.heartbeat_every().map_or(self.heartbeat, ticks);
        let line = Line::new(taken.io, taken.connection, self.bell.waker(slot), now);
        let expires = self.wheel.wall().saturating_add(until.map_or(Tick::MAX, ticks));
        let key = self.insert(Kind::Stream(Stream::new(line, wire, start.position, now, expires)), &feed);
        self.set_timer(beat, key, Timer::Heartbeat);
        if self.draining.is_some() {
            self.set_timer(0, key, Timer::Goodbye);
        }
        self.mind(expires, beat, key);
        self.open(slot, &[&taken.before[..], &taken.head[..], &opening[..]].concat().into(), &taken.early, incoming)
    }

    /// Looks after a socket that became ready to be read or written.
    pub(in crate::hub) fn ready(&mut self, slot: u32) -> Option<(Key, Answer)> {
        self.wheel.tick();
        let reader = self.readers.get(slot as usize)?;
        let key = Key { slot, serial: reader.serial };
        match reader.kind {
            Kind::Held(_) => return None,
            Kind::Poller(_) => self.ready_poller(key),
            Kind::Stream(_) => {
                self.serve(slot);
                self.count();
                let answer = self.with(slot, |stream, scratch, now| stream.read(scratch, now))?;
                self.time_message(key);
                return Some((key, answer?));
            }
        }
        None
    }

    /// Gives a socket the answer it waited for.
    pub(in crate::hub) fn answered(&mut self, key: Key, answer: Bytes) -> Option<(Key, Answer)> {
        self.wheel.tick();
        self.find(key)?;
        self.with(key.slot, |stream, _, now| stream.answered(&answer, now))?;
        self.ready(key.slot)
    }

    /// Begins a socket's stream with its first bytes, and with what the peer said too early.
    fn open(
        &mut self,
        slot: u32,
        first: &Bytes,
        early: &[u8],
        incoming: Option<Box<dyn Incoming>>,
    ) -> Option<(Key, Answer)> {
        let serial = self.readers[slot as usize].serial;
        let answer = self.with(slot, |stream, _, now| {
            stream.send(first, now)?;
            stream.listen(incoming, early, now)
        })?;
        match answer {
            Some(answer) => Some((Key { slot, serial }, answer)),
            None => self.ready(slot),
        }
    }

    /// Does something with a socket and sees to what follows; none if there is no such socket, or no longer.
    pub(super) fn with<T>(
        &mut self,
        slot: u32,
        act: impl FnOnce(&mut Stream, &mut [u8], Tick) -> Result<T, Gone>,
    ) -> Option<T> {
        let now = self.wheel.now();
        let Kind::Stream(stream) = &mut self.readers.get_mut(slot as usize)?.kind else { return None };
        let result = act(stream, &mut self.scratch, now);
        self.settle(slot, result)
    }

    /// Removes a reader that is gone; sets the timers that its state asks for.
    pub(super) fn settle<T>(&mut self, slot: u32, result: Result<T, Gone>) -> Option<T> {
        let value = match result {
            Ok(value) => value,
            Err(gone) => {
                self.lose(slot, gone);
                return None;
            }
        };
        let reader = self.readers.get_mut(slot as usize)?;
        let Some(line) = reader.kind.line() else { return Some(value) };
        let stalled = line.is_blocked() && !mem::replace(&mut reader.set.stalled, true);
        let linger = line.is_leaving() && !mem::replace(&mut reader.set.linger, true);
        let key = Key { slot, serial: reader.serial };
        if stalled {
            self.set_timer(self.stalled, key, Timer::Stalled);
        }
        if linger {
            self.set_timer(ticks(LINGER), key, Timer::Linger);
        }
        Some(value)
    }

    pub(super) fn stream(&self, slot: u32) -> Option<&Stream> {
        match &self.readers.get(slot as usize)?.kind {
            Kind::Stream(stream) => Some(stream),
            _ => None,
        }
    }
}
