//! How a connection begins: its channels, its cursor, and its first frame.

use crate::hello::{ServingWorker, hello};
use actix_web::web;
use bytes::BytesMut;
use common::{
    message::{ChannelName, Envelope},
    shard::{NewSetStream, NewStream, Shard},
    transport::{Encoder, FrameHandler},
};
use net::Detached;
use service::http::{AppState, Channels, Principal, Problem, Query, Subscription, Subscriptions};
use std::sync::Arc;

/// The channels of a new connection.
pub(crate) enum Opened {
    One(Subscription),
    /// The first of them, and all.
    Several(ChannelName, Subscriptions),
}

/// A connection that is not in its shard yet.
pub(crate) struct Peer {
    pub(crate) detached: Detached,
    pub(crate) service: web::Data<AppState>,
    pub(crate) principal: Principal,
    pub(crate) encoder: Arc<dyn Encoder>,
    pub(crate) envelope: Envelope,
    pub(crate) session: Box<dyn FrameHandler>,
    /// The worker to name in the first frame.
    pub(crate) serving: Option<ServingWorker>,
}

/// Returns the channels that a request names.
pub(crate) fn channels(query: &Query<'_>) -> Result<Channels, Problem> {
    let missing = || {
        let detail = "channel=NAME is missing: /ws?channel=main";
        Problem::new(400, "bad-channel", detail)
    };
    query.channels()?.ok_or_else(missing)
}

impl Opened {
    /// Opens channels at the cursor of a request.
    pub(crate) async fn of(
        channels: Channels,
        query: &Query<'_>,
        service: &AppState,
        principal: &Principal,
    ) -> Result<Self, Problem> {
        match channels {
            Channels::One(name) => {
                let after = query.after(&name)?;
                let subscription = Subscription::open(service, principal, name, after).await?;
                Ok(Self::One(subscription))
            }
            Channels::Several(list) => {
                let cursors = query.after_each(&list)?;
                let first = list.first().clone();
                let opened = Subscriptions::open(service, principal, &list, cursors).await?;
                Ok(Self::Several(first, opened))
            }
        }
    }

    /// Returns the channel on which the connection publishes unless a frame names another.
    pub(crate) fn first(&self) -> &ChannelName {
        match self {
            // Not the name in the request, which would be kept beside this one.
            Self::One(subscription) => subscription.channel.name(),
            Self::Several(first, _) => first,
        }
    }

    /// Adds the connection to the shard.
    pub(crate) fn begin(self, peer: Peer, shard: &Shard) {
        match self {
            Self::One(subscription) => peer.begin_one(subscription, shard),
            Self::Several(_, subscriptions) => peer.begin_several(&subscriptions, shard),
        }
    }
}

impl Peer {
    fn begin_one(self, subscription: Subscription, shard: &Shard) {
        let resume = subscription.channel.resume(subscription.cursor);
        let opening = self.opening(&resume.hello_fields());
        shard.add_stream(NewStream {
            detached: self.detached,
            channel: subscription.channel,
            encoder: self.encoder,
            resume,
            opening,
            incoming: Some(self.session),
            expires_in: subscription.expires_in,
        });
    }

    fn begin_several(self, subscriptions: &Subscriptions, shard: &Shard) {
        let set = subscriptions.set(&self.service);
        let opening = self.opening(&set.hello_fields());
        shard.add_set_stream(NewSetStream {
            detached: self.detached,
            set,
            share: self.principal.share(&self.service),
            encoder: self.encoder,
            opening,
            incoming: Some(self.session),
            expires_in: subscriptions.expires_in(),
        });
    }

    fn opening(&self, fields: &str) -> BytesMut {
        let max_body = self.service.config.messages.max_body;
        match self.envelope {
            Envelope::Message => BytesMut::from(&hello(fields, max_body, self.serving)[..]),
            Envelope::None => BytesMut::new(),
        }
    }
}
