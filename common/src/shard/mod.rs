//! The subscribers of one worker thread.
//!
//! Handlers add them through [`Shard`]. Its task serves them: it writes new messages, reads what
//! clients send, and fires timers.

mod arrival;
mod extractor;
mod new_subscriber;
mod removal;
mod subscriber_table;
mod subscribers;
mod task;
#[cfg(test)]
mod tests;

pub use new_subscriber::{NewPoll, NewStream, StreamChannels};

use crate::{
    budget::MemoryBudget,
    hub::{Hub, Wakeup},
    metrics::Metrics,
};
use net::{Reattached, SocketEvents};
use std::{
    cell::RefCell,
    rc::{Rc, Weak},
    sync::Arc,
    time::{Instant, SystemTime},
};
use subscribers::{ReattachConnections, Subscribers};
use tokio::task::unconstrained;

/// The subscribers of one worker thread. Cloning copies a reference.
#[derive(Clone)]
pub struct Shard(Rc<Inner>);

struct Inner {
    hub: Hub,
    wakeup: Arc<Wakeup>,
    sockets: SocketEvents,
    subscribers: RefCell<Subscribers>,
}

thread_local! {
    static SHARD_OF_THREAD: RefCell<Weak<Inner>> = const { RefCell::new(Weak::new()) };
}

impl Shard {
    /// Returns the shard of this thread, and starts it at the first call: a thread serves all
    /// listeners of a service.
    pub fn of_thread(hub: &Hub, budget: &MemoryBudget) -> Self {
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
        let wakeup = hub.add_wakeup();
        let clock = Box::new(|| (Instant::now(), SystemTime::now()));
        let sockets = SocketEvents::new().expect("a file descriptor for each worker");
        let subscribers = Subscribers::new(&hub, wakeup.clone(), sockets.clone(), budget, clock);
        let shard = Self(Rc::new(Inner {
            hub,
            wakeup,
            sockets,
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
    pub fn is_draining(&self) -> bool {
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
    pub fn reattach(&self, connection: Reattached) {
        self.0.subscribers.borrow().reattach(connection);
    }

    /// Sets how a connection goes back to actix.
    pub fn set_reattach(&self, reattach: ReattachConnections) {
        self.0.subscribers.borrow_mut().set_reattach(reattach);
    }
}
