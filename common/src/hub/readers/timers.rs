//! What happens to readers as time goes by.

use super::{Key, Kind, Reader, Readers, Timer};
use crate::hub::{
    Change, Goodbye,
    socket::Gone,
    wheel::{Tick, ticks},
};
use std::time::Duration;

/// A peer that must answer heartbeats and says nothing for so many of them is cut.
const UNANSWERED: u32 = 2;
/// How often a held request is looked at.
const WAIT_STEP: Duration = Duration::from_secs(5);
/// The most that a draining service asks a reader to wait before it comes back.
const COMEBACK: Duration = Duration::from_secs(5);

impl Readers {
    /// Fires the timers that are due.
    pub(in crate::hub) fn fire(&mut self) {
        for (key, timer) in self.wheel.due() {
            if self.find(key).is_some() {
                self.fire_one(key, timer);
            }
        }
    }

    /// Sets a goodbye for every reader, spread evenly.
    pub(in crate::hub) fn drain(&mut self, spread: Duration) {
        self.draining = true;
        let keys: Vec<_> =
            self.readers.iter().map(|(slot, reader)| Key { slot: slot as u32, serial: reader.serial }).collect();
        let count = keys.len() as u32;
        for (at, key) in (0..).zip(keys) {
            self.set_timer(ticks(spread * at / count), key, Timer::Goodbye);
        }
    }

    fn fire_one(&mut self, key: Key, timer: Timer) {
        match timer {
            Timer::Heartbeat => self.beat(key),
            Timer::Stalled => self.check_stalled(key),
            Timer::Linger => self.remove(key.slot, Some(Gone::Ended)),
            Timer::WaitOver => self.check_wait(key),
            Timer::Expired => self.expire(key),
            Timer::Goodbye => self.say_goodbye(key),
        }
    }

    /// Sets the timer of a held request, in steps: set for its whole wait it would outlive, by up to a minute, each of the
    /// many requests that are answered at once.
    pub(super) fn wait_on(&mut self, key: Key, until: Tick) {
        let left = until.saturating_sub(self.wheel.now());
        self.set_timer(left.min(ticks(WAIT_STEP)), key, Timer::WaitOver);
    }

    fn check_wait(&mut self, key: Key) {
        let now = self.wheel.now();
        match self.find(key) {
            Some(Reader { kind: Kind::Held { until, .. }, .. }) if *until > now => {
                let until = *until;
                self.wait_on(key, until);
            }
            _ => self.wake(key, Change::WaitOver),
        }
    }

    fn beat(&mut self, key: Key) {
        let Some(socket) = self.socket(key.slot) else { return };
        let wire = socket.wire().clone();
        let (blocked, heard, expires) = (socket.is_blocked() || socket.is_leaving(), socket.heard, socket.expires);
        // While it has not taken all, it is not read: whether it is alive shows by whether it takes the rest.
        if !blocked && wire.expects_answers() && self.wheel.now().saturating_sub(heard) > UNANSWERED * self.heartbeat {
            return self.remove(key.slot, Some(Gone::Silent));
        }
        // What was encoded for readers that came back is not kept for long.
        let group = self.readers[key.slot as usize].group;
        self.groups[group].chunks.forget();
        self.with(key.slot, |socket, _, now| match blocked {
            true => {
                socket.heard = now;
                Ok(())
            }
            false => socket.send(wire.heartbeat(), now),
        });
        let beat = wire.heartbeat_every().map_or(self.heartbeat, ticks);
        self.set_timer(beat, key, Timer::Heartbeat);
        self.mind(expires, beat, key);
    }

    /// Sets the timer for a token's end if that comes before the next heartbeat. Set at once it would stay for as long
    /// as the token is good, for each connection that was ever made with it.
    pub(super) fn mind(&mut self, expires: Tick, beat: Tick, key: Key) {
        let left = expires.saturating_sub(self.wheel.now());
        if left <= beat {
            self.set_timer(left, key, Timer::Expired);
        }
    }

    fn expire(&mut self, key: Key) {
        self.with(key.slot, |socket, _, now| socket.leave(Goodbye::TokenExpired, now));
    }

    fn check_stalled(&mut self, key: Key) {
        let now = self.wheel.now();
        let Some(socket) = self.socket(key.slot) else { return };
        let (blocked, quiet) = (socket.is_blocked(), now.saturating_sub(socket.written));
        match blocked {
            true if quiet >= self.stalled => self.remove(key.slot, Some(Gone::Slow)),
            true => self.set_timer(self.stalled - quiet, key, Timer::Stalled),
            false => self.readers[key.slot as usize].set.stalled = false,
        }
    }

    fn say_goodbye(&mut self, key: Key) {
        // Spread by the slot's number: a draining server needs no dice to keep its readers apart.
        let comeback = COMEBACK * (key.slot % 1000 * 7919 % 1000) / 1000 + Duration::from_millis(500);
        self.metrics.drained.inc();
        // What was delivered before goes before.
        self.serve(key.slot);
        self.wake(key, Change::Draining);
        self.with(key.slot, |socket, _, now| socket.leave(Goodbye::Draining(comeback), now));
    }

    pub(super) fn wake(&mut self, key: Key, why: Change) {
        let Some(Reader { kind: Kind::Held { waker, change, .. }, .. }) = self.find(key) else { return };
        if change.is_none() {
            *change = Some(why);
            waker.wake_by_ref();
        }
    }
}
