//! What happens to readers as time goes by.

use super::{SubscriberKey, SubscriberKind, Subscribers, Timer, streams::LINGER};
use crate::hub::{
    Disconnect, DisconnectReason, MESSAGE_TIMEOUT, WakeReason,
    timer_queue::{Tick, duration, ticks},
};
use std::{mem, time::Duration};

/// A peer that must answer heartbeats and says nothing for so many of them is cut.
const UNANSWERED: u32 = 2;
/// For how long at most a peer that still speaks keeps a connection that has its last bytes.
const LONGEST: Duration = Duration::from_secs(10);
/// How often a request that waits is looked at.
const STEP: Duration = Duration::from_secs(5);
/// Timers fire late: a subscriber that reconnects too early would be disconnected once more.
const SLACK: Duration = Duration::from_millis(250);
/// Over how much time they then come back.
const COMEBACK: Duration = Duration::from_secs(5);

impl Subscribers {
    /// Fires the timers that are due.
    pub(in crate::hub) fn fire(&mut self) {
        for (key, timer) in self.timers.due() {
            if self.find(key).is_some() {
                self.fire_one(key, timer);
            }
        }
    }

    /// Sets a goodbye for every reader, spread evenly; connections are accepted for as long as `open`.
    pub(in crate::hub) fn drain(
        &mut self,
        spread: Duration,
        open: Duration,
        ends_within: Duration,
    ) {
        self.timers.tick();
        self.ends_within = ends_within;
        self.draining = Some(self.timers.now().saturating_add(ticks(spread.max(open))));
        // Answers say from now on that they are the last.
        self.encode_cache.forget_all();
        let keys: Vec<_> = self
            .subscribers
            .iter()
            .map(|(slot, subscriber)| SubscriberKey {
                slot: slot as u32,
                serial: subscriber.serial,
            })
            .collect();
        let count = keys.len() as u32;
        for (at, key) in (0..).zip(keys) {
            self.set_timer(ticks(spread * at / count), key, Timer::Disconnect);
        }
    }

    fn fire_one(&mut self, key: SubscriberKey, timer: Timer) {
        match timer {
            Timer::Heartbeat => self.beat(key),
            Timer::Stalled => self.check_stalled(key),
            Timer::Linger => self.check_lingering(key),
            Timer::Look => self.look(key),
            Timer::Unfinished(message) => self.check_message(key, message),
            Timer::Expired => self.expire(key),
            Timer::Disconnect => self.disconnect_all(key),
        }
    }

    /// Sets the timer of a request that waits, in steps: set for its whole wait it would outlive, by up to a minute, each of
    /// the many requests that are answered at once.
    pub(super) fn look_in(&mut self, left: Tick, key: SubscriberKey) {
        self.set_timer(left.min(ticks(STEP)), key, Timer::Look);
    }

    /// Whether a wait is over.
    fn look(&mut self, key: SubscriberKey) {
        let Some(subscriber) = self.find(key) else {
            return;
        };
        // What was encoded for one that came back is not kept for long.
        let group = subscriber.group;
        self.encode_cache.forget(&self.groups[group].feed);
        if self.left(key).is_none() {
            // What came at this very moment is encoded once for all polls, and counted.
            self.serve(key.slot);
        }
        if self.left(key).is_none() {
            self.wake(key, WakeReason::WaitOver);
            self.answer_poller(key);
        }
        if let Some(left) = self.left(key) {
            self.look_in(left, key);
        }
    }

    /// For how long a reader waits yet, at least until it is looked at; none if that is over.
    fn left(&mut self, key: SubscriberKey) -> Option<Tick> {
        let now = self.timers.now();
        match &self.find(key)?.kind {
            SubscriberKind::Waiter(held) => held.until.checked_sub(now),
            SubscriberKind::Poll(poller) => poller.left(now),
            SubscriberKind::Stream(_) => None,
        }
    }

