//! One worker thread's side of the hub: what handlers call, and the task that serves its
//! subscribers.

use super::{
    Channel, Hub, NewPoll, NewStream,
    subscribers::{AwaitedReply, ReattachConnections, Subscribers},
    wakeup::Wakeup,
};
use crate::{budget::MemoryBudget, metrics::Metrics, net::Reattached};
use std::{
    cell::RefCell,
    future::pending,
    rc::{Rc, Weak},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use tokio::{
    task::{unconstrained, yield_now},
    time::{sleep, sleep_until},
};

/// If fan-outs took longer than this and more messages are waiting, the shard waits this long
/// before the next ones.
const COALESCE_WINDOW: Duration = Duration::from_millis(1);

/// The subscribers of one worker thread. Cloning copies a reference.
#[derive(Clone)]
pub struct Shard(Rc<Inner>);

struct Inner {
    hub: Hub,
    wakeup: Arc<Wakeup>,
    subscribers: RefCell<Subscribers>,
}

thread_local! {
    static SHARD_OF_THREAD: RefCell<Weak<Inner>> = const { RefCell::new(Weak::new()) };
}

impl Shard {
    /// Returns the shard of this thread, and starts it at the first call: a thread serves all
    /// listeners of a service.
    pub(crate) fn of_thread(hub: &Hub, budget: &MemoryBudget) -> Self {
        SHARD_OF_THREAD.with_borrow_mut(|known| {
            if let Some(shard) = known.upgrade() {
                return Self(shard);
            }
            let shard = Self::start(hub.clone(), budget.clone());
            *known = Rc::downgrade(&shard.0);
            shard
        })
    }

    /// Starts a shard on this thread, which runs until its actix worker ends. Bytes that its
    /// subscribers have not accepted take a share of `budget`.
    pub fn start(hub: Hub, budget: MemoryBudget) -> Self {
        let wakeup = hub.0.wakeups.add();
        let clock = Box::new(|| (Instant::now(), SystemTime::now()));
        let subscribers = Subscribers::new(
            hub.0.timeouts,
            wakeup.clone(),
            hub.0.metrics.clone(),
            budget,
            clock,
        );
        let shard = Self(Rc::new(Inner {
            hub,
            wakeup,
            subscribers: subscribers.into(),
        }));
        // `run` yields by itself. Under tokio's cooperative budget, sockets would report `Pending`
        // too early and be polled again.
        actix_rt::spawn(unconstrained(shard.clone().run()));
        shard
    }

    /// Returns the shard's number, from 1 in each service.
    pub fn number(&self) -> usize {
        self.0.wakeup.number + 1
    }

    /// Returns whether the service drains.
    pub(crate) fn is_draining(&self) -> bool {
        self.0.hub.is_draining()
    }

    /// Returns the service's metrics.
    pub fn metrics(&self) -> &Metrics {
        self.0.hub.metrics()
    }

    /// Adds a stream whose socket was detached from actix.
    pub fn add_stream(&self, stream: NewStream) {
        let reply = self.0.subscribers.borrow_mut().add_stream(stream);
        self.send_when_ready(reply);
    }

    /// Adds a poll that waits, whose socket was detached from actix. The connection is reattached
    /// when its client sends another request.
    pub fn add_poll(&self, poll: NewPoll) {
        self.0.subscribers.borrow_mut().add_poll(poll);
    }

    /// Gives a connection back to actix.
    pub(crate) fn reattach(&self, connection: Reattached) {
        self.0.subscribers.borrow().reattach(connection);
    }

    /// Sets how a connection goes back to actix.
    pub(crate) fn set_reattach(&self, reattach: ReattachConnections) {
        self.0.subscribers.borrow_mut().set_reattach(reattach);
    }

    async fn run(self) {
        let mut is_draining = false;
        loop {
            self.woken_or_due().await;
            self.0.wakeup.record_turn();
            if !is_draining && let Some(drain) = self.0.hub.0.drain.current() {
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
            () = due => {}
        }
    }

    fn serve_sockets(&self) {
        for slot in self.0.wakeup.take_slots() {
            let reply = self.0.subscribers.borrow_mut().serve_ready(slot);
            self.send_when_ready(reply);
        }
    }

    async fn serve_channels(&self) {
        let began = Instant::now();
        let mut is_crowded = false;
        for (channel, notified) in self.0.wakeup.take_channels() {
            is_crowded |= self.fan_out(&channel).await;
            let took = notified.elapsed().as_secs_f64();
            self.metrics().write_seconds.observe(took);
        }
        is_crowded |= self.0.wakeup.has_channels();
        if let Some(pause) = coalesce_window(is_crowded, began.elapsed()) {
            sleep(pause).await;
        }
    }

    /// Writes a channel's messages to all its subscribers. Returns whether more than one message
    /// was published since the last fan-out.
    async fn fan_out(&self, channel: &Arc<Channel>) -> bool {
        let subscribers = &self.0.subscribers;
        let mut fan_out = subscribers.borrow_mut().begin_fan_out(channel);
        while subscribers
            .borrow_mut()
            .continue_fan_out(channel, &mut fan_out)
        {
            // Publishes, health checks, timers and reads do not wait for a long fan-out.
            yield_now().await;
            self.0.wakeup.record_turn();
            subscribers.borrow_mut().fire_timers();
            self.serve_sockets();
        }
        fan_out.has_several()
    }

    fn send_when_ready(&self, reply: Option<AwaitedReply>) {
        let Some((key, reply)) = reply else { return };
        let shard = self.clone();
        actix_rt::spawn(async move {
            let bytes = reply.await;
            let next = shard.0.subscribers.borrow_mut().send_reply(key, &bytes);
            shard.send_when_ready(next);
        });
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
