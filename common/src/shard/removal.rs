//! How a subscriber leaves its shard.

use super::subscribers::Subscribers;
use crate::{
    channels::Channel,
    subscriber::{Departure, Source, SubscriberKey, SubscriberKind},
};
use net::{DisconnectReason, Reattached};
use std::sync::Arc;

impl Subscribers {
    /// Removes a subscriber, and closes its connection or gives it back to actix.
    pub(super) fn remove(&mut self, key: SubscriberKey, departure: Departure) {
        let Some((kind, mut subscribed)) = self.table.remove(key) else {
            return;
        };
        for channel in subscribed.channels() {
            self.forget_unread(channel);
        }
        match departure {
            Departure::Reattach(read) => match kind.into_writer().into_reattached(read) {
                Ok(connection) => self.reattach(connection),
                Err(error) => log::warn!(
                    "{}: lost a connection: {error}",
                    self.shard.metrics.transport
                ),
            },
            Departure::Disconnect(reason) => {
                let source = subscribed.source();
                self.record_disconnect(&kind, &source, reason);
            }
        }
    }

    /// Removes the batches of a channel that has no subscriber here any more: another channel may
    /// get its address.
    pub(super) fn forget_unread(&mut self, channel: &Arc<Channel>) {
        if !self.table.has_channel(channel) {
            self.shard.encode_cache.remove_channel(channel);
        }
    }

    /// Gives a connection back to actix.
    pub(super) fn reattach(&self, connection: Reattached) {
        if let Some(reattach) = &self.reattach {
            reattach(connection);
        }
    }

    /// Records and logs why a subscriber was disconnected.
    fn record_disconnect(
        &self,
        kind: &SubscriberKind,
        source: &Source<'_>,
        reason: DisconnectReason,
    ) {
        // Between two requests a poll connection may end at any time.
        if !kind.is_counted() && reason != DisconnectReason::Slow {
            return;
        }
        let metrics = &self.shard.metrics;
        metrics.disconnected(reason);
        let cause = match reason {
            DisconnectReason::Left => "closed by the peer",
            DisconnectReason::Ended => "stream ended",
            DisconnectReason::Slow => "too slow",
            DisconnectReason::Silent => "no reply to heartbeats",
        };
        log::debug!(
            "{}: disconnected {} from {source}: {cause}, {} messages behind",
            metrics.transport,
            kind.writer().peer(),
            source.messages_after(kind.cursor()),
        );
    }
}
