//! Requests that wait in actix, and are only woken.

use super::{Key, Kind, Reader, Readers};
use crate::{
    hub::{
        Change, Feed,
        wheel::{Tick, ticks},
    },
    message::Id,
};
use std::{sync::Arc, task::Waker, time::Duration};

pub(super) struct Held {
    pub(super) waker: Waker,
    pub(super) position: Id,
    pub(super) until: Tick,
    pub(super) change: Option<Change>,
}

impl Readers {
    /// Holds a request until there is something past a position.
    pub(in crate::hub) fn hold(&mut self, feed: &Arc<Feed>, position: Id, wait: Duration, waker: Waker) -> Key {
        self.wheel.tick();
        let until = self.wheel.now().saturating_add(ticks(wait));
        let key = self.insert(Kind::Held(Held { waker, position, until, change: None }), feed);
        self.look_in(ticks(wait), key);
        key
    }

    /// What a held request was woken for; none if it has to wait on, now with this waker.
    pub(in crate::hub) fn change(&mut self, key: Key, new: &Waker) -> Option<Change> {
        let Kind::Held(Held { waker, change, .. }) = &mut self.find(key)?.kind else { return None };
        if change.is_none() {
            waker.clone_from(new);
        }
        *change
    }

    /// Lets a held request go.
    pub(in crate::hub) fn release(&mut self, key: Key) {
        if self.find(key).is_some() {
            self.remove(key.slot);
        }
    }

    /// Wakes a held request, once.
    pub(super) fn wake(&mut self, key: Key, why: Change) {
        let Some(Reader { kind: Kind::Held(held), .. }) = self.find(key) else { return };
        if held.change.is_none() {
            held.change = Some(why);
            held.waker.wake_by_ref();
        }
    }
}
