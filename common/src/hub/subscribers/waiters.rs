//! Requests that wait in actix, and are only woken.

use super::{Subscriber, SubscriberKey, SubscriberKind, Subscribers};
use crate::{
    hub::{
        Channel, WakeReason,
        timer_queue::{Tick, ticks},
    },
    message::MessageId,
};
use std::{sync::Arc, task::Waker, time::Duration};

pub(super) struct Waiter {
    pub(super) waker: Waker,
    pub(super) cursor: MessageId,
    pub(super) until: Tick,
    pub(super) change: Option<WakeReason>,
}

impl Subscribers {
    /// Holds a request until there is something past a cursor.
    pub(in crate::hub) fn hold(
        &mut self,
        feed: &Arc<Channel>,
        cursor: MessageId,
        wait: Duration,
        waker: Waker,
    ) -> SubscriberKey {
        self.timers.tick();
        let until = self.timers.now().saturating_add(ticks(wait));
        let key = self.insert(
            SubscriberKind::Waiter(Waiter {
                waker,
                cursor,
                until,
                change: None,
            }),
            feed,
        );
        self.look_in(ticks(wait), key);
        key
    }

    /// What a held request was woken for; none if it has to wait on, now with this waker.
    pub(in crate::hub) fn change(&mut self, key: SubscriberKey, new: &Waker) -> Option<WakeReason> {
        let SubscriberKind::Waiter(Waiter { waker, change, .. }) = &mut self.find(key)?.kind else {
            return None;
        };
        if change.is_none() {
            waker.clone_from(new);
        }
        *change
    }

    /// Lets a held request go.
    pub(in crate::hub) fn release(&mut self, key: SubscriberKey) {
        if self.find(key).is_some() {
            self.remove(key.slot);
        }
    }

    /// Wakes a held request, once.
    pub(super) fn wake(&mut self, key: SubscriberKey, why: WakeReason) {
        let Some(Subscriber {
            kind: SubscriberKind::Waiter(held),
            ..
        }) = self.find(key)
        else {
            return;
        };
        if held.change.is_none() {
            held.change = Some(why);
            held.waker.wake_by_ref();
        }
    }
}
