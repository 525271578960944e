//! A subscriber that gets every message as it comes: its cursor, and its end.

mod heartbeat;

use super::{
    client_input::ClientInput,
    set_subscription::SetSubscription,
    shard_state::{LINGER, ShardContext, Timer},
    source::Source,
};
use crate::{
    channel_set::ChannelSet,
    message::MessageId,
    metrics::Sent,
    timers::{WallTick, duration, ticks},
    transport::{Disconnect, Encoder, PendingReply},
};
use bytes::Bytes;
use net::{DisconnectReason, SocketWriter, Tick};
use std::{sync::Arc, time::Duration};

/// How many batches a subscriber is sent before others have their turn.
const BATCHES_PER_TURN: usize = 4;
/// How long a client that still sends may keep a connection after its last bytes.
const MAX_LINGER: Duration = Duration::from_secs(10);

pub(crate) struct StreamSubscriber {
    pub(crate) writer: SocketWriter,
    pub(crate) encoder: Arc<dyn Encoder>,
    pub(crate) input: ClientInput,
    /// The id of the last message it has. A subscriber of several channels has its cursors in its
    /// set.
    pub(crate) cursor: MessageId,
    /// When its token expires, on the wall clock. Has a timer only shortly before.
    pub(crate) expires: WallTick,
    /// It has everything up to the end of the channel, and has not been sent that end.
    pub(crate) has_end: bool,
}

impl StreamSubscriber {
    /// Sends the first bytes, and decodes those that actix has read ahead.
    pub(super) fn begin(
        &mut self,
        first: &Bytes,
        read_ahead: &[u8],
        context: &mut ShardContext<'_>,
    ) -> Result<Option<PendingReply>, DisconnectReason> {
        let heartbeat = self.heartbeat_interval(context);
        self.arm_heartbeat(heartbeat, context);
        self.writer.send(first, context.now())?;
        let (writer, now) = (&mut self.writer, context.now());
        self.input.begin(read_ahead, writer, now)
    }

    /// Sends what comes after its cursor, as far as the kernel accepts it.
    pub(super) fn pull(&mut self, context: &mut ShardContext<'_>) -> Result<(), DisconnectReason> {
        let now = context.now();
        self.writer.flush(now)?;
        let channel = match &mut context.source {
            Source::One(channel) => *channel,
            Source::Set(set) => return self.pull_set(set, now, &mut context.shard.sent),
        };
        for _ in 0..BATCHES_PER_TURN {
            if !self.writer.is_ready() {
                return Ok(());
            }
            let cache = &mut context.shard.encode_cache;
            let batch = cache.stream_batch(self.cursor, &self.encoder, channel);
            let Some(batch) = batch else {
                return self.send_end(now);
            };
            self.cursor = batch.cursor;
            self.has_end = batch.is_end;
            if batch.sent.resets > 0 && self.encoder.ends_at_reset() {
                self.writer.close(&batch.bytes, now)?;
            } else {
                self.writer.send(&batch.bytes, now)?;
            }
            self.writer.check_unsent(batch.max_unsent())?;
            context.shard.sent += batch.sent;
        }
        self.writer.request_turn();
        Ok(())
    }

    /// Sends what comes after the cursors of its channels.
    fn pull_set(
        &mut self,
        set: &mut SetSubscription,
        now: Tick,
        sent: &mut Sent,
    ) -> Result<(), DisconnectReason> {
        for _ in 0..BATCHES_PER_TURN {
            if !self.writer.is_ready() {
                return Ok(());
            }
            let encoder = self.encoder.for_sets();
            let Some(batch) = encoder.and_then(|encoder| set.next_batch(encoder)) else {
                return self.send_end_of_set(&set.set, now);
            };
            self.writer.send(&batch.bytes, now)?;
            self.writer.check_unsent(batch.max_unsent)?;
            *sent += batch.sent;
        }
        self.writer.request_turn();
        Ok(())
    }

    /// Ends the stream if it has everything up to the end of the channel. Requests that were read
    /// before are answered first.
    fn send_end(&mut self, now: Tick) -> Result<(), DisconnectReason> {
        if !self.has_end || self.input.has_request() {
            return Ok(());
        }
        self.has_end = false;
        match self.encoder.end(self.cursor) {
            Some(last) => self.writer.close(&last, now),
            None => Ok(()),
        }
    }

    /// Ends the stream if it has everything up to the ends of all its channels.
    fn send_end_of_set(&mut self, set: &ChannelSet, now: Tick) -> Result<(), DisconnectReason> {
        if !set.has_ended() || self.input.has_request() {
            return Ok(());
        }
        let encoder = self.encoder.clone();
        match encoder.for_sets() {
            Some(encoder) => self.writer.close(&encoder.end(&set.cursor()), now),
            None => Ok(()),
        }
    }

    /// Reads what its client sends. Returns a reply that takes time.
    pub(super) fn read(
        &mut self,
        context: &mut ShardContext<'_>,
    ) -> Result<Option<PendingReply>, DisconnectReason> {
        self.input.read(&mut self.writer, context)
    }

    /// Sends a reply that took time.
    pub(super) fn send_reply(&mut self, reply: &Bytes, now: Tick) -> Result<(), DisconnectReason> {
        self.input.send_reply(reply, &mut self.writer, now)
    }

    /// Sends the last bytes and ends the stream, unless it is ending.
    pub(super) fn disconnect(
        &mut self,
        disconnect: Disconnect,
        now: Tick,
    ) -> Result<(), DisconnectReason> {
        if self.writer.is_closing() {
            return Ok(());
        }
        let last = self.encoder.disconnect(disconnect);
        self.writer.close(&last, now)
    }

    /// Fires a timer of streams.
    pub(super) fn fire(
        &mut self,
        timer: Timer,
        context: &mut ShardContext<'_>,
    ) -> Result<(), DisconnectReason> {
        match timer {
            Timer::Heartbeat => self.heartbeat(context),
            Timer::Linger => self.linger(context),
            Timer::TokenExpired => self.disconnect(Disconnect::TokenExpired, context.now()),
            Timer::Message(number) => {
                let writer = &mut self.writer;
                self.input.check_message(number, writer, context)
            }
            Timer::Stalled | Timer::PollCheck | Timer::Drain => Ok(()),
        }
    }

    /// Closes the connection after the last bytes, unless its client still sends: that one might
    /// not have received them.
    fn linger(&self, context: &mut ShardContext<'_>) -> Result<(), DisconnectReason> {
        let now = context.now();
        let since_read = duration(now.saturating_sub(self.input.last_read));
        let since_write = duration(now.saturating_sub(self.writer.last_write()));
        if context.is_draining() || since_read >= LINGER || since_write >= MAX_LINGER {
            return Err(DisconnectReason::Ended);
        }
        context.arm(ticks(LINGER), Timer::Linger);
        Ok(())
    }
}
