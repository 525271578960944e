//! The task of a shard: waits until it is woken, and then serves sockets, timers and fan-outs in
//! turn.

use super::{
    Shard,
    subscriber_table::FanOut,
    subscribers::{AwaitedReply, Subscribers},
};
use crate::{channels::Channel, subscriber::Departure};
use std::{
    future::pending,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    task::yield_now,
    time::{sleep, sleep_until},
};

/// How many subscribers are served before control traffic has its turn.
const FAN_OUT_STEP: usize = 256;
/// If fan-outs took longer than this and more messages are waiting, the shard waits this long
/// before the next ones.
const COALESCE_WINDOW: Duration = Duration::from_millis(1);

impl Shard {
    /// Serves the subscribers until the worker thread ends.
    pub(super) async fn run(self) {
        let mut is_draining = false;
        loop {
            self.woken_or_due().await;
            self.0.wakeup.record_turn();
            if !is_draining && let Some(drain) = self.0.hub.current_drain() {
                is_draining = true;
                self.0.subscribers.borrow_mut().drain(drain);
            }
            self.0.subscribers.borrow_mut().fire_timers();
            self.serve_sockets();
            // A client that sends without pause wakes the shard without pause: let the rest of this
            // thread have its turn in between.
            yield_now().await;
            self.serve_channels().await;
        }
    }

    async fn woken_or_due(&self) {
        let next = self.0.subscribers.borrow().next_timer();
        let due = async {
            match next {
                Some(at) => sleep_until(at.into()).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = self.0.wakeup.woken() => {}
            () = self.0.sockets.ready() => {}
            () = due => {}
        }
    }

    fn serve_sockets(&self) {
        for event in self.0.sockets.take() {
            let reply = self.0.subscribers.borrow_mut().serve_ready(event);
            self.send_when_ready(reply);
        }
    }

    async fn serve_channels(&self) {
        let began = Instant::now();
        let mut is_crowded = false;
        // Of all channels together: each may have only one subscriber.
        let mut allowance = FAN_OUT_STEP;
        for (channel, notified) in self.0.wakeup.take_channels() {
            is_crowded |= self.fan_out(&channel, &mut allowance).await;
            let took = notified.elapsed().as_secs_f64();
            self.metrics().write_seconds.observe(took);
        }
        is_crowded |= self.0.wakeup.has_channels();
        if let Some(pause) = coalesce_window(is_crowded, began.elapsed()) {
            sleep(pause).await;
        }
    }

    /// Writes a channel's messages to all its subscribers, `allowance` of them until others have
    /// their turn. Returns whether more than one message was published since the last fan-out.
    async fn fan_out(&self, channel: &Arc<Channel>, allowance: &mut usize) -> bool {
        let subscribers = &self.0.subscribers;
        let mut fan_out = subscribers.borrow_mut().begin_fan_out(channel);
        while subscribers
            .borrow_mut()
            .continue_fan_out(channel, &mut fan_out, allowance)
        {
            *allowance = FAN_OUT_STEP;
            // Publishes, health checks, timers and reads do not wait for a long fan-out.
            yield_now().await;
            self.0.wakeup.record_turn();
            subscribers.borrow_mut().fire_timers();
            self.serve_sockets();
        }
        fan_out.has_several()
    }

    /// Sends a reply to its subscriber once it is known.
    pub(super) fn send_when_ready(&self, reply: Option<AwaitedReply>) {
        let Some((key, reply)) = reply else { return };
        let shard = self.clone();
        actix_rt::spawn(async move {
            let reply = reply.await;
            let next = shard.0.subscribers.borrow_mut().send_reply(key, reply);
            shard.send_when_ready(next);
        });
    }
}

impl Subscribers {
    /// Begins a fan-out to the subscribers of a channel.
    pub(super) fn begin_fan_out(&mut self, channel: &Arc<Channel>) -> FanOut {
        self.table.begin_fan_out(channel)
    }

    /// Serves the next subscribers of a fan-out, at most `allowance`, and takes them from it.
    /// Returns false when the fan-out is complete.
    pub(super) fn continue_fan_out(
        &mut self,
        channel: &Channel,
        fan_out: &mut FanOut,
        allowance: &mut usize,
    ) -> bool {
        self.shard.timers.update();
        while *allowance > 0 {
            let Some(key) = self.table.next(fan_out) else {
                break;
            };
            *allowance -= 1;
            self.with_subscriber(key, |subscriber, context| {
                subscriber.pull(context).map_err(Departure::from)
            });
        }
        self.shard.update_metrics();
        if fan_out.is_complete() {
            self.shard.encode_cache.remove_channel(channel);
        }
        !fan_out.is_complete()
    }
}

/// Returns how long to wait after fan-outs that took this long, so that messages published
/// meanwhile are written together.
///
/// `is_crowded` means that messages are published faster than they are written. Nothing waits at
/// low load, nor where each message follows the one before.
fn coalesce_window(is_crowded: bool, took: Duration) -> Option<Duration> {
    (is_crowded && took > COALESCE_WINDOW).then_some(COALESCE_WINDOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_shard_that_is_busy_and_cannot_keep_up_waits() {
        let short = COALESCE_WINDOW;
        let long = COALESCE_WINDOW + Duration::from_nanos(1);
        assert_eq!(coalesce_window(false, short), None);
        assert_eq!(coalesce_window(false, long), None);
        assert_eq!(coalesce_window(true, short), None);
        assert_eq!(coalesce_window(true, long), Some(COALESCE_WINDOW));
    }
}
