//! A subscriber that gets every message as it comes: its cursor, its heartbeats, and its end.

use super::{
    client_input::ClientInput,
    shard_state::{ShardContext, Timer},
    subscriber::LINGER,
};
use crate::{
    history::Resume,
    hub::{
        ChannelLease, Disconnect, Encoder, FrameHandler, PendingReply,
        timer_queue::{duration, ticks},
    },
    message::MessageId,
    metrics::DisconnectReason,
    net::{Detached, SocketWriter, Tick},
};
use bytes::{Bytes, BytesMut};
use std::{sync::Arc, time::Duration};

/// How many batches a subscriber is sent before others have their turn.
const BATCHES_PER_TURN: usize = 4;
/// How many heartbeats in a row may be without a reply.
const MAX_UNANSWERED: u32 = 2;
/// How long a client that still sends may keep a connection after its last bytes.
const MAX_LINGER: Duration = Duration::from_secs(10);

/// A stream whose socket was detached for the hub.
pub struct NewStream {
    /// The socket, and what actix has not written or has read ahead.
    pub detached: Detached,
    /// The channel.
    pub channel: ChannelLease,
    /// Encodes what the subscriber is sent.
    pub encoder: Arc<dyn Encoder>,
    /// Where it begins. A reset is sent before the first message.
    pub resume: Resume,
    /// The first bytes after the headers of the response.
    pub opening: BytesMut,
    /// Decodes what the client sends. `None` if that does not matter.
    pub incoming: Option<Box<dyn FrameHandler>>,
    /// The time until its token expires, if it does.
    pub expires_in: Option<Duration>,
}

pub(super) struct StreamSubscriber {
    pub(super) writer: SocketWriter,
    pub(super) encoder: Arc<dyn Encoder>,
    pub(super) input: ClientInput,
    /// The id of the last message it has.
    pub(super) cursor: MessageId,
    /// When its token expires, on the wall clock. Has a timer only shortly before.
    pub(super) expires: Tick,
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
        for _ in 0..BATCHES_PER_TURN {
            if !self.writer.is_ready() {
                return Ok(());
            }
            let cache = &mut context.shard.encode_cache;
            let batch = cache.stream_batch(self.cursor, &self.encoder, context.channel);
            let Some(batch) = batch else {
                return Ok(());
            };
            self.cursor = batch.cursor;
            self.writer.send(&batch.bytes, now)?;
            self.writer.check_unsent(batch.max_unsent())?;
            context.shard.sent += batch.sent;
        }
        self.writer.request_turn();
        Ok(())
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

    /// Sends a heartbeat if one is due.
    fn heartbeat(&mut self, context: &mut ShardContext<'_>) -> Result<(), DisconnectReason> {
        let (now, configured) = (context.now(), context.shard.heartbeat);
        let expects_replies = self.encoder.expects_replies();
        if !self.writer.is_ready() || self.input.is_paused(&self.writer) {
            // Silence means nothing while the client is not read. Whether it is alive shows in
            // whether it accepts what is written.
            self.input.last_read = now;
        } else if expects_replies
            && now.saturating_sub(self.input.last_read) > MAX_UNANSWERED * configured
        {
            return Err(DisconnectReason::Silent);
        }
        let interval = self.heartbeat_interval(context);
        // A message shows as well as a heartbeat that the stream is alive, unless a reply is
        // wanted.
        let messages_suffice = self.encoder.heartbeat_every().is_none() && !expects_replies;
        let idle = now.saturating_sub(self.writer.last_write());
        if messages_suffice && idle < interval {
            self.arm_heartbeat(interval - idle, context);
            return Ok(());
        }
        self.arm_heartbeat(interval, context);
        if self.writer.is_ready() {
            self.writer.send(&self.encoder.heartbeat(), now)?;
        }
        Ok(())
    }

    fn heartbeat_interval(&self, context: &ShardContext<'_>) -> Tick {
        let of_encoder = self.encoder.heartbeat_every();
        of_encoder.map_or(context.shard.heartbeat, ticks)
    }

    /// Arms the timer of the next heartbeat, and that of a token that expires before it.
    ///
    /// Timers cannot be cancelled: armed at once, the token's would outlive its connection by up to
    /// the lifetime of the token.
    fn arm_heartbeat(&self, after: Tick, context: &mut ShardContext<'_>) {
        context.arm(after, Timer::Heartbeat);
        let left = self.expires.saturating_sub(context.wall_now());
        if left <= after {
            context.arm(left, Timer::TokenExpired);
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
