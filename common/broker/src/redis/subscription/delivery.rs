//! Gives the messages of a channel to the hubs, without a gap.

use super::{ChannelSubscription, Waiting, notify};
use crate::{
    hubs::Hubs,
    redis::{
        load_state::{LoadRequest, NextStep},
        replies::{KnownMessage, StoredHistory},
    },
};
use common::{
    hub::Hub,
    message::{ChannelName, Message, MessageId},
};
use std::collections::VecDeque;

impl ChannelSubscription {
    /// Receives a message of the channel. The next one is delivered at once, even during a load.
    pub(in crate::redis) fn receive(
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
    pub(in crate::redis) fn finish_load(
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
