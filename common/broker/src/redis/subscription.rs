//! One channel that this process receives: its newest message, the load of its history, and the
//! requests that wait for it.

use super::{
    load_state::{LoadRequest, LoadState, NextStep},
    pending::PendingMessages,
    replies::{KnownMessage, StoredHistory},
    room::Use,
};
use crate::{BrokerError, hubs::Hubs};
use common::{
    hub::Hub,
    message::{ChannelName, Cursor, Message, MessageId},
};
use std::{collections::VecDeque, mem};
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

    /// Receives a message of the channel. The next one is delivered at once, even during a load.
    pub(super) fn receive(
        &mut self,
        channel: &ChannelName,
        message: Message,
        hubs: &Hubs,
    ) -> NextStep {
        if self.needs_all || !self.is_current {
            self.waiting().messages.push(message);
            return self.request_load();
        }
        self.deliver_next(channel, [message].into(), hubs)
    }

    /// Finishes a load: gives hubs what they lack, and then delivers what is pending.
    pub(super) fn finish_load(
        &mut self,
        channel: &ChannelName,
        request: LoadRequest,
        stored: &StoredHistory,
        hubs: &Hubs,
    ) -> NextStep {
        let Some(again) = self.load.end(request.number) else {
            return NextStep::Nothing;
        };
        if self.needs_all && !request.all {
            // A hub was attached meanwhile, which needs more than this.
            return self.request_load();
        }
        let StoredHistory { latest, messages } = stored;
        for hub in hubs.iter() {
            update(&hub, channel, *latest, messages);
        }
        self.needs_all = false;
        self.is_current = true;
        self.advance_to(stored);
        let Waiting { messages, requests } = *self.waiting.take().unwrap_or_default();
        notify(requests, &Ok(()));
        let pending = messages.into_messages_after(*latest);
        match self.deliver_next(channel, pending, hubs) {
            NextStep::Nothing if again => self.request_load(),
            next => next,
        }
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

    fn advance_to(&mut self, StoredHistory { latest, messages }: &StoredHistory) {
        let is_newer = |last: KnownMessage| last.id.epoch != latest.epoch || last.id < *latest;
        if self.last.is_none_or(is_newer) {
            let newest = messages.last().filter(|newest| newest.id == *latest);
            self.last = Some(KnownMessage {
                id: *latest,
                time: newest.map_or(0, |newest| newest.time),
            });
        }
    }

    /// Delivers messages to every hub, without those that it has. At a gap the rest becomes
    /// pending, and a load is requested.
    fn deliver_next(
        &mut self,
        channel: &ChannelName,
        messages: VecDeque<Message>,
        hubs: &Hubs,
    ) -> NextStep {
        let mut rest = messages.into_iter();
        while let Some(message) = rest.next() {
            let last = self.last.map(|known| known.id);
            if last.is_some_and(|last| last.epoch == message.id.epoch && message.id <= last) {
                continue;
            }
            let id = message.id;
            if last.map(MessageId::next) != Some(id) || !hubs.deliver(channel, &message) {
                let pending = &mut self.waiting().messages;
                pending.push(message);
                rest.for_each(|message| pending.push(message));
                return self.request_load();
            }
            self.last = Some(KnownMessage {
                id,
                time: message.time,
            });
        }
        NextStep::Nothing
    }
}

/// Tells requests how a load ended.
fn notify(requests: Vec<Sender<Result<(), BrokerError>>>, result: &Result<(), BrokerError>) {
    for waiter in requests {
        // The request may have ended.
        let _ = waiter.send(result.clone());
    }
}

/// Gives a hub what it lacks: the messages after its latest one, or a new history if they do not
/// continue it.
///
/// The hub may be ahead: messages that were published since Redis replied are delivered already.
fn update(hub: &Hub, channel: &ChannelName, latest: MessageId, messages: &[Message]) {
    let Some(opened) = hub.channel(channel) else {
        return hub.open(channel, latest, messages.to_vec());
    };
    let has = opened.latest();
    if has.epoch == latest.epoch && has >= latest {
        return;
    }
    let next = messages.iter().position(|message| message.id == has.next());
    let is_delivered = |next: usize| {
        messages[next..]
            .iter()
            .all(|message| hub.deliver(channel, message.clone()).is_ok())
    };
    if !next.is_some_and(is_delivered) {
        hub.restart(channel, latest, messages.to_vec());
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
