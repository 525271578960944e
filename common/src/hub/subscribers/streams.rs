//! What the readers' own sockets need: a beginning, a look when they are ready, and consequences.

use super::{SubscriberKey, SubscriberKind, Subscribers, Timer};
use crate::hub::{
    DisconnectReason, FrameHandler, NewStream, PendingReply,
    socket_writer::SocketWriter,
    stream_subscriber::StreamSubscriber,
    timer_queue::{Tick, ticks},
};
use bytes::Bytes;
use std::{mem, time::Duration};

/// How long the last bytes of a stream may take, and a pause of a peer that still speaks.
pub(super) const LINGER: Duration = Duration::from_secs(1);

impl Subscribers {
    /// Takes a stream in: writes what it begins with and all that is past its cursor.
    pub(in crate::hub) fn adopt(
        &mut self,
        stream: NewStream,
    ) -> Option<(SubscriberKey, PendingReply)> {
        let NewStream {
            detached,
            channel: feed,
            encoder,
            resume: start,
            mut opening,
            frames,
            expires_in: until,
        } = stream;
        self.timers.tick();
        let now = self.timers.now();
        if let Some(reset) = start.reset {
            self.metrics.resets.inc();
            opening.extend_from_slice(&encoder.reset(reset));
        }
        let slot = self.next_slot();
        let beat = encoder.heartbeat_every().map_or(self.heartbeat, ticks);
        let writer = SocketWriter::new(detached.io, detached.permit, self.wakeup.waker(slot), now);
        let expires = self
            .timers
            .wall()
            .saturating_add(until.map_or(Tick::MAX, ticks));
        let key = self.insert(
            SubscriberKind::Stream(StreamSubscriber::new(
                writer,
                encoder,
                start.cursor,
                now,
                expires,
            )),
            &feed,
        );
        self.set_timer(beat, key, Timer::Heartbeat);
        if self.draining.is_some() {
            self.set_timer(0, key, Timer::Disconnect);
        }
        self.mind(expires, beat, key);
        self.open(
            slot,
            &[&detached.unwritten[..], &detached.headers[..], &opening[..]]
                .concat()
                .into(),
            &detached.read_ahead,
            frames,
        )
    }

    /// Looks after a socket that became ready to be read or written.
    pub(in crate::hub) fn ready(&mut self, slot: u32) -> Option<(SubscriberKey, PendingReply)> {
        self.timers.tick();
        let subscriber = self.subscribers.get(slot as usize)?;
        let key = SubscriberKey {
            slot,
            serial: subscriber.serial,
        };
        match subscriber.kind {
            SubscriberKind::Waiter(_) => return None,
            SubscriberKind::Poll(_) => self.ready_poller(key),
            SubscriberKind::Stream(_) => {
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
    pub(in crate::hub) fn answered(
        &mut self,
        key: SubscriberKey,
        answer: Bytes,
    ) -> Option<(SubscriberKey, PendingReply)> {
        self.timers.tick();
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
        frames: Option<Box<dyn FrameHandler>>,
    ) -> Option<(SubscriberKey, PendingReply)> {
        let serial = self.subscribers[slot as usize].serial;
        let answer = self.with(slot, |stream, _, now| {
            stream.send(first, now)?;
            stream.listen(frames, early, now)
        })?;
        match answer {
            Some(answer) => Some((SubscriberKey { slot, serial }, answer)),
            None => self.ready(slot),
        }
    }

    /// Does something with a socket and sees to what follows; none if there is no such socket, or no longer.
    pub(super) fn with<T>(
        &mut self,
        slot: u32,
        act: impl FnOnce(&mut StreamSubscriber, &mut [u8], Tick) -> Result<T, DisconnectReason>,
    ) -> Option<T> {
        let now = self.timers.now();
        let SubscriberKind::Stream(stream) = &mut self.subscribers.get_mut(slot as usize)?.kind
        else {
            return None;
        };
        let result = act(stream, &mut self.scratch, now);
        self.settle(slot, result)
    }

    /// Removes a reader that is gone; sets the timers that its state asks for.
    pub(super) fn settle<T>(
        &mut self,
        slot: u32,
        result: Result<T, DisconnectReason>,
    ) -> Option<T> {
        let value = match result {
            Ok(value) => value,
            Err(gone) => {
                self.lose(slot, gone);
                return None;
            }
        };
        let subscriber = self.subscribers.get_mut(slot as usize)?;
        let Some(writer) = subscriber.kind.writer() else {
            return Some(value);
        };
        let stalled = writer.is_blocked() && !mem::replace(&mut subscriber.set.stalled, true);
        let linger = writer.is_leaving() && !mem::replace(&mut subscriber.set.linger, true);
        let key = SubscriberKey {
            slot,
            serial: subscriber.serial,
        };
        if stalled {
            self.set_timer(self.stalled, key, Timer::Stalled);
        }
        if linger {
            self.set_timer(ticks(LINGER), key, Timer::Linger);
        }
        Some(value)
    }

    pub(super) fn stream(&self, slot: u32) -> Option<&StreamSubscriber> {
        match &self.subscribers.get(slot as usize)?.kind {
            SubscriberKind::Stream(stream) => Some(stream),
            _ => None,
        }
    }
}
