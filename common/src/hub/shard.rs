//! One worker thread's side of the hub: what handlers call, and the task that serves the readers.

use super::{
    Channel, ChannelLease, Drain, Encoder, FrameHandler, Hub, PendingReply, PollTemplate,
    coalesce::coalesce_window,
    subscribers::{GiveBack, SubscriberKey, Subscribers},
    wakeup::Wakeup,
};
use crate::{
    budget::MemoryBudget,
    history::Resume,
    message::MessageId,
    metrics::Metrics,
    net::{Detached, Reattached},
};
use bytes::BytesMut;
use std::{
    cell::RefCell,
    future::pending,
    pin::Pin,
    rc::{Rc, Weak},
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant, SystemTime},
};
use tokio::{task::unconstrained, time::sleep_until};

/// The readers of one thread. Cloning copies a reference.
#[derive(Clone)]
pub struct Shard(Rc<Inner>);

struct Inner {
    hub: Hub,
    wakeup: Arc<Wakeup>,
    subscribers: RefCell<Subscribers>,
}

/// A stream whose socket the hub takes over.
pub struct NewStream {
    /// The socket, with what actix left to write and read.
    pub detached: Detached,
    /// What it reads.
    pub channel: ChannelLease,
    /// How its transport writes.
    pub encoder: Arc<dyn Encoder>,
    /// Where it begins; a reset is written before the first message.
    pub resume: Resume,
    /// What is written first of all, after the latest of the response.
    pub opening: BytesMut,
    /// What its peer's bytes mean; none if nothing it says matters.
    pub frames: Option<Box<dyn FrameHandler>>,
    /// After how much time it is told that its token has expired; none if nothing ends it.
    pub expires_in: Option<Duration>,
}

/// A request that waits, whose socket the hub takes over.
pub struct ParkedPoll {
    /// The socket.
    pub detached: Detached,
    /// What it reads.
    pub channel: ChannelLease,
    /// How it is answered.
    pub template: Rc<dyn PollTemplate>,
    /// The id of the last message it got.
    pub cursor: MessageId,
    /// After how much time its token expires; none if nothing ends it.
    pub expires_in: Option<Duration>,
}

/// What a held request was woken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WakeReason {
    /// There is something past its cursor.
    News,
    /// Its time is over.
    WaitOver,
    /// The service is stopping.
    Draining,
}

thread_local! {
    static OF_THREAD: RefCell<Weak<Inner>> = const { RefCell::new(Weak::new()) };
}

impl Shard {
    /// The worker of this thread. It is started when first asked for: with several listeners a thread serves each of them.
    pub(crate) fn of_thread(hub: &Hub, budget: &MemoryBudget) -> Self {
        OF_THREAD.with_borrow_mut(|known| {
            known.upgrade().map(Self).unwrap_or_else(|| {
                let worker = Self::start(hub.clone(), budget.clone());
                *known = Rc::downgrade(&worker.0);
                worker
            })
        })
    }

    /// Begins to serve on this thread, inside its actix worker, until that ends.
    /// What its readers have not taken counts against `budget`.
    pub fn start(hub: Hub, budget: MemoryBudget) -> Self {
        let wakeup = hub.new_wakeup();
        let clock = Box::new(|| (Instant::now(), SystemTime::now()));
        let subscribers = Subscribers::new(
            hub.0.timeouts,
            wakeup.clone(),
            hub.0.metrics.clone(),
            budget,
            clock,
        )
        .into();
        let worker = Self(Rc::new(Inner {
            hub,
            wakeup,
            subscribers,
        }));
        // It yields by itself; tokio's budget would only make it ask each socket twice.
        actix_rt::spawn(unconstrained(worker.clone().serve()));
        worker
    }

    /// Counts from 1 in each service.
    pub fn number(&self) -> usize {
        self.0.wakeup.number() + 1
    }

    /// Whether the service is stopping.
    pub(crate) fn is_draining(&self) -> bool {
        self.0.hub.is_draining()
    }

    /// What the service counts.
    pub fn metrics(&self) -> &Metrics {
        self.0.hub.metrics()
    }

    /// Takes a stream over from actix.
    pub fn adopt(&self, stream: NewStream) {
        let answer = self.0.subscribers.borrow_mut().adopt(stream);
        self.wait_for(answer);
    }

    /// Takes a request over from actix that waits for an answer. When its peer then wants something else, actix gets the
    /// connection back.
    pub fn park(&self, waiting: ParkedPoll) {
        self.0.subscribers.borrow_mut().park(waiting);
    }

