//! One subscriber, of either kind: when it is served, and what its timers do.

mod client_input;
mod departure;
mod poll;
mod set_subscription;
mod shard_drain;
mod shard_state;
mod source;
mod stream;
mod subscriber_kind;

pub(crate) use client_input::ClientInput;
pub(crate) use departure::Departure;
pub(crate) use poll::PollSubscriber;
pub(crate) use set_subscription::{Place, SetSubscription};
pub(crate) use shard_drain::ShardDrain;
pub(crate) use shard_state::{ShardContext, ShardState, SubscriberKey, Timer};
pub(crate) use source::{Source, Subscribed};
pub(crate) use stream::StreamSubscriber;
pub(crate) use subscriber_kind::SubscriberKind;

use crate::{
    timers::ticks,
    transport::{Disconnect, PendingReply},
};
use bytes::Bytes;
use net::DisconnectReason;
use shard_state::LINGER;
use std::mem;

/// How many requests of one poll subscriber are served before others have their turn.
const REQUESTS_PER_TURN: usize = 4;

pub(super) struct Subscriber {
    pub(super) kind: SubscriberKind,
    pub(super) serial: u32,
    /// Its group, and its index there.
    pub(super) group: u32,
    pub(super) index: u32,
    is_stalled_armed: bool,
    is_linger_armed: bool,
}

impl Subscriber {
    pub(crate) fn new(kind: SubscriberKind, serial: u32, group: u32, index: u32) -> Self {
        Self {
            kind,
            serial,
            group,
            index,
            is_stalled_armed: false,
            is_linger_armed: false,
        }
    }

    /// Sends its first bytes and everything after its cursor, and arms its timers. Returns a reply
    /// that takes time.
    pub(super) fn begin(
        &mut self,
        first: &Bytes,
        read_ahead: &[u8],
        context: &mut ShardContext<'_>,
    ) -> Result<Option<PendingReply>, Departure> {
        if context.is_draining() {
            context.arm(0, Timer::Drain);
        }
        match &mut self.kind {
            SubscriberKind::Stream(stream) => {
                if let Some(reply) = stream.begin(first, read_ahead, context)? {
                    return Ok(Some(reply));
                }
            }
            SubscriberKind::Poll(poll) => poll.begin(first, context)?,
        }
        // Once it is in its group: a message from now on notifies the shard.
        self.serve(context)
    }

    /// Sends what comes after its cursor.
    pub(super) fn pull(&mut self, context: &mut ShardContext<'_>) -> Result<(), DisconnectReason> {
        let result = match &mut self.kind {
            SubscriberKind::Stream(stream) => stream.pull(context),
            SubscriberKind::Poll(poll) => poll.pull(context),
        };
        if self.kind.writer().is_blocked() {
            let behind = context.source.messages_after(self.kind.cursor());
            context.shard.metrics.lag.observe(behind as f64);
        }
        result
    }

    /// Serves its socket, which may be ready to be read or written. Returns a reply that takes
    /// time.
    pub(crate) fn serve(
        &mut self,
        context: &mut ShardContext<'_>,
    ) -> Result<Option<PendingReply>, Departure> {
        for _ in 0..REQUESTS_PER_TURN {
            self.pull(context)?;
            let has_request = match &mut self.kind {
                SubscriberKind::Stream(stream) => return Ok(stream.read(context)?),
                SubscriberKind::Poll(poll) => poll.take_request(context)?,
            };
            if !has_request {
                return Ok(None);
            }
        }
        self.kind.writer().request_turn();
        Ok(None)
    }

    /// Sends the reply that its client awaited, and continues to read from it.
    pub(super) fn reply(
        &mut self,
        reply: &Bytes,
        context: &mut ShardContext<'_>,
    ) -> Result<Option<PendingReply>, Departure> {
        if let SubscriberKind::Stream(stream) = &mut self.kind {
            stream.send_reply(reply, context.now())?;
        }
        self.serve(context)
    }

    /// Fires a timer, which may no longer apply.
    pub(super) fn fire(
        &mut self,
        timer: Timer,
        context: &mut ShardContext<'_>,
    ) -> Result<(), Departure> {
        match (timer, &mut self.kind) {
            (Timer::Stalled, _) => self.check_stalled(context)?,
            (Timer::Drain, _) => self.drain(context)?,
            (Timer::PollCheck, SubscriberKind::Poll(_)) => self.check_poll(context)?,
            (Timer::Linger, SubscriberKind::Poll(_)) => return Err(DisconnectReason::Ended.into()),
            (timer, SubscriberKind::Stream(stream)) => stream.fire(timer, context)?,
            _ => {}
        }
        Ok(())
    }

    /// Disconnects a subscriber under backpressure whose kernel has accepted nothing for too long.
    fn check_stalled(&mut self, context: &mut ShardContext<'_>) -> Result<(), DisconnectReason> {
        let writer = self.kind.writer();
        let since_write = context.now().saturating_sub(writer.last_write());
        let limit = context.shard.stalled;
        if !writer.is_blocked() {
            self.is_stalled_armed = false;
        } else if since_write >= limit {
            return Err(DisconnectReason::Slow);
        } else {
            context.arm(limit - since_write, Timer::Stalled);
        }
        Ok(())
    }

    /// Responds to a poll whose time has passed. A message of this moment is encoded once for all.
    fn check_poll(&mut self, context: &mut ShardContext<'_>) -> Result<(), Departure> {
        self.pull(context)?;
        match &mut self.kind {
            SubscriberKind::Poll(poll) => poll.check(context),
            SubscriberKind::Stream(_) => Ok(()),
        }
    }

    /// Disconnects from a draining service. Messages before the disconnect are sent before it.
    fn drain(&mut self, context: &mut ShardContext<'_>) -> Result<(), Departure> {
        let Some(drain) = &context.shard.drain else {
            return Ok(());
        };
        let reconnect_after = drain.reconnect_after(context.key.slot, context.now());
        let is_counted = self.kind.is_counted();
        context.shard.metrics.drained.inc_by(is_counted.into());
        self.pull(context)?;
        match &mut self.kind {
            SubscriberKind::Poll(poll) => poll.end(context),
            SubscriberKind::Stream(stream) => {
                let disconnect = Disconnect::Draining(reconnect_after);
                Ok(stream.disconnect(disconnect, context.now())?)
            }
        }
    }

    /// Arms the timers that its state needs.
    pub(super) fn arm_timers(&mut self, context: &mut ShardContext<'_>) {
        let writer = self.kind.writer();
        if writer.is_blocked() && !mem::replace(&mut self.is_stalled_armed, true) {
            context.arm(context.shard.stalled, Timer::Stalled);
        }
        if writer.is_closing() && !mem::replace(&mut self.is_linger_armed, true) {
            context.arm(ticks(LINGER), Timer::Linger);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The memory of an idle connection is mostly this: see `docs/benchmark.md`.
    #[test]
    fn a_subscriber_takes_at_most_144_bytes() {
        let size = size_of::<Subscriber>();
        assert!(size <= 144, "{size}");
    }
}
