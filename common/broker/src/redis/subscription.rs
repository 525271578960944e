//! One channel that this process receives: its newest message, the load of its history, and the
//! requests that wait for it.

mod delivery;

use super::{
    load_state::{LoadRequest, LoadState, NextStep},
    pending::PendingMessages,
    replies::KnownMessage,
};
use crate::BrokerError;
use common::message::{Cursor, MessageId};
use std::{mem, time::Instant};
use tokio::sync::oneshot::Sender;

pub(super) struct ChannelSubscription {
    /// The newest message that was delivered to the hubs.
    last: Option<KnownMessage>,
    /// Whether a hub needs the whole history, and not just what comes after `last`.
    pub(super) needs_all: bool,
    /// Whether a history was loaded on this connection. Before, a message that seems to be the next
    /// one may belong to another history.
    is_current: bool,
    load: LoadState,
    /// Whether it can be evicted.
    pub(super) usage: Use,
    /// `None` for most channels: there is one only around a load.
    waiting: Option<Box<Waiting>>,
}

/// Whether a channel can be evicted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Clients read it: the end of its last lease is reported. Also `main`, which is never evicted.
    Read,
    /// It was used, and has to be looked at.
    Used,
    /// It is a candidate for eviction: since when, and its number.
    Idle(Instant, u64),
}

/// What waits for a load.
#[derive(Default)]
struct Waiting {
    messages: PendingMessages,
    requests: Vec<Sender<Result<(), BrokerError>>>,
}

impl ChannelSubscription {
    pub(super) fn new(usage: Use) -> Self {
        Self {
            last: None,
            needs_all: true,
            is_current: false,
            load: LoadState::default(),
            usage,
            waiting: None,
        }
    }

    /// Requests a load, unless one has not begun yet.
    pub(super) fn request_load(&mut self) -> NextStep {
        self.load.request()
    }

    /// The same for a request with a cursor that is ahead: a running load may have read Redis too
    /// early for it. The first load of a channel is enough.
    pub(super) fn request_load_for_cursor(&mut self) -> NextStep {
        if self.needs_all && self.load != LoadState::Idle {
            NextStep::Nothing
        } else {
            self.request_load()
        }
    }

    /// Prepares for a new connection: loads of the old one do not finish. Requests wait for the
    /// next one.
    pub(super) fn reconnect(&mut self) -> NextStep {
        self.load = LoadState::Idle;
        self.is_current = false;
        if self.has_waiters() {
            return self.request_load();
        }
        NextStep::Nothing
    }

    /// Returns whether a history was loaded on this connection.
    pub(super) fn is_current(&self) -> bool {
        self.is_current
    }

    /// Begins the load that was requested, if one was.
    pub(super) fn begin_load(&mut self, number: u64) -> Option<LoadRequest> {
        if !self.load.begin(number) {
            return None;
        }
        if let Some(waiting) = &mut self.waiting {
            waiting.messages.begin_load();
        }
        Some(LoadRequest {
            number,
            last: self.last,
            all: self.needs_all,
        })
    }

    /// Returns whether a request with this cursor must wait for a load. A cursor before our newest
    /// message is the hub's to judge; one ahead of it may come from another process.
    pub(super) fn must_wait(&self, after: Cursor) -> bool {
        let is_ahead = |cursor| self.last.is_none_or(|last| cursor > last.id);
        self.needs_all || matches!(after, Cursor::After(cursor) if is_ahead(cursor))
    }

    /// Returns whether a message with this id, which Redis has, is still to arrive on this
    /// connection.
    pub(super) fn expects(&self, id: MessageId) -> bool {
        self.is_current && self.last.is_none_or(|last| id > last.id)
    }

    /// Adds a request that learns how the load ends.
    pub(super) fn add_waiter(&mut self, waiter: Sender<Result<(), BrokerError>>) {
        let requests = &mut self.waiting().requests;
        requests.retain(|waiter| !waiter.is_closed());
        requests.push(waiter);
    }

    pub(super) fn has_waiters(&self) -> bool {
        let mut waiting = self.waiting.iter();
        waiting.any(|waiting| waiting.requests.iter().any(|waiter| !waiter.is_closed()))
    }

    fn waiting(&mut self) -> &mut Waiting {
        self.waiting.get_or_insert_default()
    }

    /// Ends a load, or without a number the subscribing, with an error. Returns whether nothing is
    /// known of the channel.
    pub(super) fn fail_load(&mut self, number: Option<u64>, error: &BrokerError) -> bool {
        if number.is_some_and(|number| self.load.end(number).is_none()) {
            return false;
        }
        self.load = LoadState::Idle;
        if let Some(waiting) = &mut self.waiting {
            notify(mem::take(&mut waiting.requests), &Err(error.clone()));
        }
        self.last.is_none()
    }
}

/// Tells requests how a load ended.
fn notify(requests: Vec<Sender<Result<(), BrokerError>>>, result: &Result<(), BrokerError>) {
    for waiter in requests {
        // The request may have ended.
        let _ = waiter.send(result.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_channel_takes_at_most_88_bytes_here() {
        let size = size_of::<ChannelSubscription>();
        assert!(size <= 88, "{size}");
    }
}