    /// Gives a connection back to actix.
    pub(crate) fn reattach(&self, returned: Reattached) {
        self.0.subscribers.borrow().reattach(returned);
    }

    /// Sets how a connection goes back to actix.
    pub(crate) fn set_reattach(&self, give_back: GiveBack) {
        self.0.subscribers.borrow_mut().set_reattach(give_back);
    }

    /// Waits until there is something past a cursor: messages, or a reset. Dropping the future ends the wait.
    pub fn changed<'a>(
        &'a self,
        feed: &'a Arc<Channel>,
        cursor: MessageId,
        wait: Duration,
    ) -> Changed<'a> {
        Changed {
            worker: self,
            feed,
            cursor,
            wait,
            key: None,
        }
    }

    /// Waits until the service drains. Who waits is counted as a reader. Dropping the future ends the wait.
    pub fn drained(&self) -> Changed<'_> {
        let silent = &self.0.hub.0.silent;
        self.changed(silent, silent.latest(), Duration::MAX)
    }

    async fn serve(self) {
        let mut draining = false;
        loop {
            self.rung_or_due().await;
            self.0.wakeup.note_turn();
            if let Some(Drain {
                spread,
                open,
                ends_within,
            }) = self.0.hub.drain_that_runs().filter(|_| !draining)
            {
                draining = true;
                self.0
                    .subscribers
                    .borrow_mut()
                    .drain(spread, open, ends_within);
            }
            self.0.subscribers.borrow_mut().fire();
            self.serve_sockets();
            // A peer that talks without end rings without end: the rest of this thread has its turn in between.
            tokio::task::yield_now().await;
            self.serve_feeds().await;
        }
    }

    async fn rung_or_due(&self) {
        let next = self.0.subscribers.borrow().timers();
        let due = async {
            match next {
                Some(at) => sleep_until(at.into()).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = self.0.wakeup.rung() => {}
            () = due => {}
        }
    }

    fn serve_sockets(&self) {
        for slot in self.0.wakeup.take_slots() {
            let answer = self.0.subscribers.borrow_mut().ready(slot);
            self.wait_for(answer);
        }
    }

    async fn serve_feeds(&self) {
        let (began, mut crowded) = (Instant::now(), false);
        for (feed, rung) in self.0.wakeup.take_feeds() {
            let mut walk = self.0.subscribers.borrow_mut().fan_out(&feed);
            crowded |= walk.has_several();
            while self.0.subscribers.borrow_mut().fan_out_some(&mut walk) {
                // Publishes, health answers, timers and what peers say are not stuck behind a long walk.
                tokio::task::yield_now().await;
                self.0.wakeup.note_turn();
                self.0.subscribers.borrow_mut().fire();
                self.serve_sockets();
            }
            self.0
                .hub
                .metrics()
                .write_seconds
                .observe(rung.elapsed().as_secs_f64());
        }
        if let Some(pause) = coalesce_window(crowded || self.0.wakeup.has_feeds(), began.elapsed())
        {
            tokio::time::sleep(pause).await;
        }
    }

    fn wait_for(&self, answer: Option<(SubscriberKey, PendingReply)>) {
        let Some((key, answer)) = answer else { return };
        let worker = self.clone();
        actix_rt::spawn(async move {
            let bytes = answer.await;
            let next = worker.0.subscribers.borrow_mut().answered(key, bytes);
            worker.wait_for(next);
        });
    }
}

/// See [`Shard::changed`].
pub struct Changed<'a> {
    worker: &'a Shard,
    feed: &'a Arc<Channel>,
    cursor: MessageId,
    wait: Duration,
    key: Option<SubscriberKey>,
}

impl Future for Changed<'_> {
    type Output = WakeReason;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<WakeReason> {
        let worker = self.worker;
        let mut subscribers = worker.0.subscribers.borrow_mut();
        if let Some(key) = self.key {
            return subscribers
                .change(key, context.waker())
                .map_or(Poll::Pending, Poll::Ready);
        }
        if worker.0.hub.is_draining() {
            return Poll::Ready(WakeReason::Draining);
        }
        let key = subscribers.hold(self.feed, self.cursor, self.wait, context.waker().clone());
        self.key = Some(key);
        // After it is held: what is delivered from now on wakes it.
        if self.feed.has_news(self.cursor) {
            Poll::Ready(WakeReason::News)
        } else {
            Poll::Pending
        }
    }
}

impl Drop for Changed<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.worker.0.subscribers.borrow_mut().release(key);
        }
    }
}