    fn beat(&mut self, key: SubscriberKey) {
        let Some(stream) = self.stream(key.slot) else {
            return;
        };
        let encoder = stream.encoder().clone();
        let (blocked, deaf) = (
            !stream.writer.is_free(),
            !stream.writer.is_free() || stream.is_deaf(),
        );
        let (heard, expires) = (stream.heard, stream.expires);
        let quiet = self.timers.now().saturating_sub(stream.writer.written());
        // While it is not read, whether it is alive shows by whether it takes what is written.
        if !deaf
            && encoder.expects_replies()
            && self.timers.now().saturating_sub(heard) > UNANSWERED * self.heartbeat
        {
            return self.lose(key.slot, DisconnectReason::Silent);
        }
        // What was encoded for readers that came back is not kept for long.
        let group = self.subscribers[key.slot as usize].group;
        self.encode_cache.forget(&self.groups[group].feed);
        let every = encoder.heartbeat_every().map_or(self.heartbeat, ticks);
        // A message says as well as a heartbeat that the stream lives, unless an answer is wanted.
        let may_skip = encoder.heartbeat_every().is_none() && !encoder.expects_replies();
        let early = if may_skip {
            every.saturating_sub(quiet)
        } else {
            0
        };
        self.with(key.slot, |stream, _, now| {
            if deaf {
                stream.heard = now;
            }
            if blocked || early > 0 {
                Ok(())
            } else {
                stream.send(&encoder.heartbeat(), now)
            }
        });
        let next = if early > 0 { early } else { every };
        self.set_timer(next, key, Timer::Heartbeat);
        self.mind(expires, next, key);
    }

    /// Sets the timer for a token's end if that comes before the next heartbeat. Set at once it would stay for as long
    /// as the token is good, for each connection that was ever made with it.
    pub(super) fn mind(&mut self, expires: Tick, beat: Tick, key: SubscriberKey) {
        let left = expires.saturating_sub(self.timers.wall());
        if left <= beat {
            self.set_timer(left, key, Timer::Expired);
        }
    }

    fn expire(&mut self, key: SubscriberKey) {
        self.with(key.slot, |stream, _, now| {
            stream.leave(Disconnect::TokenExpired, now)
        });
    }

    fn check_stalled(&mut self, key: SubscriberKey) {
        let now = self.timers.now();
        let subscriber = self.subscribers.get(key.slot as usize);
        let Some(writer) = subscriber.and_then(|subscriber| subscriber.kind.writer()) else {
            return;
        };
        let (blocked, quiet) = (writer.is_blocked(), now.saturating_sub(writer.written()));
        match blocked {
            true if quiet >= self.stalled => self.lose(key.slot, DisconnectReason::Slow),
            true => self.set_timer(self.stalled - quiet, key, Timer::Stalled),
            false => self.subscribers[key.slot as usize].set.stalled = false,
        }
    }

    /// Sets the timer of a message that has begun and is not complete, unless one is set.
    pub(super) fn time_message(&mut self, key: SubscriberKey) {
        let Some(subscriber) = self.find(key) else {
            return;
        };
        let SubscriberKind::Stream(stream) = &subscriber.kind else {
            return;
        };
        if let Some(message) = stream.unfinished()
            && !mem::replace(&mut subscriber.set.unfinished, true)
        {
            self.set_timer(ticks(MESSAGE_TIMEOUT), key, Timer::Unfinished(message));
        }
    }

    /// Whether a message that was not complete still is not. A peer that is not read cannot complete it.
    fn check_message(&mut self, key: SubscriberKey, message: u32) {
        let Some(subscriber) = self.find(key) else {
            return;
        };
        subscriber.set.unfinished = false;
        let SubscriberKind::Stream(stream) = &subscriber.kind else {
            return;
        };
        if stream.unfinished() == Some(message) && !stream.is_deaf() {
            self.with(key.slot, |stream, _, now| stream.give_up(now));
        }
        self.time_message(key);
    }

    /// Whether a connection is to end that has its last bytes. A peer that still speaks might not see them otherwise.
    fn check_lingering(&mut self, key: SubscriberKey) {
        let (now, ends) = (self.timers.now(), self.draining.is_some());
        let speaks = self.stream(key.slot).is_some_and(|stream| {
            let lasted = now.saturating_sub(stream.writer.written());
            now.saturating_sub(stream.heard) < ticks(LINGER) && lasted < ticks(LONGEST) && !ends
        });
        match speaks {
            true => self.set_timer(ticks(LINGER), key, Timer::Linger),
            false => self.lose(key.slot, DisconnectReason::Ended),
        }
    }

    fn disconnect_all(&mut self, key: SubscriberKey) {
        let others = self
            .draining
            .map_or(0, |last| last.saturating_sub(self.timers.now()));
        // Spread by the slot's number: a draining server needs no dice to keep its readers apart.
        let comeback = duration(others)
            + self.ends_within
            + SLACK
            + COMEBACK * (key.slot % 1000 * 7919 % 1000) / 1000;
        self.metrics
            .drained
            .inc_by(self.subscribers[key.slot as usize].kind.reads().into());
        // What was delivered before goes before.
        self.serve(key.slot);
        self.wake(key, WakeReason::Draining);
        self.answer_poller(key);
        self.with(key.slot, |stream, _, now| {
            stream.leave(Disconnect::Draining(comeback), now)
        });
    }
}
