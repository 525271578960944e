//! The heartbeats of a stream: they show that it is alive, and find clients that are gone.

use super::StreamSubscriber;
use crate::{
    subscriber::shard_state::{ShardContext, Timer},
    timers::ticks,
};
use net::{DisconnectReason, Tick};

/// How many heartbeats in a row may be without a reply.
const MAX_UNANSWERED: u32 = 2;

impl StreamSubscriber {
    /// Sends a heartbeat if one is due.
    pub(super) fn heartbeat(
        &mut self,
        context: &mut ShardContext<'_>,
    ) -> Result<(), DisconnectReason> {
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

    /// Returns how long after a heartbeat the next one is due.
    pub(super) fn heartbeat_interval(&self, context: &ShardContext<'_>) -> Tick {
        let of_encoder = self.encoder.heartbeat_every();
        of_encoder.map_or(context.shard.heartbeat, ticks)
    }

    /// Arms the timer of the next heartbeat, and that of a token that expires before it.
    ///
    /// Timers cannot be cancelled: armed at once, the token's would outlive its connection by up to
    /// the lifetime of the token.
    pub(super) fn arm_heartbeat(&self, after: Tick, context: &mut ShardContext<'_>) {
        context.arm(after, Timer::Heartbeat);
        let left = context.until_expiry(self.expires);
        if left <= after {
            context.arm(left, Timer::TokenExpired);
        }
    }
}
