//! Requests that wait here, whose sockets are ours until they want something else.

use super::{ChannelGroup, SubscriberKey, SubscriberKind, Subscribers, Timer};
use crate::{
    hub::{
        Channel, DisconnectReason, ParkedPoll,
        poll_subscriber::{PollSubscriber, Said},
        socket_writer::SocketWriter,
        timer_queue::{Tick, ticks},
    },
    metrics::Sent,
};
use bytes::Bytes;
use prometheus_client::metrics::gauge::Gauge;

/// How many requests of one connection are answered before the others have their turn again.
const TURN: usize = 4;

/// What a poller needs of its worker.
struct Around<'a> {
    feed: &'a Channel,
    scratch: &'a mut [u8],
    now: Tick,
    last: bool,
    subscribers: &'a Gauge,
}

impl Subscribers {
    /// Takes a request in that waits.
    pub(in crate::hub) fn park(&mut self, waiting: ParkedPoll) {
        let ParkedPoll {
            detached,
            channel: feed,
            template,
            cursor,
            expires_in: until,
        } = waiting;
        self.timers.tick();
        let now = self.timers.now();
        let writer = SocketWriter::new(
            detached.io,
            detached.permit,
            self.wakeup.waker(self.next_slot()),
            now,
        );
        let wall = self.timers.wall();
        let expires = wall.saturating_add(until.map_or(Tick::MAX, ticks));
        let mut poller = PollSubscriber::new(
            writer,
            template,
            cursor,
            [self.keep_alive, expires],
            detached.read_ahead,
        );
        poller.wait(cursor, now, wall);
        let left = poller.left(now).unwrap_or(0);
        let key = self.insert(SubscriberKind::Poll(poller), &feed);
        self.look_in(left, key);
        if self.draining.is_some() {
            self.set_timer(0, key, Timer::Disconnect);
        }
        self.with_poller(key, |poller, Around { now, .. }| {
            poller.writer.send(&detached.unwritten, *now)
        });
        // After it was put there: what is delivered from now on serves it.
        self.ready_poller(key);
    }

    /// Gives a poller what there is, and takes its next request.
    pub(super) fn ready_poller(&mut self, key: SubscriberKey) {
        for _ in 0..TURN {
            self.serve(key.slot);
            match self.with_poller(key, |poller, around| poller.hear(around.scratch)) {
                Some(Said::Request(length)) => self.take_request(key, length),
                Some(Said::Early) => self.give_poller_back(key, Bytes::new()),
                Some(Said::Nothing) | None => return self.count(),
            }
        }
        self.count();
        self.with_poller(key, |poller, _| {
            poller.writer.ask_again();
            Ok(())
        });
    }

    /// Answers a request with whatever there is. Between two requests the connection ends instead, or goes back to actix,
    /// which ends it when the service does.
    pub(super) fn answer_poller(&mut self, key: SubscriberKey) {
        let busy = self.with_poller(
            key,
            |poller,
             Around {
                 feed,
                 now,
                 last,
                 subscribers,
                 ..
             }| {
                if !poller.waits() {
                    return Ok((!poller.writer.is_free()).then(Sent::default));
                }
                let answer = poller.template.response(feed, poller.cursor, *last);
                poller.answer(&answer, *last, *now, subscribers).map(Some)
            },
        );
        match busy {
            Some(Some(sent)) => self.sent += sent,
            Some(None) if self.draining.is_some() => self.give_poller_back(key, Bytes::new()),
            Some(None) => drop(self.remove(key.slot)),
            None => {}
        }
        self.count();
    }

    fn take_request(&mut self, key: SubscriberKey, length: usize) {
        let wall = self.timers.wall();
        let again = self.with_poller(
            key,
            |poller,
             Around {
                 feed,
                 scratch,
                 now,
                 last,
                 subscribers,
             }| {
                Ok(!*last && poller.again(&scratch[..length], feed, [*now, wall], subscribers))
            },
        );
        if again == Some(false) {
            self.give_poller_back(key, Bytes::copy_from_slice(&self.scratch[..length]));
        }
    }

    fn give_poller_back(&mut self, key: SubscriberKey, said: Bytes) {
        let Some(SubscriberKind::Poll(poller)) = self.remove(key.slot).map(|removed| removed.kind)
        else {
            return;
        };
        self.reattach(poller.reattach(said));
    }

    fn with_poller<T>(
        &mut self,
        key: SubscriberKey,
        act: impl FnOnce(&mut PollSubscriber, &mut Around<'_>) -> Result<T, DisconnectReason>,
    ) -> Option<T> {
        let subscriber = self
            .subscribers
            .get_mut(key.slot as usize)
            .filter(|subscriber| subscriber.serial == key.serial)?;
        let ChannelGroup { feed, .. } = &self.groups[subscriber.group];
        let SubscriberKind::Poll(poller) = &mut subscriber.kind else {
            return None;
        };
        let (scratch, now) = (&mut self.scratch[..], self.timers.now());
        let around = &mut Around {
            feed,
            scratch,
            now,
            last: self.draining.is_some(),
            subscribers: &self.metrics.subscribers,
        };
        let result = act(poller, around);
        self.settle(key.slot, result)
    }
}
